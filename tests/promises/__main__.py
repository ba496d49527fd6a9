"""The promises, proven at length: `kirpik-prove`, or `python -m tests.promises [--short] [NUMBER…]`.

Prints a table (promise, evidence, figure, control caught), what remains to be shown on a board, and as its last line
one JSON object. Exit code 1 where a promise does not hold or a broken variant was not caught.
"""

import argparse
import importlib
import json
import pkgutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests import promises
from tests.promises.proof import LONG, SHORT, Promise, Prove, Shown


def main() -> None:
    parser = argparse.ArgumentParser(prog="kirpik-prove", description=__doc__, epilog="Example: kirpik-prove 1 4 17")
    parser.add_argument("numbers", metavar="NUMBER", nargs="*", type=int, help="of promises; none means all")
    parser.add_argument("--short", action="store_true", help="as the tests do it")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table there, for docs/PRIVACY.md")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    chosen = [proof for proof in proofs() if not options.numbers or proof[0].number in options.numbers]
    done = [(promise, _shown(promise, prove, console, short=options.short)) for promise, prove in chosen]
    if options.markdown:
        options.markdown.write_text(markdown(done), encoding="utf-8")
    console.print(_table(done))
    for promise, _ in done:
        if promise.remains:
            console.print(f"[bold]{promise.number}[/] remains: {promise.remains}", highlight=False)
    proven = [promise.number for promise, pieces in done if pieces and all(map(_is_proof, pieces))]
    print(json.dumps({"promises": len(done), "proven": len(proven), "controls_caught": _controls(done)}))
    sys.exit(0 if len(proven) == len(done) else 1)


def proofs() -> Iterator[tuple[Promise, Prove]]:
    """In the order of their numbers."""
    for module in sorted(pkgutil.iter_modules(promises.__path__), key=lambda module: module.name):
        if module.name.startswith("test_"):
            proof = importlib.import_module(f"tests.promises.{module.name}")
            yield proof.PROMISE, proof.prove


def _shown(promise: Promise, prove: Prove, console: Console, *, short: bool) -> list[Shown]:
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kirpik-prove-") as folder:
        try:
            pieces = list(prove(SHORT if short else LONG, Path(folder)))
        except AssertionError as error:
            pieces = [Shown("it could not be tried", str(error)[:200], holds=False, control="", caught=False)]
    console.print(
        f"{promise.number:2} {promise.text}: {time.monotonic() - began_s:.0f} s", highlight=False, style="dim"
    )
    return pieces


def _is_proof(shown: Shown) -> bool:
    return shown.holds and shown.caught and not shown.skipped


def _controls(done: list[tuple[Promise, list[Shown]]]) -> str:
    tried = [shown for _, pieces in done for shown in pieces if not shown.skipped]
    return f"{sum(shown.caught for shown in tried)} of {len(tried)}"


def _table(done: list[tuple[Promise, list[Shown]]]) -> Table:
    table = Table(title="Promises and their proofs", show_lines=True)
    for name, width in (
        ("promise", 26),
        ("evidence", 34),
        ("figure", 46),
        ("holds", 5),
        ("broken on purpose", 28),
        ("caught", 6),
    ):
        table.add_column(name, min_width=min(width, 12), max_width=width, overflow="fold")
    for promise, pieces in done:
        for number, shown in enumerate(pieces):
            title = f"{promise.number} {promise.text}" if number == 0 else ""
            if shown.skipped:
                table.add_row(title, shown.evidence, f"[yellow]not here: {shown.skipped}[/]", "", "", "")
            else:
                table.add_row(title, shown.evidence, shown.figure, _yes(shown.holds), shown.control, _yes(shown.caught))
    return table


def markdown(done: list[tuple[Promise, list[Shown]]]) -> str:
    lines = []
    for promise, pieces in done:
        (file,) = Path(promises.__path__[0]).glob(f"test_{promise.number:02}_*.py")
        lines.append(f"### {promise.number}. {promise.text}\n")
        lines.append(f"[`tests/promises/{file.name}`](../tests/promises/{file.name})\n")
        lines.append("| what is tried | what was seen | caught |\n| --- | --- | --- |")
        for shown in pieces:
            seen = f"not here: {shown.skipped}" if shown.skipped else shown.figure
            lines.append(f"| {shown.evidence} | {seen} | {shown.control} |".replace("**", ""))
        if promise.remains:
            lines.append(f"\nWhat remains: {promise.remains}")
        lines.append("")
    return "\n".join(lines) + "\n"


def _yes(value: bool) -> str:
    return "[green]yes[/]" if value else "[red bold]NO[/]"


if __name__ == "__main__":
    main()
