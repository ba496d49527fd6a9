"""What the demo shows while it runs: one row an opened violation, and the counts that say what was not looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

RULES = {
    "speeding": "speeding",
    "red_light": "red light",
    "stop_line": "stop line",
    "bus_lane": "bus lane",
    "wrong_way": "wrong way",
    "solid_line": "solid line",
    "no_stopping": "no stopping",
}
COUNTS = ("frames", "tracks", "suspects", "reader_calls", "packets", "receipts")


@dataclass(frozen=True, slots=True)
class Row:
    """One violation as the central opened it. Empty texts stand for what a kind does not have."""

    moment: str
    rule: str
    lane: str
    plate: str
    speed: str
    charged: str
    limit: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Sight:
    """All that is shown at one moment."""

    counts: Mapping[str, int]
    rows: Sequence[Row]
    note: str


class Screen(Protocol):
    def show(self, sight: Sight) -> None: ...

    def close(self) -> None: ...


class LiveScreen:
    """Draws over itself on a terminal."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=8, transient=False)
        self._live.start()

    def show(self, sight: Sight) -> None:
        note = Text(f"{count_line(sight.counts)}   {sight.note}")
        self._live.update(Group(table(sight.rows), bar(sight.counts), note))

    def close(self) -> None:
        self._live.stop()


class PlainScreen:
    """Writes one line an event, for a file or a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown = 0
        self._note = ""

    def show(self, sight: Sight) -> None:
        if sight.note != self._note:
            self._note = sight.note
            self._console.print(sight.note, highlight=False)
        for row in sight.rows[self._shown :]:
            self._console.print(plain_line(row), highlight=False, soft_wrap=True)
        self._shown = len(sight.rows)

    def close(self) -> None:
        pass


def table(rows: Sequence[Row]) -> Table:
    result = Table(title="Opened at the central", title_justify="left", expand=False)
    for heading in ("at", "rule", "lane", "plate"):
        result.add_column(heading, no_wrap=True)
    for heading in ("speed km/h", "charged", "limit"):
        result.add_column(heading, justify="right", no_wrap=True)
    result.add_column("receipt", no_wrap=True)
    for row in rows:
        result.add_row(*(getattr(row, name) for name in Row.__dataclass_fields__))
    return result


def bar(counts: Mapping[str, int]) -> RenderableType:
    grid = Table.grid()
    grid.add_row(ProgressBar(total=counts.get("frames_total") or None, completed=counts.get("frames", 0), width=60))
    return grid


def count_line(counts: Mapping[str, int]) -> str:
    return "   ".join(f"{name.replace('_', ' ')} {counts.get(name, 0)}" for name in COUNTS)


def plain_line(row: Row) -> str:
    speed = f", {row.speed} km/h, charged {row.charged}, limit {row.limit}" if row.speed else ""
    return f"{row.moment}  {row.rule}, lane {row.lane}, plate {row.plate}{speed}"


def row_of(case: Mapping[str, Any], *, start_ns: int, receipt: str) -> Row:
    """The row of one opened case, as `kirpik-central cases` writes it."""
    speed = case.get("speed_kmh")
    return Row(
        moment=moment((case["sensor_timestamp_ns"] - start_ns) / 1e9),
        rule=RULES.get(case["kind"], case["kind"]),
        lane=case.get("lane") or "",
        plate=case["plate"],
        speed="" if speed is None else f"{speed:.1f} ± {case['uncertainty_kmh']:.1f}",
        charged=whole(case.get("charged_kmh")),
        limit=whole(case.get("limit_kmh")),
        receipt=receipt,
    )


def moment(seconds: float) -> str:
    return f"{int(seconds // 60):02d}:{seconds % 60:04.1f}"


def whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
