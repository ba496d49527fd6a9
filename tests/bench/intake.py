"""How fast one core of the central opens and stores, against opening alone: `python -m tests.bench.intake`."""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kirpik.wire import packet, topics
from kirpik_central.database import migrate, open_database
from kirpik_central.intake import Intake, Letter
from kirpik_central.keys import Units, load_keys
from kirpik_central.store import Store
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.unit.central.packets import Sender


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=2000)
    parser.add_argument("--group", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-intake-") as folder:
        fleet = new_fleet(Path(folder) / "fleet", port=1)
        print(json.dumps(_measure(fleet, options.packets, options.group)))


def _measure(fleet: ThrowAwayFleet, count: int, group: int) -> dict[str, object]:
    sender = Sender(fleet.add_unit().identity, fleet.seal.public)
    topic, public = topics.up(sender.unit, topics.PACKETS), sender.identity.public
    letters = [Letter(topic, sender.next(), number) for number in range(count)]
    intake = _intake(fleet)
    doors = _rate(lambda letter: packet.check_outer(letter[0].payload, public), letters, 1)
    bare = _rate(lambda letter: packet.open_packet(letter[0].payload, public, fleet.seal), letters, 1)
    whole = _rate(intake.take, letters, group)
    print(f"{count} packets of {len(letters[0].payload)} bytes, committed {group} at a time, synchronous FULL")
    print(f"front door {doors:.0f}/s   opened {bare:.0f}/s   opened, judged, stored and receipted {whole:.0f}/s")
    return {
        "opens_per_s": round(whole),
        "bare_opens_per_s": round(bare),
        "ratio": round(bare / whole, 2),
        "front_door_per_s": round(doors),
        "database": "sqlite",
    }


def _intake(fleet: ThrowAwayFleet) -> Intake:
    home = fleet.central_config.parent
    engine = open_database("sqlite:///central.db", beside=home)
    migrate(engine)
    keys = load_keys(
        seal=[home / "seal.key"], receipt=home / "receipt.key", root=home / "root.cbor", keyset=home / "set.cbor"
    )
    return Intake(Store(engine), keys, Units(home / "units"))


def _rate(do: Callable[[list[Letter]], object], letters: list[Letter], group: int) -> float:
    """Letters a second, by the processor's own time, so that other work on the machine counts less."""
    began_s = time.process_time()
    for first in range(0, len(letters), group):
        do(letters[first : first + group])
    return len(letters) / (time.process_time() - began_s)


if __name__ == "__main__":
    main()
