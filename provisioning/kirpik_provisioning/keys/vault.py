"""A private key at rest: scrypt (RFC 7914) of a passphrase, ChaCha20-Poly1305 over the secret, as age does it.

One deterministic CBOR array: mark, kind, public key, note, salt, work, nonce, ciphertext. All before the nonce is bound
to the ciphertext, so nobody can put another public key or kind beside it. Nothing here shows a secret.
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kirpik.errors import TrustError, WireError
from kirpik.wire import cbor, fields

MARK = "kirpik/1 vault"
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
WORK = 17
"""log2 of scrypt's N: 128 MiB and about half a second for each guess."""
MIN_PASSPHRASE = 10
KINDS = ("document", "document+pkcs11", "seal", "receipt", "order", "order+pkcs11", "authority")
ROW = fields.row(
    fields.one_of(MARK), fields.one_of(*KINDS), fields.blob(1, 4096), fields.text(0, 400),
    fields.blob(SALT_BYTES), fields.whole(10, 20), fields.blob(NONCE_BYTES), fields.blob(1, 8192),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vault:
    kind: str
    public: bytes
    note: str
    """What is not secret and needed to use it, such as where a token is."""
    salt: bytes = field(repr=False)
    work: int = field(repr=False)
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)

    def open(self, passphrase: bytes) -> bytes:
        """The secret. Raises TrustError for a wrong passphrase or an altered file: the two cannot be told apart."""
        key = _stretch(passphrase, self.salt, self.work)
        try:
            return ChaCha20Poly1305(key).decrypt(self.nonce, self.sealed, _bound(self))
        except InvalidTag as error:
            raise TrustError("the passphrase does not open it, or the file was altered; nothing was changed") from error

    def encode(self) -> bytes:
        return cbor.encode(
            [MARK, self.kind, self.public, self.note, self.salt, self.work, self.nonce, self.sealed]
        )  # fmt: skip


def lock(secret: bytes, passphrase: bytes, *, kind: str, public: bytes, note: str = "", work: int = WORK) -> Vault:
    if len(passphrase) < MIN_PASSPHRASE:
        raise TrustError(f"the passphrase has {len(passphrase)} characters, expected at least {MIN_PASSPHRASE}")
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    empty = Vault(kind, public, note, salt, work, nonce, b"")
    sealed = ChaCha20Poly1305(_stretch(passphrase, salt, work)).encrypt(nonce, secret, _bound(empty))
    return Vault(kind, public, note, salt, work, nonce, sealed)


def read_vault(path: Path) -> Vault:
    try:
        row = ROW("vault", cbor.decode(path.read_bytes()))
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
    except WireError as error:
        raise TrustError(f"{path}: not a key that kirpik keys has made ({error.name})") from error
    return Vault(*row[1:])


def write_vault(path: Path, vault: Vault) -> None:
    """A key that is there is never written over. Its folder is made, for its owner alone, where there is none."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise TrustError(f"{path}: is there already; a key is never written over") from error
    except OSError as error:
        raise TrustError(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(vault.encode())
        file.flush()
        os.fsync(file.fileno())


def _bound(vault: Vault) -> bytes:
    return cbor.encode([MARK, vault.kind, vault.public, vault.note, vault.salt, vault.work])


def _stretch(passphrase: bytes, salt: bytes, work: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=1 << work, r=8, p=1).derive(passphrase)
