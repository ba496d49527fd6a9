"""Kill everything at random while packets are on their way, and count: `python -m tests.bench.chaos --packets 600`.

Broker, eye, link and intake are real processes and are killed without a word (SIGKILL), again and again, each time when
something has moved since the last kill; then they may finish. Lost is what was sealed and is not in the store; twice is
one event in two rows. `--variant` adds a trouble of its own to the kills:

    disk-full   the spool holds a handful of packets: what has no room is not said, and what was said is not lost
    torn        at each kill a file of the unit's memory is cut at a random byte, as by a card that lies
    clock       each start of the eye believes in another year, and only the last one in the right one
    away        the broker stays away for long, so that whole queues come at once
"""

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from kirpik.wire.packet import check_evidence
from kirpik.wire.record import Record, decode_payload
from tests.system.ground import Daemon, Fleet
from tests.system.road import Road

VICTIMS = ("broker", "eye", "link", "intake")
VARIANTS = ("plain", "disk-full", "torn", "clock", "away")
KILL_EVERY_S = 1.6
SEAL_EVERY_S = 2.5
"""Times kills by packets: a kill with its start takes about so long, and there is to be work until the last one."""
PATIENCE_S = 15.0
"""For something to move before the next kill; a busy machine takes long to start four programs."""
AWAY_S = 12.0
FINISH_S = 900.0
SMALL_SPOOL_BYTES = 60_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.chaos", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--packets", type=int, default=600)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variant", choices=VARIANTS, default="plain")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-chaos-") as folder:
        fleet = Fleet(Path(folder))
        fleet.start_broker()
        chaos = Chaos(Road(fleet), options.variant, random.Random(options.seed))  # noqa: S311  repeatable
        try:
            print(json.dumps(chaos.run(options.packets, options.kills)))
        finally:
            chaos.road.end()
            fleet.broker.kill()


class Chaos:
    def __init__(self, road: Road, variant: str, chance: random.Random) -> None:
        self.road = road
        self._variant = variant
        self._chance = chance
        self._killed = Counter[str]()
        self._torn = 0
        self._packets = 0

    def run(self, packets: int, kills: int) -> dict[str, object]:
        began_s, period_s = time.monotonic(), SEAL_EVERY_S * kills / packets
        self._packets = packets
        self.road.start(packets=packets, period_s=period_s, options=self._eye_options())
        moved = 0
        while self._killed.total() < kills:
            moved = self._wait_until_it_moves(moved)
            self._kill(self._chance.choice(VICTIMS))
            self._raise_the_dead()
        self._finish(packets)
        return self._count(time.monotonic() - began_s)

    def _kill(self, victim: str) -> None:
        daemon: Daemon = getattr(self.road, victim)
        daemon.kill()
        self._killed[victim] += 1
        if self._variant == "torn":
            self._tear(victim)
        away = self._variant == "away" and victim == "broker"
        time.sleep(AWAY_S if away else self._chance.uniform(0.0, 0.5) * KILL_EVERY_S)
        if victim == "eye" and self._variant == "clock":
            daemon = self.road.exchange_eye(self._eye_options())
        daemon.start()

    def _eye_options(self) -> list[str]:
        match self._variant:
            case "disk-full":
                return ["--limit-bytes", str(SMALL_SPOOL_BYTES)]
            case "clock":
                return ["--clock", str(self._chance.choice([0, 1, 946_684_800, 2**40, self._any_year()]))]
        return []

    def _any_year(self) -> int:
        return self._chance.randrange(1_767_225_600, 1_900_000_000)

    def _tear(self, victim: str) -> None:
        """Of the eye and the link, what their own folders remember; packets themselves are what must not be lost."""
        state = self.road.unit.state
        files = {"eye": [*(state / "ledger").glob("*.cbor"), *(state / "outbox").glob("head.cbor")],
                 "link": sorted((state / "inbox").glob("*.receipt"))[-1:]}.get(victim, [])  # fmt: skip
        for file in files[: 1 + self._chance.randrange(3)]:
            data = file.read_bytes()
            file.write_bytes(data[: self._chance.randrange(len(data) + 1)])
            self._torn += 1

    def _wait_until_it_moves(self, moved: int) -> int:
        time.sleep(self._chance.uniform(0.25, 0.95) * KILL_EVERY_S)
        through = len(self.road.sealed()) >= self._packets and self.road.waiting() == 0
        deadline_s = time.monotonic() + (0 if through else PATIENCE_S)
        while (now := self._moved()) <= moved and time.monotonic() < deadline_s:
            self._raise_the_dead()
            time.sleep(0.1)
        return now

    def _moved(self) -> int:
        return self.road.stored_count() + len(self.road.sealed())

    def _finish(self, packets: int) -> None:
        if self._variant == "clock":
            self.road.eye.kill()
            self.road.exchange_eye([]).start()
        deadline_s = time.monotonic() + FINISH_S
        while time.monotonic() < deadline_s and not (len(self.road.sealed()) >= packets and self.road.waiting() == 0):
            self._raise_the_dead()
            time.sleep(0.2)

    def _raise_the_dead(self) -> None:
        """What ended by itself, as an intake does that finds no broker, is started again, as systemd would."""
        for daemon in (self.road.broker, self.road.eye, self.road.link, self.road.intake):
            if daemon.process is not None and daemon.process.poll() is not None:
                daemon.start()

    def _count(self, seconds: float) -> dict[str, object]:
        road, public = self.road, self.road.unit.identity.public
        sealed, stored = road.sealed(), road.stored()
        payloads = [decode_payload(check_evidence(case.evidence, public).payload) for case in road.store.cases()]
        events = [payload.event_id for payload in payloads if isinstance(payload, Record)]
        told = f"killed {dict(self._killed)}, files torn {self._torn}, still waiting {road.waiting()}"
        print(f"{self._variant}: {seconds:.0f} s, {told}, the central counted {road.store.counters()}")
        return {
            "packets": len(sealed),
            "kills": self._killed.total(),
            "stored": len(stored),
            "lost": len(set(sealed) - set(stored)),
            "twice": len(events) - len(set(events)),
            "chain_whole": road.chain_whole(),
            "variant": self._variant,
        }


if __name__ == "__main__":
    main()
