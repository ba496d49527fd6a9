"""`kirpik keys set`: what to seal to, whose receipts and orders count, where the broker is; all documents published."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from kirpik.wire.documents import KeySet
from kirpik_provisioning.keys import changes, publishing
from kirpik_provisioning.keys.bench import Bench, draft_set, keys
from kirpik_provisioning.keys.holders import read_public
from kirpik_provisioning.keys.told import endpoint, order_entry, read


@keys.group("set")
def keyset() -> None:
    """The key set: what to seal to, whose receipts and orders count, where the broker is."""


@keyset.command("new", epilog="Example: kirpik keys set new --seal s.pub --receipt r.pub --order o.pub:report,pause")
@click.option("--seal", multiple=True, type=click.Path(path_type=Path))
@click.option("--receipt", multiple=True, type=click.Path(path_type=Path))
@click.option("--order", "orders", multiple=True, metavar="FILE[:VERB,…]", help="All verbs where none is named.")
@click.option("--broker", multiple=True, metavar="HOST:PORT")
@click.option("--broker-ca", type=click.Path(path_type=Path))
@click.option("--minimum-software", metavar="VERSION", help="Units with older software accuse nobody; '' for any.")
@click.pass_obj
def new_set(
    bench: Bench, seal: Sequence[Path], receipt: Sequence[Path], orders: Sequence[str], broker: Sequence[str],
    broker_ca: Path | None, minimum_software: str | None,
) -> None:  # fmt: skip
    """Draft the first key set, or the next one as the last with new dates. To turn keys use rotate."""

    def change(last: KeySet) -> KeySet:
        changed = last
        for path in seal:
            changed = changes.rotate_seal(changed, read_public(path, "seal"), from_ms=changed.issued_ms)
        for path in receipt:
            changed = changes.rotate_receipt(changed, read_public(path, "receipt"), compromised=False)
        for text in orders:
            changed = changes.rotate_order(changed, None, order_entry(text))
        changed = changes.rotate_broker(changed, tuple(map(endpoint, broker)), read(broker_ca))
        if not (changed.seal and changed.receipt):
            raise click.UsageError("--seal and --receipt are needed for the first key set, and after a new keys role")
        return changed if minimum_software is None else replace(changed, minimum_software=minimum_software)

    draft_set(bench, change)


@keyset.command("publish", epilog="Example: kirpik keys set publish --to /media/stick/kirpik")
@click.option("--to", "folders", multiple=True, type=click.Path(path_type=Path), help="Also a stick, or the central.")
@click.option("--offline", is_flag=True, help="Not to the broker.")
@click.pass_obj
def publish(bench: Bench, folders: Sequence[Path], *, offline: bool) -> None:
    """Put signed drafts in force and publish all documents: retained at the broker, and in folders. Twice is harmless.

    Also brings new roots. A draft that is not signed by enough is refused, and then nothing is published.
    """
    with bench.desk.at_work():
        enacted = list(publishing.enact_drafts(bench.desk))
        for line in enacted:
            click.echo(line)
        if offline and not (enacted or folders):
            raise click.UsageError("there is no draft, and with --offline and without --to nowhere to publish to")
        for folder in folders:
            click.echo(publishing.to_folder(bench.desk, folder))
        if not offline:
            click.echo(publishing.to_broker(bench.desk))
