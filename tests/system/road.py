"""The whole way as processes on this machine: an eye without a camera, the real link, broker and intake."""

import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from kirpik.store.outbox import OutboxView
from kirpik.wire.ids import genesis_link
from kirpik_central.database import migrate, open_database
from kirpik_central.store import Store
from kirpik_central.tables import PACKET
from kirpik_provisioning.provision import UnitFolder
from tests.system.ground import Daemon, Fleet, wait_until


class Road:
    """Broker, eye, link and intake, each a process that can be killed."""

    def __init__(self, fleet: Fleet, *, link: Sequence[str] = ("tests.system.link_process",)) -> None:
        """`link` is the command for the link, without its settings: a test's is less patient than a road's."""
        self.fleet = fleet
        self.broker = fleet.broker
        self.unit: UnitFolder = fleet.things.add_unit()
        self.unit.write_config(fleet.things, site=Path("site.toml"), source="pi")
        self.central = fleet.things.central_config
        self.engine = open_database("sqlite:///central.db", beside=self.central.parent)
        migrate(self.engine)
        self.store = Store(self.engine)
        self.link = self._daemon("link", *link, str(self.unit.config))
        self.intake = self._daemon("intake", "kirpik_central.cli", "intake", "--config", str(self.central))
        self.eye = self.new_eye(0)

    def new_eye(self, count: int, *, period_s: float = 0.02, options: Sequence[str] = ()) -> Daemon:
        self._eye = (str(self.unit.state), str(count), str(period_s))
        return self.exchange_eye(options)

    def exchange_eye(self, options: Sequence[str]) -> Daemon:
        """The same eye with other options, from its next start on."""
        self.eye = self._daemon("eye", "tests.system.eye_process", *self._eye, *options)
        return self.eye

    def start(self, *, packets: int, period_s: float = 0.02, options: Sequence[str] = ()) -> None:
        self.new_eye(packets, period_s=period_s, options=options).start()
        self.link.start()
        self.intake.start()

    def sealed(self) -> list[str]:
        diary = self.unit.state / "diary"
        return diary.read_text().splitlines() if diary.exists() else []

    def waiting(self) -> int:
        return len(OutboxView(self.unit.state / "outbox").waiting())

    def stored(self) -> list[str]:
        return [case.link.hex() for case in self.store.cases()]

    def stored_count(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(PACKET)).scalar_one())

    def chain_whole(self) -> bool:
        """Whether every stored packet names the one before it, from the unit's first, over all epochs."""
        before = genesis_link(self.unit.unit)
        for previous, link in self._links():
            if previous != before:
                return False
            before = link
        return True

    def _links(self) -> list[tuple[bytes, bytes]]:
        query = select(PACKET.c.previous, PACKET.c.link).order_by(PACKET.c.epoch, PACKET.c.sequence)
        with self.engine.connect() as connection:
            return [(row.previous, row.link) for row in connection.execute(query)]

    def wait_for_all(self, count: int, *, timeout_s: float = 60) -> None:
        def done() -> bool:
            return len(self.sealed()) == count and self.waiting() == 0

        try:
            wait_until(done, what=f"{count} packets receipted", timeout_s=timeout_s)
        except AssertionError as error:
            words = "\n".join(f"{each.log.stem}: {each.said()[-1500:]}" for each in (self.eye, self.link, self.intake))
            raise AssertionError(f"{len(self.sealed())} sealed, {self.waiting()} waiting\n{words}") from error

    def end(self) -> None:
        for each in (self.eye, self.link, self.intake):
            each.kill()
        self.engine.dispose()

    def _daemon(self, name: str, module: str, *arguments: str) -> Daemon:
        return Daemon([sys.executable, "-m", module, *arguments], self.fleet.folder / f"{name}.log")
