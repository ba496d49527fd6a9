"""Promise 9: acknowledged packets are gone from the unit; unsent ones expire, and the expiry itself is told."""

from collections.abc import Iterator
from pathlib import Path

from kirpik.seal import Sealer
from kirpik.service.duties import Schedule
from kirpik.store.outbox import Entry, Outbox
from kirpik.wire.checkpoint import Checkpoint
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.service.test_duties import Bench

PROMISE = Promise(
    9, "Acknowledged packets are gone from the unit; unsent ones expire, and the expiry itself is reported",
    remains="That a flash card's controller lets go of what was deleted: nobody outside the card can show that. The "
    "packets are sealed, so what it keeps is of no use without the central's key.",
)  # fmt: skip


class Hoards(Outbox):
    """Keeps a copy of what it was told to delete."""

    def remove(self, entry: Entry) -> None:
        path = self._folder.path / entry.name
        path.rename(path.with_suffix(".old"))

    def discard(self, entry: Entry) -> None:
        self.remove(entry)


class Hushes(Sealer):
    """Lets what has expired vanish without a word."""

    def give_up(self, entries: list[Entry], *, uptime_s: float) -> None:  # type: ignore[override]
        del uptime_s
        for entry in entries:
            self._outbox.discard(entry)


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    count = effort.of(12, 400)
    yield Shown(
        "Packets with a receipt are deleted, byte by byte of the folder",
        f"{count} acknowledged: {_left_after_receipts(folder / 'a', count)} left",
        holds=_left_after_receipts(folder / "b", count) == 0,
        control="an outbox that keeps copies",
        caught=_left_after_receipts(folder / "c", 3, outbox=Hoards) > 0,
    )
    expired, told = _expiry(folder / "d", count)
    hushed = _expiry(folder / "e", 3, sealer=Hushes)
    yield Shown(
        "The clock is put ahead by the time that is set: what waits is deleted, and named in the chain before",
        f"{expired} expired, {told} named in the chain",
        holds=expired == told == count,
        control="a sealer that deletes without a word",
        caught=hushed[0] != hushed[1],
    )


def _left_after_receipts(home: Path, count: int, *, outbox: type[Outbox] = Outbox) -> int:
    bench = Bench(home, Schedule(), limit_bytes=10**8)
    bench.eye.outbox.__class__ = outbox
    for _ in range(count):
        bench.seal_days_ago(0)
    sealed = [path.read_bytes() for path in (home / "outbox").glob("*.kpk")]
    assert len(sealed) == count
    bench.settle_all()
    left = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    return sum(any(packet[80:400] in data for data in left) for packet in sealed)


def _expiry(home: Path, count: int, *, sealer: type[Sealer] = Sealer) -> tuple[int, int]:
    """How many are gone, and how many of these the chain names."""
    bench = Bench(home, Schedule(), limit_bytes=10**8)
    bench.eye.sealer.__class__ = sealer
    links = {}
    for _ in range(count):
        entry = bench.seal_days_ago(2)
        links[entry.epoch, entry.sequence] = bench.eye.outbox.link(entry)
    bench.on(3700)
    gone = set(links) - set(bench.eye.links())
    named = {
        (row.epoch, row.sequence)
        for each in bench.told()
        if isinstance(each, Checkpoint)
        for row in each.given_up
        if links.get((row.epoch, row.sequence)) == row.link
    }
    return len(gone), len(gone & named)


test_what_is_acknowledged_is_gone_and_what_expires_is_told = as_test(prove)
