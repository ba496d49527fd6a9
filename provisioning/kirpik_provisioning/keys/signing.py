"""Signatures: each holder adds one to a draft that is carried to them; `collect` brings them home."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from kirpik.errors import TrustError
from kirpik.wire.keydocs import add_signature, merge_signatures, peek
from kirpik_provisioning.keys import show
from kirpik_provisioning.keys.bench import Bench, keys
from kirpik_provisioning.keys.desk import write_whole
from kirpik_provisioning.keys.holders import document_signer
from kirpik_provisioning.keys.roots import root
from kirpik_provisioning.keys.sets import keyset
from kirpik_provisioning.keys.told import read_document


def _sign(bench: Bench, draft: Path, key: Path, what: str, *, yes: bool) -> None:
    data = read_document(draft)
    if peek(data).what != what:
        raise TrustError(f"{draft}: a {peek(data).what}, sign it with: kirpik keys {peek(data).what} sign")
    for line in show.describe(data):
        click.echo(line)
    if not yes:
        click.confirm("Do the check words match those of the other holders, and is this what shall be?", abort=True)
    with document_signer(key, bench.ask) as signer:
        signed = add_signature(data, signer)
    write_whole(draft, signed)
    click.echo(f"{draft}: signed, {len(peek(signed).signers)} signatures in it")


def _signing(what: str) -> Callable[..., None]:
    def command(bench: Bench, draft: Path, key: Path, *, yes: bool) -> None:
        _sign(bench, draft, key, what, yes=yes)

    command.__doc__ = "Add one holder's signature to a draft; the file is carried from holder to holder."
    return command


for group, name in ((root, "root"), (keyset, "set")):
    group.command("sign", epilog=f"Example: kirpik keys {name} sign /media/stick/{name}-2.cbor --key anna.key")(
        click.argument("draft", type=click.Path(path_type=Path))(
            click.option("--key", required=True, type=click.Path(path_type=Path))(
                click.option("--yes", is_flag=True, help="Do not ask back.")(click.pass_obj(_signing(name)))
            )
        )
    )


@keys.command(epilog="Example: kirpik keys collect /media/stick/set-2.cbor")
@click.argument("signed", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def collect(bench: Bench, signed: Sequence[Path]) -> None:
    """Bring signatures home: from copies that holders have signed into the draft on the desk."""
    with bench.desk.at_work():
        for path in signed:
            data = read_document(path)
            draft = next((one for one in bench.desk.drafts() if peek(one.read_bytes()).body == peek(data).body), None)
            if draft is None:
                raise TrustError(f"{path}: no draft on the desk says the same; nothing was changed")
            merged = merge_signatures(draft.read_bytes(), data)
            write_whole(draft, merged)
            click.echo(f"{draft}: {len(peek(merged).signers)} signatures")


@keys.command(epilog="Example: kirpik keys discard")
@click.pass_obj
def discard(bench: Bench) -> None:
    """Throw the drafts away. What is in force stays."""
    with bench.desk.at_work():
        for draft in bench.desk.drafts():
            draft.unlink()
            bench.desk.note("discarded", document=draft.name)
            click.echo(f"{draft}: discarded")
