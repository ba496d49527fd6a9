"""Promise 7: an observer of the network learns neither number nor time, where the unit sends at a constant rate."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.service.test_observer import DAY_S, SLOT_S, Unit

PROMISE = Promise(
    7, "An observer of the network learns neither count nor time (constant-rate mode)",
    remains="TLS and the radio below it: on a board, two days of tcpdump behind the modem, with and without offences, "
    "compared packet by packet.",
)  # fmt: skip
Row = tuple[float, str, int]


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    days = effort.of(2, 4)
    slot_s = SLOT_S * effort.of(3, 1)
    chance = Random(7)  # noqa: S311  repeatable
    offences = [chance.uniform(0, days * DAY_S) for _ in range(int(20 * days))]
    burst = [40_000.0 + number for number in range(12)]
    with _no_pauses():
        quiet = _watched(folder / "quiet", days, slot_s, [])
        busy = _watched(folder / "busy", days, slot_s, [*offences, *burst])
        open_quiet, open_busy = (_watched(folder / name, 1, None, some) for name, some in (("q", []), ("b", burst[:1])))
    yield Shown(
        f"{days} days with offences and {days} without: the same messages of the same sizes at the same times",
        f"{len(quiet)} messages each, {len(offences) + len(burst)} offences; rows that differ: {_differ(quiet, busy)}",
        holds=quiet == busy and len(quiet) > days * DAY_S / slot_s,
        control="the same without a constant rate, one offence",
        caught=open_quiet != open_busy,
    )


def _watched(home: Path, days: int, slot_s: float | None, offences: list[float]) -> list[Row]:
    unit = Unit(home, slot_s=slot_s)
    unit.live(days * DAY_S, offences=offences)
    return unit.line.seen


def _differ(one: list[Row], other: list[Row]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))


@contextmanager
def _no_pauses() -> Iterator[None]:
    import time  # noqa: PLC0415

    before, time.sleep = time.sleep, lambda _: None
    try:
        yield
    finally:
        time.sleep = before


test_a_watched_line_tells_nothing = as_test(prove)
