"""`kirpik keys rotate` and `revoke`: each drafts the next key set, to be signed and published."""

from collections.abc import Sequence
from pathlib import Path

import click

from kirpik.wire.documents import KeySet
from kirpik_provisioning.keys import changes
from kirpik_provisioning.keys.bench import Bench, draft_set, keys
from kirpik_provisioning.keys.holders import read_public
from kirpik_provisioning.keys.moments import begin_ms
from kirpik_provisioning.keys.told import endpoint, hex_of, key_id, order_entry, read


@keys.group()
def rotate() -> None:
    """Turn one kind of key: each drafts the next key set, to be signed and published."""


@rotate.command("seal", epilog="Example: kirpik keys rotate seal seal-2027.pub --in 14d")
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--in", "delay", default="14d", show_default=True, help="When units begin to seal to it: 14d, 6h, 0.")
@click.option("--compromised", metavar="ID", help="Seal key in the wrong hands: revoked, and NEW at once.")
@click.pass_obj
def rotate_seal(bench: Bench, new: Path, delay: str, compromised: str | None) -> None:
    """Ship the next seal key ahead of its time; the old one opens at the central until all has arrived."""

    def change(last: KeySet) -> KeySet:
        begin = last.issued_ms if compromised else begin_ms(delay, last.issued_ms)
        changed = changes.rotate_seal(last, read_public(new, "seal"), from_ms=begin)
        return changes.revoke_seal(changed, key_id(compromised)) if compromised else changed

    draft_set(bench, change)


@rotate.command("receipt", epilog="Example: kirpik keys rotate receipt receipt-2027.pub")
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--compromised", is_flag=True, help="The old ones count no more.")
@click.pass_obj
def rotate_receipt(bench: Bench, new: Path, *, compromised: bool) -> None:
    """The next receipt key, beside the last one; or in its place."""
    public = read_public(new, "receipt")
    draft_set(bench, lambda last: changes.rotate_receipt(last, public, compromised=compromised))


@rotate.command("order", epilog="Example: kirpik keys rotate order new.pub:report,restart --old old.pub")
@click.argument("new", required=False)
@click.option("--old", type=click.Path(path_type=Path), help="Taken out.")
@click.pass_obj
def rotate_order(bench: Bench, new: str | None, old: Path | None) -> None:
    """Exchange, add or take out an order key."""
    if new is None and old is None:
        raise click.UsageError("name a NEW key, an --old one, or both")
    entry = order_entry(new) if new else None
    gone = read_public(old, "order") if old else None
    draft_set(bench, lambda last: changes.rotate_order(last, gone, entry))


@rotate.command("broker", epilog="Example: kirpik keys rotate broker --broker b2.example:8883 --broker-ca ca2.pem")
@click.option("--broker", multiple=True, metavar="HOST:PORT")
@click.option(
    "--broker-ca", type=click.Path(path_type=Path), help="PEM; old and new authority together while it turns."
)
@click.pass_obj
def rotate_broker(bench: Bench, broker: Sequence[str], broker_ca: Path | None) -> None:
    """New endpoints, or a new authority for the broker's certificate."""
    if not broker and broker_ca is None:
        raise click.UsageError("name --broker, --broker-ca, or both")
    draft_set(bench, lambda last: changes.rotate_broker(last, tuple(map(endpoint, broker)), read(broker_ca)))


@keys.command(epilog="Example: kirpik keys revoke 3f0a…12 --epoch 41 --sequence 7")
@click.argument("unit")
@click.option("--epoch", type=click.IntRange(0), default=0, help="Last packet that is believed; default none.")
@click.option("--sequence", type=click.IntRange(0), default=0)
@click.pass_obj
def revoke(bench: Bench, unit: str, epoch: int, sequence: int) -> None:
    """Believe a unit no further than a place in its chain."""
    name = hex_of(unit, 16, "a unit id, 32 hex digits")
    draft_set(bench, lambda last: changes.revoke_unit(last, name, epoch=epoch, sequence=sequence))
