"""`kirpik keys`: the ceremony, verb by verb. Each leaves the state before or the state after, and says which."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from kirpik.errors import KirpikError, TrustError
from kirpik.wire.documents import VERBS, KeySet, OrderEntry, Role, Root
from kirpik.wire.keydocs import add_signature, merge_signatures, peek, sign_document
from kirpik_provisioning.answers import Ask, ask_with
from kirpik_provisioning.keys import changes, publishing, show
from kirpik_provisioning.keys.desk import Desk, write_whole
from kirpik_provisioning.keys.holders import document_signer, read_public
from kirpik_provisioning.keys.moments import begin_ms, now_ms


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


# ---- documents ----

ROLE_OPTIONS = (
    click.option("--root", "root_files", multiple=True, type=click.Path(path_type=Path), help="Root holder, .pub."),
    click.option("--keys", "keys_files", multiple=True, type=click.Path(path_type=Path), help="Keys holder, .pub."),
    click.option("--threshold", type=click.IntRange(1, 8), default=2, show_default=True, help="Of each role."),
    click.option("--fallback", type=click.Path(path_type=Path), help="Seal key in escrow, .pub."),
)


def _role_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(ROLE_OPTIONS):
        command = option(command)
    return command


@keys.command(epilog="Example: kirpik keys init --root a.pub --root b.pub --root c.pub --keys d.pub … --fallback e.pub")
@_role_options
@click.pass_obj
def init(
    bench: Bench, root_files: Sequence[Path], keys_files: Sequence[Path], threshold: int, fallback: Path | None
) -> None:
    """Draft the first root. Two of three holders of each role is the usual choice."""
    if fallback is None:
        raise click.UsageError("--fallback is missing: without it a stolen keys role stops every unit")
    with bench.desk.at_work():
        if bench.desk.first_root() is not None:
            raise TrustError(f"{bench.desk.folder}: has a root already; change it by: kirpik keys root new")
        root = changes.first_root(
            _role(root_files, threshold, "--root"), _role(keys_files, threshold, "--keys"),
            fallback=read_public(fallback, "seal"), now_ms=now_ms(),
        )  # fmt: skip
        _lay_down(bench, root)


@keys.group()
def root() -> None:
    """The root: who may sign what. Rare, and offline."""


@root.command("new", epilog="Example: kirpik keys root new --keys d.pub --keys f.pub --keys g.pub")
@_role_options
@click.pass_obj
def new_root(
    bench: Bench, root_files: Sequence[Path], keys_files: Sequence[Path], threshold: int, fallback: Path | None
) -> None:
    """Draft the next root; what is not named stays. A new keys role ends all that the old one vouched for."""
    with bench.desk.at_work():
        current = bench.desk.trusted().root
        following = changes.renewed(current, now_ms=now_ms(), life_ms=changes.ROOT_LIFE_MS)
        _lay_down(
            bench,
            Root(
                version=following.version, issued_ms=following.issued_ms, expires_ms=following.expires_ms,
                root=_role(root_files, threshold, "--root") if root_files else current.root,
                keys=_role(keys_files, threshold, "--keys") if keys_files else current.keys,
                fallback_seal=read_public(fallback, "seal") if fallback else current.fallback_seal,
            ),
        )  # fmt: skip


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
            changed = changes.rotate_order(changed, None, _order_entry(text))
        changed = changes.rotate_broker(changed, tuple(map(_endpoint, broker)), _read(broker_ca))
        if not (changed.seal and changed.receipt):
            raise click.UsageError("--seal and --receipt are needed for the first key set, and after a new keys role")
        return changed if minimum_software is None else replace(changed, minimum_software=minimum_software)

    _draft_set(bench, change)


def _sign(bench: Bench, draft: Path, key: Path, what: str, *, yes: bool) -> None:
    data = _read_document(draft)
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
            data = _read_document(path)
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


@keyset.command("publish", epilog="Example: kirpik keys set publish --to /media/stick/kirpik")
@click.option("--to", "folders", multiple=True, type=click.Path(path_type=Path), help="Also a stick, or the central.")
@click.option("--offline", is_flag=True, help="Not to the broker.")
@click.pass_obj
def publish(bench: Bench, folders: Sequence[Path], *, offline: bool) -> None:
    """Put signed drafts in force and publish all documents: retained at the broker, and in folders. Twice is harmless.

    Also brings new roots. A draft that is not signed by enough is refused, and then nothing is published.
    """
    with bench.desk.at_work():
        for line in publishing.enact_drafts(bench.desk):
            click.echo(line)
        for folder in folders:
            click.echo(publishing.to_folder(bench.desk, folder))
        if not offline:
            click.echo(publishing.to_broker(bench.desk))


# ---- turning keys ----


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
        return changes.revoke_seal(changed, _key_id(compromised)) if compromised else changed

    _draft_set(bench, change)


@rotate.command("receipt", epilog="Example: kirpik keys rotate receipt receipt-2027.pub")
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--compromised", is_flag=True, help="The old ones count no more.")
@click.pass_obj
def rotate_receipt(bench: Bench, new: Path, *, compromised: bool) -> None:
    """The next receipt key, beside the last one; or in its place."""
    public = read_public(new, "receipt")
    _draft_set(bench, lambda last: changes.rotate_receipt(last, public, compromised=compromised))


@rotate.command("order", epilog="Example: kirpik keys rotate order new.pub:report,restart --old old.pub")
@click.argument("new", required=False)
@click.option("--old", type=click.Path(path_type=Path), help="Taken out.")
@click.pass_obj
def rotate_order(bench: Bench, new: str | None, old: Path | None) -> None:
    """Exchange, add or take out an order key."""
    if new is None and old is None:
        raise click.UsageError("name a NEW key, an --old one, or both")
    entry = _order_entry(new) if new else None
    gone = read_public(old, "order") if old else None
    _draft_set(bench, lambda last: changes.rotate_order(last, gone, entry))


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
    _draft_set(bench, lambda last: changes.rotate_broker(last, tuple(map(_endpoint, broker)), _read(broker_ca)))


@keys.command(epilog="Example: kirpik keys revoke 3f0a…12 --epoch 41 --sequence 7")
@click.argument("unit")
@click.option("--epoch", type=click.IntRange(0), default=0, help="Last packet that is believed; default none.")
@click.option("--sequence", type=click.IntRange(0), default=0)
@click.pass_obj
def revoke(bench: Bench, unit: str, epoch: int, sequence: int) -> None:
    """Believe a unit no further than a place in its chain."""
    name = _hex(unit, 16, "a unit id, 32 hex digits")
    _draft_set(bench, lambda last: changes.revoke_unit(last, name, epoch=epoch, sequence=sequence))


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


# ---- small things ----


def _draft_set(bench: Bench, change: Callable[[KeySet], KeySet]) -> None:
    with bench.desk.at_work():
        _lay_down(bench, change(publishing.next_set(bench.desk, now_ms=now_ms())))


def _lay_down(bench: Bench, document: Root | KeySet) -> None:
    data = sign_document(document, [])
    path = bench.desk.draft(data)
    for line in show.describe(data):
        click.echo(line)
    click.echo(
        f"{path}: drafted; carry it to the holders, each signs by: kirpik keys {peek(data).what} sign FILE --key …"
    )


def _role(files: Sequence[Path], threshold: int, option: str) -> Role:
    holders = tuple(read_public(path, "document") for path in files)
    if len(set(holders)) < max(threshold, len(holders)) or not holders:
        raise click.UsageError(f"{option}: {len(set(holders))} different holders, expected at least {threshold}")
    return Role(threshold, holders)


def _order_entry(text: str) -> OrderEntry:
    path, _, verbs = text.partition(":")
    named = tuple(verbs.split(",")) if verbs else VERBS
    unknown = [verb for verb in named if verb not in VERBS]
    if unknown:
        raise click.UsageError(f"{unknown[0]!r} is no verb; expected some of {', '.join(VERBS)}")
    return OrderEntry(read_public(Path(path), "order"), named)


def _endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.UsageError(f"{text!r}: expected HOST:PORT, such as broker.example:8883")
    return host, int(port)


def _key_id(text: str) -> bytes:
    return _hex(text, 8, "a seal key's id, 16 hex digits")


def _hex(text: str, size: int, expected: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if len(data) != size:
        raise click.UsageError(f"{text!r}: expected {expected}")
    return data


def _read(path: Path | None) -> bytes | None:
    return None if path is None else _read_file(path)


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error


def _read_document(path: Path) -> bytes:
    data = _read_file(path)
    try:
        peek(data)
    except KirpikError as error:
        raise TrustError(f"{path}: not a key document: {error}") from error
    return data


def _progress(heard: int, expected: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{heard} of {expected} units heard", nl=heard == expected, err=True)
