"""From a key file and whoever knows its passphrase to something that signs, for as long as it is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kirpik.errors import TrustError
from kirpik.wire import dualsign, suite
from kirpik.wire.dualsign import DocumentKey, DocumentSigner, TwoPartKey
from kirpik.wire.signature import Signer, SigningKey
from kirpik.wire.suite import SealKey
from kirpik_provisioning.answers import Ask
from kirpik_provisioning.keys import hardware
from kirpik_provisioning.keys.vault import Vault, read_vault

PUBLIC_BYTES = {
    "document": dualsign.PUBLIC_BYTES,
    "seal": suite.PUBLIC_BYTES,
    "receipt": 32,
    "order": 32,
    "authority": 32,
}
"""By which a public key's file shows what it is for, where sizes differ."""


def public_of(kind: str, secret: bytes) -> bytes:
    if kind == "document":
        return DocumentKey(secret).public
    return SealKey.from_seed(secret).public if kind == "seal" else SigningKey.from_seed(secret).public


def read_public(path: Path, kind: str) -> bytes:
    """A `.pub` file, or the public half of a `.key` file. Raises TrustError for one of another size."""
    try:
        data = read_vault(path).public if path.suffix == ".key" else path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) != PUBLIC_BYTES[kind]:
        raise TrustError(f"{path}: {len(data)} bytes, expected the public half of a {kind} key, {PUBLIC_BYTES[kind]}")
    return data


@contextmanager
def document_signer(path: Path, ask: Ask) -> Iterator[DocumentSigner]:
    vault = read_vault(path)
    if vault.kind == "document":
        yield DocumentKey(unlock(path, vault, ask))
    elif vault.kind == "document+pkcs11":
        seed = unlock(path, vault, ask)
        with _token(vault, ask) as token:
            yield TwoPartKey(token, seed)
    else:
        raise TrustError(f"{path}: a key for {vault.kind}, expected one that signs documents")


@contextmanager
def order_signer(path: Path, ask: Ask) -> Iterator[Signer]:
    vault = read_vault(path)
    if vault.kind == "order":
        yield SigningKey.from_seed(unlock(path, vault, ask))
    elif vault.kind == "order+pkcs11":
        with _token(vault, ask) as token:
            yield token
    else:
        raise TrustError(f"{path}: a key for {vault.kind}, expected one that signs orders")


def unlock(path: Path, vault: Vault, ask: Ask) -> bytes:
    """The secret, which must belong to the public key that stands beside it."""
    try:
        return vault.open(ask(f"passphrase of {path.name}"))
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error


@contextmanager
def _token(vault: Vault, ask: Ask) -> Iterator[hardware.TokenKey]:
    place = hardware.Place.from_note(vault.note)
    with hardware.opened(place, ask(f"PIN of token {place.token}").decode()) as token:
        if not vault.public.startswith(token.public):
            raise TrustError(f"token {place.token}: holds another key {place.label} than the file tells of")
        yield token
