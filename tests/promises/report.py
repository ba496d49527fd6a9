"""What was shown, as a table for a screen, as the tables of docs/PRIVACY.md, and as one JSON object."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
from rich.table import Table

from tests import promises
from tests.promises.proof import Promise, Shown

COLUMNS = (
    ("promise", 26), ("evidence", 34), ("figure", 46), ("holds", 5), ("broken on purpose", 28), ("caught", 6),
)  # fmt: skip
BEGINS, ENDS = "<!-- written by kirpik-prove --page: begin -->", "<!-- written by kirpik-prove --page: end -->"


@dataclass(frozen=True, slots=True)
class Done:
    """One promise, and what was shown of it."""

    promise: Promise
    pieces: Sequence[Shown]
    cpu_s: float

    def line(self) -> str:
        stands = "proven" if is_proof(self) else "; ".join(f"{each.evidence}: {each.figure}" for each in _open(self))
        return f"{self.promise.number:2} {self.promise.text}: {self.cpu_s:.0f} s of a processor: {stands}"


def is_proof(done: Done) -> bool:
    return bool(done.pieces) and not list(_open(done))


def _open(done: Done) -> Iterator[Shown]:
    """Pieces that do not hold, whose control ran through, or that could not be had here."""
    return (shown for shown in done.pieces if shown.skipped or not shown.holds or not shown.caught)


def summary(done: Sequence[Done]) -> dict[str, object]:
    tried = [shown for each in done for shown in each.pieces if not shown.skipped]
    return {
        "promises": len(done),
        "proven": sum(map(is_proof, done)),
        "pieces": len(tried),
        "controls_caught": sum(bool(shown.caught) for shown in tried),
        "not_here": sum(bool(shown.skipped) for each in done for shown in each.pieces),
        "cpu_s": round(sum(each.cpu_s for each in done)),
    }


def table(done: Sequence[Done]) -> Table:
    drawn = Table(title="Promises and their proofs", show_lines=True)
    for name, width in COLUMNS:
        drawn.add_column(name, min_width=min(width, 12), max_width=width, overflow="fold")
    for each in done:
        title = f"{each.promise.number} {each.promise.text}"
        for number, shown in enumerate(each.pieces):
            drawn.add_row("" if number else title, *_cells(shown))
    return drawn


def _cells(shown: Shown) -> tuple[str, ...]:
    if shown.skipped:
        return shown.evidence, f"[yellow]not here: {shown.skipped}[/]", "", "", ""
    return shown.evidence, shown.figure, _yes(shown.holds), shown.control, _yes(shown.caught)


def _yes(value: bool) -> str:
    return "[green]yes[/]" if value else "[red bold]NO[/]"


def keep(log: Path, done: Done) -> None:
    """A line more; only what is proven is worth one."""
    if is_proof(done):
        with log.open("a", encoding="utf-8") as file:
            file.write(msgspec.json.encode(done, enc_hook=bool).decode() + "\n")  # numpy has its own yes and no


def read(log: Path) -> dict[int, Done]:
    """By the promise's number."""
    if not log.exists():
        return {}
    done = (msgspec.json.decode(line, type=Done) for line in log.read_text(encoding="utf-8").splitlines())
    return {each.promise.number: each for each in done}


def into_page(page: Path, done: Sequence[Done]) -> None:
    """Between its two marks; all else of the page stays."""
    before, rest = page.read_text(encoding="utf-8").split(BEGINS)
    _, after = rest.split(ENDS)
    page.write_text(f"{before}{BEGINS}\n\n{markdown(done)}\n{ENDS}{after}", encoding="utf-8")


def markdown(done: Sequence[Done]) -> str:
    told = summary(done)
    where = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return "\n".join(
        [
            f"Written by `kirpik-prove` on {date.today()} ({where}): {told['proven']} of {told['promises']} proven, "  # noqa: DTZ011
            f"{told['controls_caught']} of {told['pieces']} broken variants caught, {told['not_here']} pieces that "
            f"could not be had there, in {told['cpu_s']} seconds of a processor.\n",
            "| | promise | proven by | broken variants caught |\n| --- | --- | --- | --- |",
            *(_row(each) for each in done),
            "",
            *(line for each in done for line in _chapter(each)),
            "## What cannot be shown on a desk\n",
            "| promise | what remains, and how it would be shown |\n| --- | --- |",
            *(f"| {each.promise.number} | {each.promise.remains} |" for each in done if each.promise.remains),
            "",
        ]
    )


def _row(done: Done) -> str:
    number, text = done.promise.number, done.promise.text
    caught = sum(bool(shown.caught) and not shown.skipped for shown in done.pieces)
    held = "" if is_proof(done) else "**not proven**: "
    return f"| {number} | {text} | {held}[{_file(number).name}](../tests/promises/{_file(number).name}) | {caught} |"


def _chapter(done: Done) -> Iterator[str]:
    yield f"### {done.promise.number}. {done.promise.text}\n"
    yield "| what is tried | what was seen | the broken variant |\n| --- | --- | --- |"
    for shown in done.pieces:
        yield f"| {shown.evidence} | {_seen(shown)} | {shown.control}{_fate(shown)} |"
    yield ""


def _file(number: int) -> Path:
    (file,) = Path(promises.__path__[0]).glob(f"test_{number:02}_*.py")
    return file


def _seen(shown: Shown) -> str:
    held = "" if shown.holds else "**does not hold**: "
    return f"not here: {shown.skipped}" if shown.skipped else held + shown.figure


def _fate(shown: Shown) -> str:
    if shown.skipped:
        return ""
    return ": caught" if shown.caught else ": **not caught**"
