"""Orders and their results for people to read."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from kirpik.errors import TrustError
from kirpik.wire.order import Order
from kirpik_provisioning.keys.show import date
from kirpik_provisioning.orders.book import Entry, OrderFolder
from kirpik_provisioning.orders.sending import Outcome
from kirpik_provisioning.registry import Known, Registry

COLOURS = {
    "done": "green",
    "on-trial": "yellow",
    "held": "yellow",
    "rolled-back": "red",
    "refused": "red",
    "failed": "red",
}


def history_of(desk: Path) -> Table:
    """All orders of a desk with what came of them."""
    folder = OrderFolder(desk)
    table = Table("order", "given", "verb", "to", "signatures", "done", "not done", "unheard", box=None)
    for entry in folder.all():
        meant, results = still_meant(desk, entry), folder.results(entry)
        done = sum(result.outcome == "done" for result in results.values())
        table.add_row(
            entry.name, date(entry.order.counter), entry.order.verb, target_of(entry.order),
            str(len(entry.signed.signatures)), str(done), str(len(results) - done), str(len(meant) - len(results)),
        )  # fmt: skip
    return table


def describe(order: Order, meant: Iterable[Known], *, signatures: int) -> None:
    names = [known.name for known in meant]
    click.echo(
        f"{order.verb} to {target_of(order)}: {len(names)} units: {', '.join(names[:8])}{' …' * (len(names) > 8)}"
    )
    click.echo(
        f"  good from {date(order.not_before_ms) if order.not_before_ms else 'now'} until {date(order.expires_ms)}"
    )
    if order.argument:
        click.echo(f"  {len(order.argument)} bytes, sha256 {sha256(order.argument).hexdigest()}")
    if order.expected is not None:
        click.echo(f"  only where the file is now {order.expected.hex()}")
    click.echo(f"  {signatures} of {order.signatures_needed} signatures")


def table_of(outcome: Outcome) -> None:
    table = Table("unit", "outcome", "at", "what it says", box=None)
    for known in outcome.units:
        result = outcome.results.get(known.unit)
        if result is None:
            table.add_row(known.name, "[dim]not heard[/]", "", "")
            continue
        colour = COLOURS[result.outcome]
        told = " ".join(f"{name}={value}" for name, value in result.figures) or result.reason
        table.add_row(known.name, f"[{colour}]{result.outcome}[/]", _time(result.utc_ms), told)
    console().print(table)


def still_meant(desk: Path, entry: Entry) -> list[Known]:
    try:
        return Registry(desk).meant(entry.order.target)
    except TrustError:
        return []


def target_of(order: Order) -> str:
    return order.target if isinstance(order.target, str) else order.target.hex()


def _time(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%H:%M:%S")


def console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=160)
