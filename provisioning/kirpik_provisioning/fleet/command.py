"""`kirpik fleet`: the view of a fleet, the same for scripts, and what a Home Assistant is told."""

import locale
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from kirpik.errors import TrustError
from kirpik_provisioning.fleet.home_assistant import discovery, discovery_topic
from kirpik_provisioning.fleet.listening import Listening, listening
from kirpik_provisioning.fleet.roster import Roster
from kirpik_provisioning.fleet.telling import gather, line_of
from kirpik_provisioning.line import opened
from kirpik_provisioning.registry import Registry
from kirpik_provisioning.texts import LANGUAGES


@click.group(invoke_without_command=True, epilog="Example: kirpik fleet --desk fleet --filter 'almaty !well'")
@click.option("--desk", type=click.Path(path_type=Path), default=Path(), help="Folder of the fleet; default here.")
@click.option("--filter", "wanted", default="", help="Words of a name, a group, a trouble; !word leaves out.")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Default: the system's, or English.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object a line and unit; then end.")
@click.option(
    "--wait", "wait_s", type=float, default=65.0, show_default=True, help="With --json: hear so long at most."
)
@click.pass_context
def fleet(
    context: click.Context, desk: Path, wanted: str, language: str | None, wait_s: float, *, as_json: bool
) -> None:
    """Show all units live, the troubled ones first. Nothing is sent."""
    context.obj = desk
    if context.invoked_subcommand is not None:
        return
    roster, ear = Roster(_known(desk), clock=time.monotonic), listening(desk)
    ear.open()
    try:
        if as_json:
            _tell(roster, ear, wanted, wait_s)
        else:
            _show(roster, ear, wanted, language or _system_language())
    finally:
        ear.close()


@fleet.command("discover", epilog="Example: kirpik fleet --desk fleet discover --to almaty")
@click.option("--to", "target", default="all", show_default=True, help="A unit's id or label, a group, or all.")
@click.option("--forget", is_flag=True, help="Take the messages back.")
@click.option("--dry-run", is_flag=True, help="Print the messages; send nothing.")
@click.pass_obj
def discover(desk: Path, target: str, *, forget: bool, dry_run: bool) -> None:
    """Tell a Home Assistant on the same broker of these units: one retained message each. Off unless you run this."""
    registry = Registry(desk)
    units = registry.meant(registry.parse_target(target))
    messages = [(discovery_topic(known.unit), b"" if forget else discovery(known.unit, known.name)) for known in units]
    if dry_run:
        for topic, data in messages:
            click.echo(f"{topic} {data.decode()}")
        return
    with opened(desk) as line:
        line.publish(messages, retain=True)
    click.echo(f"{len(messages)} units {'taken back' if forget else 'told of'}")


@fleet.command("place", epilog="Example: kirpik fleet --desk fleet place abaya-12 43.2385 76.9456")
@click.argument("unit")
@click.argument("latitude", type=click.FloatRange(-90, 90))
@click.argument("longitude", type=click.FloatRange(-180, 180))
@click.pass_obj
def place(desk: Path, unit: str, latitude: float, longitude: float) -> None:
    """Note where a unit hangs, in degrees of WGS 84, for the operators' map at the central."""
    registry = Registry(desk)
    target = registry.parse_target(unit)
    known = registry.get(target) if isinstance(target, bytes) else None
    if known is None:
        raise TrustError(f"{unit}: no unit of {desk} has this id or label")
    registry.put(known.first_public, msgspec.structs.replace(known.card, place=(latitude, longitude)))
    click.echo(f"{known.name}: {latitude:.5f}, {longitude:.5f}")


def _tell(roster: Roster, ear: Listening, wanted: str, wait_s: float) -> None:
    gather(roster, ear, wait_s=wait_s)
    for seen in roster.all(wanted):
        click.echo(line_of(seen, roster))
    if ear.trouble is not None:
        click.echo(f"kirpik: {ear.trouble or 'the broker has not answered yet'}", err=True)
        sys.exit(1)


def _show(roster: Roster, ear: Listening, wanted: str, language: str) -> None:
    from kirpik_provisioning.fleet.view import FleetView  # noqa: PLC0415  a script shall not wait for a screen

    FleetView(roster, ear, language=language, wanted=wanted).run()


def _known(desk: Path) -> Iterator[tuple[bytes, str, tuple[str, ...]]]:
    for known in Registry(desk).all():
        yield known.unit, known.card.label, known.card.groups


def _system_language() -> str:
    name = (locale.getlocale()[0] or "")[:2].lower()
    return name if name in LANGUAGES else "en"
