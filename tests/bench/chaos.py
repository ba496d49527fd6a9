"""Kill everything at random while packets are on their way, and count: `python -m tests.bench.chaos --packets 600`.

Broker, eye, link and intake are real processes and are killed without a word (SIGKILL), again and again; then
they may finish. Lost is what was sealed and is not in the store; twice is one event in two rows.
"""

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from kirpik.wire.packet import check_evidence
from kirpik.wire.record import decode_record
from tests.system.ground import Daemon, Fleet
from tests.system.road import Road

VICTIMS = ("broker", "eye", "link", "intake")
KILL_EVERY_S = 1.6
FINISH_S = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=600)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-chaos-") as folder:
        fleet = Fleet(Path(folder))
        fleet.start_broker()
        road = Road(fleet)
        try:
            print(json.dumps(_run(road, options.packets, options.kills, random.Random(options.seed))))  # noqa: S311  repeatable
        finally:
            road.end()
            fleet.broker.kill()


def _run(road: Road, packets: int, kills: int, chance: random.Random) -> dict[str, object]:
    began_s = time.monotonic()
    road.start(packets=packets, period_s=KILL_EVERY_S * kills / packets)
    killed = Counter[str]()
    while killed.total() < kills:
        time.sleep(chance.uniform(0.25, 0.95) * KILL_EVERY_S)
        victim = chance.choice(VICTIMS)
        daemon: Daemon = getattr(road, victim)
        daemon.kill()
        time.sleep(chance.uniform(0.0, 0.5) * KILL_EVERY_S)
        daemon.start()
        killed[victim] += 1
        _raise_the_dead(road)
    _finish(road, packets)
    return _count(road, killed, time.monotonic() - began_s)


def _finish(road: Road, packets: int) -> None:
    deadline_s = time.monotonic() + FINISH_S
    while time.monotonic() < deadline_s and not (len(road.sealed()) >= packets and road.waiting() == 0):
        _raise_the_dead(road)
        time.sleep(0.2)


def _raise_the_dead(road: Road) -> None:
    """What ended by itself, as an intake does that finds no broker, is started again, as systemd would."""
    for daemon in (road.broker, road.eye, road.link, road.intake):
        if daemon.process is not None and daemon.process.poll() is not None:
            daemon.start()


def _count(road: Road, killed: Counter[str], seconds: float) -> dict[str, object]:
    sealed, stored = road.sealed(), road.stored()
    public = road.unit.identity.public
    events = [decode_record(check_evidence(case.evidence, public).payload).event_id for case in road.store.cases()]
    counters = road.store.counters()
    print(f"{seconds:.0f} s, killed {dict(killed)}, still waiting {road.waiting()}, the central counted {counters}")
    return {
        "packets": len(sealed),
        "kills": killed.total(),
        "stored": len(stored),
        "lost": len(set(sealed) - set(stored)),
        "twice": len(events) - len(set(events)),
        "chain_whole": road.chain_whole(),
    }


if __name__ == "__main__":
    main()
