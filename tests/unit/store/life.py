"""A unit's life in a few lines, lived again and again with a cut in it: seal, receipts, a refusal, a giving up."""

from dataclasses import dataclass, field
from pathlib import Path

from kirpik.store.folder import Disk
from kirpik.store.outbox import Entry, OutboxView
from kirpik.wire import packet
from kirpik.wire.chain import Chain
from kirpik.wire.ids import genesis_link
from kirpik.wire.receipt import Refusal
from tests.unit.eyes import Eye, QuickDisk, receipt, violation
from tests.unit.wire.samples import UNIT

TOLD = violation(frames=4)
"""A short track, because lives are lived by the thousand; the packet is as long as any."""


@dataclass
class Central:
    """Takes every packet that the link can see at any moment, and never forgets one."""

    home: Path
    packets: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """By place: the link of the packet there, and its previous one, as packets are told apart."""
    previous: dict[tuple[int, int], bytes] = field(default_factory=dict)
    forks: int = 0

    def at(self, home: Path) -> "Central":
        """One that knows as much, and looks into another unit's folders."""
        return Central(home, dict(self.packets), dict(self.previous))

    def look(self) -> None:
        box = OutboxView(self.home / "outbox")
        for entry in box.waiting():
            data = box.read(entry)
            if data is not None:
                self._take(entry, data)

    def _take(self, entry: Entry, data: bytes) -> None:
        header = packet.parse_header(data)
        assert (header.epoch, header.sequence) == (entry.epoch, entry.sequence), "a packet is whole or not there"
        place, link = (entry.epoch, entry.sequence), packet.link(data)
        self.forks += self.packets.setdefault(place, link) != link
        self.previous.setdefault(place, header.previous)

    def word(self, epoch: int, up_to: int, *, refused: int = 0) -> bytes:
        rows = [Refusal(refused, self.packets[epoch, refused], "record")] if refused else []
        return receipt(epoch, up_to, self.packets[epoch, up_to], utc_ms=1000 + epoch, refused=rows)

    def whole(self) -> bool:
        """Every packet names the one before it, from the first on, over all epochs."""
        chain = Chain(UNIT)
        for place in sorted(self.packets):
            header = packet.Header(1, b"", UNIT, *place, self.previous[place])
            chain.follow(header, self.packets[place])
        return True

    def branches(self) -> int:
        """How often a new epoch goes on from an older packet. Within an epoch that may never be."""
        places, links, count = sorted(self.packets), [genesis_link(UNIT)], 0
        for place in places:
            previous = self.previous[place]
            assert previous in links, f"{place} names a packet that nobody has seen"
            if previous != links[-1]:
                assert place[1] == 1, f"{place} does not follow the one before it"
                count += 1
            links.append(self.packets[place])
        return count


def live(home: Path, disk: Disk, central: Central, *, sealed: list[bytes]) -> None:
    """Seal four, with words of the central in between. `sealed` is the unit's own diary of what it holds for safe."""
    eye = Eye(home, disk=disk)

    def seal() -> None:
        entry = eye.sealer.seal(TOLD)
        sealed.append(eye.outbox.link(entry) or b"")
        central.look()

    for _ in range(3):
        seal()
    eye.sealer.settle(central.word(eye.ledger.epoch, 2, refused=2))
    seal()
    eye.sealer.give_up([Entry(eye.ledger.epoch, 3)], uptime_s=0)
    central.look()
    eye.sealer.settle(central.word(eye.ledger.epoch, 5))


def born(home: Path) -> tuple[Central, list[bytes]]:
    """After a first life without a cut."""
    central, sealed = Central(home), list[bytes]()
    live(home, QuickDisk(), central, sealed=sealed)
    return central, sealed
