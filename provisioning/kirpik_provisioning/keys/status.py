"""`kirpik keys status`: documents in force, drafts and what they lack, and which unit goes by which."""

import sys

import click

from kirpik.wire.keydocs import peek
from kirpik_provisioning.keys import publishing, show
from kirpik_provisioning.keys.bench import Bench, keys


@keys.command(epilog="Example: kirpik keys status --wait 70")
@click.option("--wait", "wait_s", type=float, default=0.0, help="Seconds to listen to the fleet's heartbeats.")
@click.pass_obj
def status(bench: Bench, wait_s: float) -> None:
    """Documents in force, drafts and what they lack, and which unit goes by which."""
    trusted = bench.desk.trusted()
    newest = {("root", trusted.root.version), ("set", trusted.keyset_version)}
    for data in bench.desk.documents():
        seen = peek(data)
        if (seen.what, seen.version) in newest:
            click.echo("\n".join(show.describe(data)))
    click.echo(f"  root pin      {publishing.pin(bench.desk).hex()}")
    for draft in bench.desk.drafts():
        lacks = "; ".join(show.missing(draft.read_bytes(), trusted)) or "signed by enough, publish it"
        click.echo(f"draft {draft.name}: {lacks}")
    if wait_s > 0:
        for line in publishing.versions(bench.desk, wait_s=wait_s, progress=_progress):
            click.echo(line)


def _progress(heard: int, expected: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{heard} of {expected} units heard", nl=heard == expected, err=True)
