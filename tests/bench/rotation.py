"""A fleet turns its seal key while violations keep flowing: `python -m tests.bench.rotation --units 1000`.

Each unit is the real sealer, keyring, post and link with its own connection (TLS 1.3, client certificate) to a real
Mosquitto; many share a process. The central is the real intake. The desk makes a key, signs and publishes the next key
set by `kirpik keys`; units report what they go by in their heartbeats. Then all may drain. Folders lie in memory where
that is possible, because a thousand units share one disk here and have one each on the road.

Unreadable is what the central has stored without being able to open it; lost is what was sealed and is not stored.
"""

import argparse
import getpass
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from kirpik.wire import packet, suite
from kirpik.wire.packet import check_evidence
from kirpik.wire.record import decode_record
from kirpik_central.database import open_database
from kirpik_central.store import Store
from kirpik_central.tables import PACKET
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.bench.trust import ROTATIONS, catch_up_ms
from tests.system.desktop import Desktop
from tests.system.ground import Daemon, free_port
from tests.unit.trust.test_catch_up import turned

SHARE = 125
"""Units a process."""
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made there
PATIENCE_S = 3600.0
LOOK_S = 0.5
CENTRAL = str(Path(sys.executable).parent / "kirpik-central")


@dataclass
class Crew:
    """Processes with units, and what they have told so far."""

    workers: list[Daemon]
    reports: list[Path]

    def told(self, name: str) -> int:
        return sum(_report(path).get(name, 0) for path in self.reports)

    def events(self) -> dict[str, str]:
        """Event id to unit, of all that was ever sealed."""
        rows = [line.split() for path in self.reports for line in path.with_suffix(".sealed").read_text().splitlines()]
        return {event: unit for unit, event in rows}


def _report(path: Path) -> dict[str, int]:
    try:
        told: dict[str, int] = json.loads(path.read_text())
    except (OSError, ValueError):  # not there yet, or being written
        return {}
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--period", type=float, default=60.0, help="seconds between two violations of one unit")
    parser.add_argument("--stolen", action="store_true", help="the old key is revoked: what waits is wrapped again")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="kirpik-rotation-", dir=place) as folder:
        told = Rotation(Path(folder), options.units, options.period, stolen=options.stolen).run()
    told["catch_up_ms"] = round(catch_up_ms(turned(ROTATIONS)), 1)
    print(json.dumps(told))


class Rotation:
    def __init__(self, home: Path, units: int, period_s: float, *, stolen: bool) -> None:
        self._home = home
        self._period_s = period_s
        self._stolen = stolen
        self._began_s = time.monotonic()
        self.fleet: ThrowAwayFleet = new_fleet(home / "fleet", port=free_port(), run_as=getpass.getuser())
        self.units = [self.fleet.add_unit(f"unit-{number}") for number in range(units)]
        self._say(f"{units} units provisioned")
        self.broker = Daemon(mosquitto.command(self.fleet.broker_settings), home / "broker.log")
        self.intake = Daemon([CENTRAL, "intake", "--config", str(self.fleet.central_config)], home / "intake.log")

    def run(self) -> dict[str, object]:
        subprocess.run(
            [CENTRAL, "migrate", "--config", str(self.fleet.central_config)], check=True, capture_output=True
        )
        self.broker.start()
        time.sleep(1.0)
        self.intake.start()
        crew = self._hire()
        try:
            self._until(lambda: crew.told("connected") >= len(self.units), "all units are connected")
            self._until(lambda: crew.told("sealed") >= len(self.units), "violations flow")
            self._turn_the_key()
            turned_s = time.monotonic()
            self._until(lambda: crew.told("keys_2") >= len(self.units), "all units go by key set 2")
            seconds = time.monotonic() - turned_s
            self._until(lambda: crew.told("new_key") >= len(self.units), "all units seal to the new key")
            (self._home / "drain").touch()
            self._until(
                lambda: crew.told("waiting") == 0 and crew.told("drained") >= len(self.units), "all is receipted"
            )
            return self._count(crew, seconds)
        finally:
            for worker in crew.workers:
                worker.end(180.0)
            self.intake.end(180.0)
            self.broker.kill()

    def _hire(self) -> Crew:
        workers, reports = [], []
        for number, start in enumerate(range(0, len(self.units), SHARE)):
            share = self.units[start : start + SHARE]
            reports.append(self._home / f"crew-{number}.json")
            (self._home / f"crew-{number}.units").write_text("\n".join(str(unit.folder) for unit in share))
            words = ["tests.bench.rotation_crew", str(reports[-1]), str(self.fleet.port), str(self._period_s)]
            workers.append(Daemon([sys.executable, "-m", *words], self._home / f"crew-{number}.log"))
            workers[-1].start()
        return Crew(workers, reports)

    def _turn_the_key(self) -> None:
        """The central can open before anybody can seal; then the key set goes out."""
        desk, central = Desktop(self.fleet.desk), self.fleet.central_config
        public = desk.make("seal-2", "seal")
        thief = ["--compromised", suite.key_id(self.fleet.seal.public).hex()] if self._stolen else ["--in", "10s"]
        desk.do("keys", "rotate", "seal", public, *thief)
        desk.sign("set")
        desk.do("keys", "install", desk.key("seal-2"), central.parent / "seal-2.key")
        desk.do("keys", "set", "publish", "--offline", "--to", central.parent)
        central.write_text(central.read_text().replace('seal = "seal.key"', 'seal = ["seal.key", "seal-2.key"]'))
        self.intake.end(180.0)
        self.intake.start()
        self._say(desk.do("keys", "set", "publish").strip())

    def _count(self, crew: Crew, seconds: float) -> dict[str, object]:
        publics = {unit.unit: unit.identity.public for unit in self.units}
        database = open_database("sqlite:///central.db", beside=self.fleet.central_config.parent)
        new, readable, rotated = suite.key_id(_read_public(self.fleet)), set(), set[bytes]()
        for case in Store(database).cases():
            opened = check_evidence(case.evidence, publics[packet.parse_header_bytes(case.evidence[:80]).unit])
            readable.add(decode_record(opened.payload).event_id.hex())
            if opened.header.recipient == new:
                rotated.add(opened.header.unit)
        with database.connect() as connection:
            stored = connection.execute(select(func.count()).select_from(PACKET)).scalar_one()
        sealed = crew.events()
        self._say(
            f"{len(sealed)} sealed, {stored} stored, {len(readable)} readable; wrapped again: {crew.told('wrapped')}"
        )
        return {
            "units": len(self.units),
            "rotated": len(rotated),
            "packets": len(sealed),
            "unreadable": stored - len(readable),
            "lost": len(sealed.keys() - readable) - (stored - len(readable)),
            "seconds": round(seconds, 1),
        }

    def _until(self, happened: Callable[[], bool], what: str) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < deadline_s, f"not within {PATIENCE_S:g} s: {what}"
            time.sleep(LOOK_S)
        self._say(what)

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._began_s:7.1f} s  {what}", flush=True)


def _read_public(fleet: ThrowAwayFleet) -> bytes:
    return (fleet.desk / "seal-2.pub").read_bytes()


if __name__ == "__main__":
    main()
