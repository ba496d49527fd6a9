"""How fast one core of the central takes packets in, against the bare cryptography: `python -m tests.bench.intake`.

Both run over the same packets, group by group in turn, and are timed by the processor's own time of this process, so
that other work on the machine counts for both alike. Figures are over all groups together, with everything in them that
comes up only now and then. A PostgreSQL server is another process: its own work is told apart, by the wall's clock.
"""

import argparse
import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kirpik.wire import packet, sign1, signature, topics
from kirpik.wire.ids import unit_id
from kirpik_central.database import migrate, open_database
from kirpik_central.intake import Intake
from kirpik_central.keys import CentralKeys, Units, load_keys
from kirpik_central.letters import Letter
from kirpik_central.reader import Reader
from kirpik_central.store import Store
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.postgresql import new_database, server
from tests.unit.central.packets import Sender


@dataclass
class Clock:
    """Packets, and the time that they took."""

    packets: int = 0
    processor_s: float = 0.0
    wall_s: float = 0.0

    def time(self, do: Callable[[list[Letter]], object], letters: list[Letter]) -> None:
        began_s, at_s = time.process_time(), time.monotonic()
        do(letters)
        self.processor_s += time.process_time() - began_s
        self.wall_s += time.monotonic() - at_s
        self.packets += len(letters)

    @property
    def processor(self) -> float:
        """Packets a second of the processor."""
        return self.packets / self.processor_s

    @property
    def wall(self) -> float:
        return self.packets / self.wall_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--packets", type=int, default=10000, help="in all, half of them opened and half at the front door"
    )
    parser.add_argument("--units", type=int, default=8)
    parser.add_argument("--group", type=int, default=500, help="as the intake has it")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-intake-") as folder, _database(options.database) as url:
        fleet = new_fleet(Path(folder) / "fleet", port=1)
        letters = _letters(fleet, options.units, options.packets)
        print(json.dumps(_measure(fleet, letters, url, options.group) | {"database": options.database}))


@contextlib.contextmanager
def _database(name: str) -> Iterator[str]:
    if name == "sqlite":
        yield "sqlite:///central.db"
    else:
        with server(durable=True) as url:
            yield new_database(url, "bench")


def _letters(fleet: ThrowAwayFleet, units: int, count: int) -> list[Letter]:
    """The packets of all units, dealt out in turn as they come in from a road."""
    senders = [Sender(fleet.add_unit(f"unit-{number}").identity, fleet.seal.public) for number in range(units)]
    return [
        Letter(topics.up(sender.unit, topics.PACKETS), sender.next(), number)
        for number in range(count)
        for sender in [senders[number % units]]
    ]


def _measure(fleet: ThrowAwayFleet, letters: list[Letter], url: str, group: int) -> dict[str, object]:
    home = fleet.central_config.parent
    engine = open_database(url, beside=home)
    migrate(engine)
    keys = load_keys(
        seal=[home / "seal.key"], receipt=home / "receipt.key", root=home / "root.cbor", keyset=home / "set.cbor"
    )
    store, units = Store(engine), Units(home / "units")
    opening, door = Intake(store, keys, units), Intake(store, replace(keys, seal={}), units)
    reader = Reader(store, keys, units)
    publics = {unit_id(path.read_bytes()): path.read_bytes() for path in (home / "units").iterdir()}
    bare, opened, read, proofs, doors = (Clock() for _ in range(5))
    for at in range(0, len(letters), 2 * group):
        first, second = letters[at : at + group], letters[at + group : at + 2 * group]
        bare.time(lambda some: _bare(some, publics, keys), first)
        opened.time(opening.take, first)
        read.time(lambda some: reader.read(limit=len(some)), first)
        proofs.time(lambda some: _bare_door(some, publics), second)
        doors.time(door.take, second)
        reader.read(limit=len(second))
    assert store.counters() == {"stored": len(letters)}
    return _table(bare, opened, read, proofs, doors)


def _bare(letters: Sequence[Letter], publics: Mapping[bytes, bytes], keys: CentralKeys) -> None:
    """Only what nobody could leave out: two signatures, the seal, the hash. No header is looked into, nothing kept."""
    (key,) = keys.seal.values()
    for letter in letters:
        wire, header = letter.payload, letter.payload[: packet.HEADER_BYTES]
        public = publics[header[20:36]]
        assert signature.verify(public, signature.OUTER, wire[:-64], wire[-64:])
        plain = key.open(wire[packet.HEADER_BYTES : -64], packet.INFO + header)
        length = int.from_bytes(plain[:4], "big")
        sign1.verify(plain[4 : 4 + length], unit_public=public, unit=header[20:36], header=header)
        packet.digest(wire)


def _bare_door(letters: Sequence[Letter], publics: Mapping[bytes, bytes]) -> None:
    for letter in letters:
        wire = letter.payload
        assert signature.verify(publics[wire[20:36]], signature.OUTER, wire[:-64], wire[-64:])
        packet.digest(wire)


def _table(bare: Clock, opened: Clock, read: Clock, proofs: Clock, door: Clock) -> dict[str, object]:
    whole = 1 / (1 / opened.processor + 1 / read.processor)
    rows = {
        "bare cryptography of an opening": bare,
        "opened, stored, logged, receipted": opened,
        "then read and filed": read,
        "bare cryptography of the front door": proofs,
        "front door: proven, stored, logged, receipted": door,
    }
    for name, rate in rows.items():
        print(f"{name:46} {rate.processor:8.0f} a processor second {rate.wall:8.0f} a second by the wall's clock")
    return {
        "opens_per_s": round(opened.processor),
        "bare_opens_per_s": round(bare.processor),
        "ratio": round(opened.processor / bare.processor, 3),
        "front_door_per_s": round(door.wall),
        "front_door_per_cpu_s": round(door.processor),
        "read_per_s": round(read.processor),
        "opened_and_read_per_s": round(whole),
        "ratio_with_reading": round(whole / bare.processor, 3),
    }


if __name__ == "__main__":
    main()
