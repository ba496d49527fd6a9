"""`kirpik keys`: the desk that its verbs work on, and the drafts that they lay down there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from kirpik.wire.documents import KeySet, Root
from kirpik.wire.keydocs import peek, sign_document
from kirpik_provisioning.answers import Ask, ask_with
from kirpik_provisioning.keys import publishing, show
from kirpik_provisioning.keys.desk import Desk
from kirpik_provisioning.keys.moments import now_ms


@dataclass(frozen=True, slots=True)
class Bench:
    desk: Desk
    ask: Ask


@click.group(epilog="Example: kirpik keys --desk fleet status")
@click.option("--desk", type=click.Path(path_type=Path), default=Path(), help="Folder of the fleet; default here.")
@click.option("--passphrases", type=click.Path(path_type=Path, allow_dash=True), help="File with one answer a line.")
@click.pass_context
def keys(context: click.Context, desk: Path, passphrases: Path | None) -> None:
    """Keys of a fleet: made, signed by each holder apart, published, turned, destroyed."""
    context.obj = Bench(Desk(desk), ask_with(passphrases))


def draft_set(bench: Bench, change: Callable[[KeySet], KeySet]) -> None:
    with bench.desk.at_work():
        lay_down(bench, change(publishing.next_set(bench.desk, now_ms=now_ms())))


def lay_down(bench: Bench, document: Root | KeySet) -> None:
    data = sign_document(document, [])
    path = bench.desk.draft(data)
    for line in show.describe(data):
        click.echo(line)
    click.echo(
        f"{path}: drafted; carry it to the holders, each signs by: kirpik keys {peek(data).what} sign FILE --key …"
    )
