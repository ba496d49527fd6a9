"""models/REPORT.md, written by the lab: each network's figures stand between two marks and are replaced as a whole."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kirpik.errors import InputError

REPORT = "REPORT.md"


def write_section(models: Path, name: str, rows: Iterable[Sequence[str]]) -> None:
    """Put `rows` as a table (its head first) in the place of the section `name`."""
    path = models / REPORT
    start, end = f"<!-- figures: {name} -->", f"<!-- end: {name} -->"
    text = path.read_text() if path.exists() else ""
    if start not in text or end not in text:
        raise InputError(f"{path}: the marks {start} and {end} are missing")
    head, _, rest = text.partition(start)
    _, _, tail = rest.partition(end)
    path.write_text(f"{head}{start}\n\n{table(rows)}\n\n{end}{tail}")


def table(rows: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    head, *body = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *body))
