"""The parts that every command is made of, built from `central.toml`."""

from functools import cached_property
from pathlib import Path

from kirpik.mqtt.tls import Credentials
from kirpik_central.broker import Broker, Line
from kirpik_central.config import load_config
from kirpik_central.database import check_schema, migrate, open_database
from kirpik_central.intake import Intake
from kirpik_central.keys import CentralKeys, Units, load_keys
from kirpik_central.reader import Reader
from kirpik_central.register import key_changes
from kirpik_central.store import Store


class Parts:
    """Each is built when it is first asked for. Raises ConfigError, TrustError or StoreError with one sentence."""

    def __init__(self, config: Path) -> None:
        self.config = load_config(config)
        self._home = config.parent

    @cached_property
    def keys(self) -> CentralKeys:
        files = self.config.keys
        seeds = [files.seal] if isinstance(files.seal, str) else files.seal
        return load_keys(
            seal=[self._home / seed for seed in seeds],
            receipt=self._home / files.receipt,
            root=self._home / files.root,
            keyset=self._home / files.set,
        )

    @cached_property
    def units(self) -> Units:
        folder = self._home / self.config.keys.units
        return Units(folder, lambda unit: self.store.write(lambda connection: key_changes(connection, unit)))

    @cached_property
    def store(self) -> Store:
        engine = open_database(self.config.store.url, beside=self._home)
        check_schema(engine)
        return Store(engine)

    def migrate(self) -> str:
        """Make the store's tables, or bring them up to date, and return their version."""
        return migrate(open_database(self.config.store.url, beside=self._home))

    def broker(self) -> Broker:
        line = self.config.broker
        credentials = Credentials(self._home / line.ca, self._home / line.certificate, self._home / line.key)
        return Broker(Line(line.host, line.port, credentials, share=self.config.intake.share))

    def intake(self) -> Intake:
        keys, units = self.keys, self.units  # first: a wrong key file is told before the store is touched
        return Intake(self.store, keys, units)

    def reader(self) -> Reader:
        keys, units = self.keys, self.units
        return Reader(self.store, keys, units)
