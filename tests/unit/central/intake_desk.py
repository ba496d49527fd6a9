"""The central without a broker, for tests: letters in, verified receipts out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from kirpik.wire import topics
from kirpik.wire.ids import unit_id
from kirpik.wire.receipt import Receipt, verify_receipt
from kirpik.wire.signature import SigningKey
from kirpik_central.database import migrate, open_database
from kirpik_central.intake import Intake
from kirpik_central.keys import Units, load_keys
from kirpik_central.letters import Letter
from kirpik_central.reader import Reader
from kirpik_central.register import key_changes
from kirpik_central.store import Store
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.unit.central.packets import Sender


class Desk:
    def __init__(self, folder: Path, url: str = "sqlite:///central.db") -> None:
        self.fleet: ThrowAwayFleet = new_fleet(folder / "fleet", port=1883)
        home = folder / "fleet" / "central"
        self.engine = open_database(url, beside=home)
        migrate(self.engine)
        keys = load_keys(
            seal=[home / "seal.key"],
            receipt=home / "receipt.key",
            root=home / "root.cbor",
            keyset=home / "set.cbor",
        )
        self.store = Store(self.engine)
        self.keys = keys
        self.units = Units(home / "units", lambda unit: self.store.read(lambda c: key_changes(c, unit)))
        self.intake = Intake(self.store, self.keys, self.units)
        self.reader = Reader(self.store, self.keys, self.units)

    def fleet_identity(self) -> SigningKey:
        """A new unit's key, known here but for its folder."""
        identity = SigningKey.generate()
        home = self.fleet.central_config.parent
        (home / "units" / f"{unit_id(identity.public).hex()}.pub").write_bytes(identity.public)
        return identity

    def close_the_door(self) -> None:
        """From now on the intake has no seal key."""
        self.intake = Intake(self.store, replace(self.keys, seal={}), self.units)

    def sender(self, name: str = "unit") -> Sender:
        return Sender(self.fleet.add_unit(name).identity, self.fleet.seal.public)

    def take(self, sender: Sender, *packets: bytes, topic: str = "") -> list[Receipt]:
        topic = topic or topics.up(sender.unit, topics.PACKETS)
        answered = self.intake.take([Letter(topic, packet, number) for number, packet in enumerate(packets)])
        return [verify_receipt(signed, [self.fleet.receipt.public]) for _, signed in answered.receipts]

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]

    def alarms(self) -> list[tuple[str, int]]:
        with self.store.writing() as ledger:
            return [tuple(row) for row in ledger._connection.exec_driver_sql("SELECT kind, sequence FROM alarm")]
