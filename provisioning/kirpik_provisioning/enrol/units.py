"""Units that ask: heard, compared, accepted or rejected, expected, given tokens, let in at the door."""

import getpass
import sys
import time
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from kirpik.errors import TrustError, WireError
from kirpik.wire import topics
from kirpik.wire.ids import UNIT_ID_BYTES
from kirpik.wire.words import from_words, to_words
from kirpik_provisioning import line
from kirpik_provisioning.enrol.bench import Bench, enrol
from kirpik_provisioning.enrol.door import Door
from kirpik_provisioning.enrol.lobby import Asking, Standing
from kirpik_provisioning.enrol.tokens import TokenSheet
from kirpik_provisioning.keys.desk import Desk
from kirpik_provisioning.keys.moments import begin_ms, now_ms
from kirpik_provisioning.keys.show import date
from kirpik_provisioning.pki import Certified
from kirpik_provisioning.registry import Card

COLOURS = {Standing.DOUBLE: "bold red", Standing.REJECTED: "dim", Standing.STRANGER: "yellow"}


@enrol.command("list", epilog="Example: kirpik enrol list --wait 15")
@click.option("--wait", "wait_s", type=float, default=12.0, show_default=True, help="Units ask every 10 seconds.")
@click.pass_obj
def list_asking(bench: Bench, wait_s: float) -> None:
    """Listen in the lobby and say who asks. Compare the words with those that the unit shows."""
    with line.opened_lobby(bench.desk, [topics.LOBBY_ASKS]) as broker:
        broker.listen(lambda arrival: bench.lobby.hear(arrival.payload), wait_s=wait_s, enough=lambda: False)
    asking = bench.lobby.all(now_ms=now_ms())
    table = Table("words", "label", "software", "it", box=None)
    for one in asking:
        words = to_words(one.request.unit).split()
        colour = COLOURS.get(one.standing, "green")
        told = f"[{colour}]{one.standing.value}[/]"
        table.add_row(" ".join(words[:4]), one.request.label, one.request.software, told)
        table.add_row(" ".join(words[4:]), f"[dim]{one.request.unit.hex()}[/]", "", "")
    _console().print(table)
    click.echo(f"{len(asking)} ask; accept one by: kirpik enrol accept WORDS")


@enrol.command(epilog="Example: kirpik enrol accept lusab babad gutih tugad mudof sakat natag lisaf --group almaty")
@click.argument("words", nargs=-1, required=True)
@click.option("--label", default="", help="What people call it.")
@click.option("--group", "groups", multiple=True)
@click.option("--yes", is_flag=True, help="The words have been compared already.")
@click.pass_obj
def accept(bench: Bench, words: Sequence[str], label: str, groups: Sequence[str], *, yes: bool) -> None:
    """Certify a unit. Type the words that the UNIT shows, not those of the list: that is the comparison."""
    unit = _unit(words)
    found = [one for one in bench.lobby.all(now_ms=now_ms()) if one.request.unit == unit]
    if not found:
        raise TrustError(f"{to_words(unit)}: nobody of that name asks; look with: kirpik enrol list")
    if not yes:
        click.confirm(f"{to_words(unit)}\nDo these words stand on the unit's own screen or label?", abort=True)
    with Desk(bench.desk).at_work():
        _admit(bench, found[0], bench.authority(), label=label, groups=groups)


@enrol.command(epilog="Example: kirpik enrol reject lusab babad gutih tugad mudof sakat natag lisaf")
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def reject(bench: Bench, words: Sequence[str]) -> None:
    """Do not list a unit any more. It may go on asking."""
    unit = _unit(words)
    with Desk(bench.desk).at_work():
        bench.lobby.reject(unit)
        Desk(bench.desk).note("rejected", unit=unit.hex())
    click.echo(f"{to_words(unit)}: rejected")


@enrol.command(epilog="Example: kirpik enrol preauthorise lusab babad … --label 'Abay 10' --group almaty")
@click.argument("words", nargs=-1, required=True)
@click.option("--label", default="")
@click.option("--group", "groups", multiple=True)
@click.pass_obj
def preauthorise(bench: Bench, words: Sequence[str], label: str, groups: Sequence[str]) -> None:
    """Expect a unit whose words were read from its label before it was mounted; `serve` lets it in at once."""
    unit = _unit(words)
    with Desk(bench.desk).at_work():
        bench.lobby.expect(unit, Card(label=label, groups=tuple(groups)))
        Desk(bench.desk).note("expected", unit=unit.hex())
    click.echo(f"{to_words(unit)}: expected")


@enrol.command(epilog="Example: kirpik enrol tokens 'Abay 10' 'Abay 12' --group almaty --good-for 7d > sheet.txt")
@click.argument("labels", nargs=-1, required=True)
@click.option("--group", "groups", multiple=True)
@click.option("--good-for", default="7d", show_default=True)
@click.pass_obj
def tokens(bench: Bench, labels: Sequence[str], groups: Sequence[str], good_for: str) -> None:
    """One-time tokens, one for each site: five words to be typed or laid on the card. They are shown once."""
    until_ms = begin_ms(good_for, now_ms())
    with Desk(bench.desk).at_work():
        sheet = TokenSheet(bench.desk).make(labels, tuple(groups), expires_ms=until_ms)
        Desk(bench.desk).note("tokens", count=len(sheet))
    for label, words in sheet:
        click.echo(f"{words}  {label}  until {date(until_ms)}")


@enrol.command(epilog="Example: kirpik enrol serve --for 8h")
@click.option("--for", "duration", default="8h", show_default=True)
@click.pass_obj
def serve(bench: Bench, duration: str) -> None:
    """Keep the door: let in who is expected or has a token, answer members again, raise the alarm for doubles."""
    Door(bench, bench.authority()).keep(until_s=time.monotonic() + begin_ms(duration, 0) / 1000)


def _admit(bench: Bench, asking: Asking, certifier: Certified, *, label: str, groups: Sequence[str]) -> None:
    answer = bench.lobby.accept(asking, certifier, label=label, groups=groups, by=getpass.getuser())
    unit = asking.request.unit
    Desk(bench.desk).note("accepted", unit=unit.hex(), because="words compared")
    with line.opened_lobby(bench.desk) as broker:
        broker.publish([(topics.lobby_answer(unit), answer)], retain=False)
    click.echo(f"{to_words(unit)}: accepted; {bench.desk / 'units' / unit.hex()}.pub goes to the central")


def _unit(words: Sequence[str]) -> bytes:
    """Eight words, or the id in hex."""
    text = " ".join(words)
    try:
        unit = bytes.fromhex(text) if len(text) == 2 * UNIT_ID_BYTES else from_words(text)
    except (ValueError, WireError):
        unit = b""
    if len(unit) != UNIT_ID_BYTES:
        raise click.UsageError(f"{text!r}: expected the eight words of a unit, or its id of 32 hex digits")
    return unit


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=160)
