"""The parts that every command is made of, built from `central.toml`."""

from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from kirpik.errors import ConfigError
from kirpik.mqtt.tls import Credentials
from kirpik.wire import suite
from kirpik_central.accounts.passkeys import Passkeys
from kirpik_central.accounts.tokens import Lifetimes
from kirpik_central.broker import Broker, Line
from kirpik_central.config import CitizenTable, WebTable, load_config
from kirpik_central.database import check_schema, migrate, open_database
from kirpik_central.desk.casefile import Archive
from kirpik_central.desk.owners import open_registry
from kirpik_central.desk.rules import rules_of
from kirpik_central.desk.standing import KeySetFile
from kirpik_central.evidence import Binder
from kirpik_central.export import Exporter
from kirpik_central.intake import Intake
from kirpik_central.keyfiles import KeyFiles, LiveKeys
from kirpik_central.keys import CentralKeys, Units, read_roots
from kirpik_central.log import Log
from kirpik_central.metrics import Metrics
from kirpik_central.reader import Reader
from kirpik_central.register import key_changes
from kirpik_central.store import Store
from kirpik_central.web.citizen import Public, citizens_site
from kirpik_central.web.guard import Served
from kirpik_central.web.office import Office, gate_of
from kirpik_central.web.officer import fleet_pages, officers_site
from kirpik_central.web.serve import Place
from kirpik_central.web.words import zone_of
from kirpik_central.worker import Crew


class Parts:
    """Each is built when it is first asked for. Raises ConfigError, TrustError or StoreError with one sentence."""

    def __init__(self, config: Path) -> None:
        self.config = load_config(config)
        self._home = config.parent

    @cached_property
    def keys(self) -> CentralKeys:
        return self.live_keys.current

    @cached_property
    def live_keys(self) -> LiveKeys:
        """Nothing is opened with a build of the library that does not do what is published."""
        suite.self_test()
        files = self.config.keys
        seeds = [files.seal] if isinstance(files.seal, str) else files.seal
        receipt, root, keyset = (self._home / name for name in (files.receipt, files.root, files.set))
        return LiveKeys(KeyFiles([self._home / seed for seed in seeds], receipt, root, keyset))

    @cached_property
    def units(self) -> Units:
        folder = self._home / self.config.keys.units
        return Units(folder, lambda unit: self.store.read(lambda connection: key_changes(connection, unit)))

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

    def log(self) -> Log:
        return Log(self.store, self.keys.receipt, origin=self.config.log.origin, every_s=self.config.log.every_s)

    def metrics(self) -> Metrics:
        metrics, wanted = Metrics(), self.config.metrics
        if wanted.port is not None:
            metrics.watch(self.store, units=wanted.units)
            metrics.serve(wanted.address, wanted.port)
        return metrics

    def crew(self) -> Crew:
        """All who work in one intake."""
        intake = self.intake()
        reader = self.reader() if self.keys.seal else None
        return Crew(self.broker(), intake, reader, self.log(), self.metrics(), self.live_keys)

    def exporter(self, evidence: Path | None) -> Exporter:
        """`evidence` is the folder for evidence files; None writes none."""
        keys, units = self.keys, self.units
        if evidence is None:
            return Exporter(self.store, units)
        keyset = (self._home / self.config.keys.set).read_bytes()
        binder = Binder(self.store, units, keys, read_roots(self._home / self.config.keys.root), keyset, evidence)
        return Exporter(self.store, units, binder)

    def officers(self) -> tuple[Served, Place]:
        """The officers' site, and where it is served."""
        web = self.config.web
        office = Office(
            store=self.store,
            archive=self.archive(),
            passkeys=self.passkeys(),
            registry=open_registry(self.config.registry, self._home),
            rules=rules_of(self.config.desk),
            gate=gate_of(self.store.engine),
            lifetimes=Lifetimes(idle_ms=web.idle_minutes * 60_000, whole_ms=web.shift_hours * 3_600_000),
        )
        fleet = fleet_pages(self.store, self._home / self.config.keys.units)
        site = officers_site(office, origin=web.origin, zone=zone_of(web.timezone), others=[fleet])
        return site.application(), self._place(web)

    def citizens(self) -> tuple[Served, Place]:
        """The page of the accused and of the public. Raises ConfigError unless it is switched on."""
        table = self.config.citizen
        if not table.enabled:
            raise ConfigError("citizen.enabled: false; the citizens' page is off unless it is switched on")
        public = Public(self.store, self.archive(), self._home / table.evidence, table.smallest)
        site = citizens_site(public, origin=table.origin, zone=zone_of(self.config.web.timezone))
        return site.application(), self._place(table)

    def archive(self) -> Archive:
        files = self.config.keys
        keyset = KeySetFile(self._home / files.root, self._home / files.set)
        return Archive(self.units, keyset.current)

    def passkeys(self) -> Passkeys:
        origin = self.config.web.origin
        return Passkeys(origin, urlsplit(origin).hostname or "")

    def _place(self, table: WebTable | CitizenTable) -> Place:
        certificate, key = (None if name is None else self._home / name for name in (table.certificate, table.key))
        return Place(table.address, table.port, certificate, key)

    def reader(self) -> Reader:
        keys, units = self.keys, self.units
        return Reader(self.store, keys, units)
