"""Keys made, moved to where they are used, and destroyed. A private key leaves its file in one way only: `install`."""

import os
import secrets
from pathlib import Path

import click

from kirpik.errors import StoreError, TrustError
from kirpik.wire import dualsign, signature, suite
from kirpik.wire.dualsign import TwoPartKey
from kirpik_provisioning.answers import Ask
from kirpik_provisioning.keys import hardware
from kirpik_provisioning.keys.bench import Bench, keys
from kirpik_provisioning.keys.changes import DAY_MS, HORIZON_MS
from kirpik_provisioning.keys.desk import write_whole
from kirpik_provisioning.keys.holders import public_of, unlock
from kirpik_provisioning.keys.moments import now_ms
from kirpik_provisioning.keys.vault import WORK, lock, read_vault, write_vault

PURPOSES = ("document", "seal", "receipt", "order")
ON_TOKEN = ("document", "order")
SEED_BYTES = {"document": dualsign.SEED_BYTES, "seal": suite.SEED_BYTES}


@keys.command(epilog="Example: kirpik keys new anna --for document")
@click.argument("name")
@click.option("--for", "purpose", required=True, type=click.Choice(PURPOSES), help="document: a root or keys holder.")
@click.option("--out", type=click.Path(path_type=Path), default=Path(), help="Folder; default here.")
@click.option("--pkcs11", "module", help="PKCS#11 module: the Ed25519 key is made inside a token and stays there.")
@click.option("--token", help="The token's label.")
@click.option("--work", type=click.IntRange(10, 20), default=WORK, hidden=True)
@click.pass_obj
def new(bench: Bench, name: str, purpose: str, out: Path, module: str | None, token: str | None, work: int) -> None:
    """Make a key: NAME.key, locked by a passphrase, and NAME.pub, to be given away.

    With a token the classic half is made in it; ML-DSA, which tokens do not know yet, stays in the locked file.
    """
    if (module is None) != (token is None):
        raise click.UsageError("--pkcs11 and --token belong together")
    if module is not None and purpose not in ON_TOKEN:
        raise click.UsageError(f"a token can hold keys for {' and '.join(ON_TOKEN)}, not for {purpose}")
    path = out / f"{name}.key"
    if path.exists():
        raise TrustError(f"{path}: is there already; a key is never written over")
    place = None if module is None else hardware.Place(module, token or "", name)
    public = _make(path, purpose, bench.ask, place, work=work)
    write_whole(path.with_suffix(".pub"), public)
    click.echo(f"{path}: made, locked; give away {path.with_suffix('.pub')} and nothing else")


def _make(path: Path, purpose: str, ask: Ask, place: hardware.Place | None, *, work: int) -> bytes:
    passphrase = _twice(ask, f"new passphrase for {path.name}")
    secret = secrets.token_bytes(SEED_BYTES.get(purpose, signature.SEED_BYTES))
    if place is None:
        public = public_of(purpose, secret)
        write_vault(path, lock(secret, passphrase, kind=purpose, public=public, work=work))
        return public
    pin = ask(f"PIN of token {place.token}").decode()
    hardware.generate(place, pin)
    with hardware.opened(place, pin) as key:
        public = TwoPartKey(key, secret).public if purpose == "document" else key.public
    vault = lock(secret, passphrase, kind=f"{purpose}+pkcs11", public=public, note=place.note(), work=work)
    write_vault(path, vault)
    return public


def _twice(ask: Ask, question: str) -> bytes:
    first = ask(question)
    if ask("the same once more") != first:
        raise TrustError("the two passphrases differ; nothing was made")
    return first


@keys.command(epilog="Example: kirpik keys install seal-2027.key /etc/kirpik-central/seal-2027.key")
@click.argument("key", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def install(bench: Bench, key: Path, target: Path) -> None:
    """Lay a seal or receipt key where the central reads it, for its owner's eyes alone (0600)."""
    vault = read_vault(key)
    if vault.kind not in ("seal", "receipt"):
        raise TrustError(f"{key}: a key for {vault.kind}, which no service holds; it stays in its file")
    if target.exists():
        raise TrustError(f"{target}: is there already; a key is never written over")
    write_whole(target, unlock(key, vault, bench.ask), mode=0o600)
    if bench.desk.documents():  # at a desk, not on a holder's own machine
        bench.desk.note("installed", key=_name(vault.kind, vault.public), at=str(target))
    click.echo(f"{target}: installed")


@keys.command(epilog="Example: kirpik keys destroy seal-2026.key")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask back.")
@click.pass_obj
def destroy(bench: Bench, files: tuple[Path, ...], *, yes: bool) -> None:
    """Overwrite and remove a seal key's files once nothing can still come that needs it, and write it down.

    Name every file that holds it: the locked one and the central's.
    """
    with bench.desk.at_work():
        publics = {path: _seal_public(path) for path in files}
        if len(set(publics.values())) != 1:
            raise TrustError("the files hold different keys; destroy one key at a time; nothing was destroyed")
        public = next(iter(publics.values()))
        _refuse_needed(bench, public)
        name = suite.key_id(public).hex()
        if not yes:
            click.confirm(f"Seal key {name}: nothing that is sealed to it can ever be read again. Destroy?", abort=True)
        for path in files:
            _overwrite(path)
            bench.desk.note("destroyed", key=f"seal {name}", file=str(path))
            click.echo(f"{path}: destroyed")


def _seal_public(path: Path) -> bytes:
    if path.is_file() and path.stat().st_size == suite.SEED_BYTES:
        return public_of("seal", path.read_bytes())
    vault = read_vault(path)
    if vault.kind != "seal":
        raise TrustError(
            f"{path}: a key for {vault.kind}; only seal keys are destroyed by ceremony, others by revoking"
        )
    return vault.public


def _refuse_needed(bench: Bench, public: bytes) -> None:
    """By every key set that is in force on this desk, and by the root's fallback."""
    trusted = bench.desk.trusted()
    name = suite.key_id(public).hex()
    if public == trusted.root.fallback_seal:
        raise TrustError(f"seal key {name}: is the root's fallback; nothing was destroyed")
    for entry in trusted.keyset.seal if trusted.keyset else ():
        if entry.public != public:
            continue
        if entry.state == "active" or entry.not_after_ms is None:
            raise TrustError(f"seal key {name}: is still sealed to; nothing was destroyed")
        left_ms = entry.not_after_ms + HORIZON_MS - now_ms()
        if left_ms > 0:
            days = left_ms // DAY_MS + 1
            raise TrustError(f"seal key {name}: packets may come for {days} more days; nothing was destroyed")


def _overwrite(path: Path) -> None:
    """Of little use on a flash drive, whose old blocks stay; the passphrase guards those."""
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except OSError as error:
        raise StoreError(f"{path}: cannot be destroyed: {error.strerror}") from error


def _name(kind: str, public: bytes) -> str:
    return f"{kind} {suite.key_id(public).hex() if kind == 'seal' else public.hex()[:16]}"


__all__ = ["keys"]
