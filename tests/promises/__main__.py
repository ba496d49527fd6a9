"""The promises, proven at length: `kirpik-prove`, or `python -m tests.promises [--short] [NUMBER…]`.

Prints a table (promise, evidence, figure, control caught), what remains to be shown on a board, and as its last line
one JSON object. Exit code 1 where a promise does not hold or a broken variant was not caught.
"""

import argparse
import importlib
import json
import logging
import os
import pkgutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests import promises
from tests.promises.proof import LONG, SHORT, Effort, Promise, Prove, Shown
from tests.promises.report import Done, into_page, is_proof, keep, read, summary, table

Proof = tuple[Promise, Prove]


def main() -> None:
    parser = argparse.ArgumentParser(prog="kirpik-prove", description=__doc__, epilog="Example: kirpik-prove 1 4 17")
    parser.add_argument("numbers", metavar="NUMBER", nargs="*", type=int, help="of promises; none means all")
    parser.add_argument("--short", action="store_true", help="as the tests do it")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="also write what was seen into it, as in docs/PRIVACY.md"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="go on with: what is proven in it is not tried again")
    options = parser.parse_args()
    logging.getLogger().addHandler(logging.NullHandler())  # what the parts say of themselves is not the proof
    console = Console(width=None if sys.stdout.isatty() else 160)
    chosen = [proof for proof in proofs() if not options.numbers or proof[0].number in options.numbers]
    before = read(options.log) if options.log else {}
    done = []
    for promise, prove in chosen:
        each = before.get(promise.number) or run(promise, prove, SHORT if options.short else LONG, console)
        if options.log and promise.number not in before:
            keep(options.log, each)
        done.append(each)
    if options.page:
        into_page(options.page, done)
    console.print(table(done))
    for each in done:
        if each.promise.remains:
            console.print(f"[bold]{each.promise.number}[/] remains: {each.promise.remains}", highlight=False)
    print(json.dumps(summary(done)))
    sys.exit(0 if all(map(is_proof, done)) else 1)


def proofs() -> Iterator[Proof]:
    """In the order of their numbers."""
    for module in sorted(pkgutil.iter_modules(promises.__path__), key=lambda module: module.name):
        if module.name.startswith("test_"):
            proof = importlib.import_module(f"tests.promises.{module.name}")
            yield proof.PROMISE, proof.prove


def run(promise: Promise, prove: Prove, effort: Effort, console: Console) -> Done:
    """One promise; whatever goes wrong in it is a piece that does not hold, and the others have their turn."""
    pieces, before_s = list[Shown](), _cpu_s()
    with tempfile.TemporaryDirectory(prefix="kirpik-prove-") as folder:
        try:
            for shown in prove(effort, Path(folder)):
                pieces.append(shown)
        except Exception as error:  # noqa: BLE001  a proof that breaks off is told like one that fails
            why = f"{type(error).__name__}: {error}"
            pieces.append(Shown("It could not be tried to its end", why[:300], holds=False, control="", caught=False))
    done = Done(promise, pieces, _cpu_s() - before_s)
    console.print(done.line(), highlight=False, style="dim" if is_proof(done) else "red", markup=False)
    return done


def _cpu_s() -> float:
    """Our own and our processes'."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
