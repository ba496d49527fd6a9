"""How the unit's signing key lies on the card: a file, a systemd credential, or locked to this very board.

The firmware of a Raspberry Pi computes an HMAC with a key in its one-time memory that programs need not see
(`rpi-fw-crypto`, raspberrypi/utils). That HMAC is the key with which ours is locked, so a copied card is of no use in
another board. It is no vault: root on the same board can ask the firmware too, unless secure boot closes that way.
"""

import os
import secrets
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from kirpik.errors import TrustError
from kirpik.wire.signature import SEED_BYTES

MAGIC = b"kpfw"
SALT_BYTES, NONCE_BYTES, KEK_BYTES = 16, 12, 32
KEK_DOMAIN = b"kirpik/1 identity kek\0"
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class FirmwareGuard:
    """magic ‖ salt ‖ nonce ‖ ChaCha20-Poly1305 of the seed, under HMAC(domain ‖ salt) by the board's own key."""

    program: str = "rpi-fw-crypto"
    key_id: int = 1

    def lock(self, seed: bytes) -> bytes:
        salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
        return MAGIC + salt + nonce + ChaCha20Poly1305(self._kek(salt)).encrypt(nonce, seed, MAGIC + salt)

    def unlock(self, kept: bytes) -> bytes:
        head, rest = kept[: len(MAGIC) + SALT_BYTES], kept[len(MAGIC) + SALT_BYTES :]
        if not head.startswith(MAGIC):
            raise TrustError('the key is not locked to a board; set unit.identity = "file", or enrol the unit anew')
        try:
            return ChaCha20Poly1305(self._kek(head[len(MAGIC) :])).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head)
        except (InvalidTag, ValueError) as error:
            raise TrustError("the key is locked to another board: was the card moved? Enrol the unit anew") from error

    def _kek(self, salt: bytes) -> bytes:
        """The message is no secret; what comes back is, so it stays in a folder of our own and is removed at once."""
        with tempfile.TemporaryDirectory(prefix="kirpik-") as folder:
            message, answer = Path(folder) / "message", Path(folder) / "answer"
            message.write_bytes(KEK_DOMAIN + salt)
            self._ask(["hmac", "--in", str(message), "--key-id", str(self.key_id), "--out", str(answer)])
            try:
                kek = answer.read_bytes()
            except OSError as error:
                raise TrustError(f"{self.program}: gave no answer") from error
            answer.write_bytes(bytes(len(kek)))
        if len(kek) != KEK_BYTES:
            raise TrustError(f"{self.program}: {len(kek)} bytes, expected an HMAC of {KEK_BYTES}")
        return kek

    def _ask(self, words: list[str]) -> None:
        try:
            done = subprocess.run(  # noqa: S603  our own words, no shell
                [self.program, *words], capture_output=True, timeout=PATIENCE_S, check=False, text=True
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TrustError(f"{self.program}: the board's key cannot be used: {error}") from error
        if done.returncode != 0:
            raise TrustError(f"{self.program}: the board's key cannot be used: {done.stderr.strip()[:200]}")


@dataclass(frozen=True, slots=True)
class CredentialGuard:
    """The file holds nothing: systemd has decrypted the key for this service alone (LoadCredentialEncrypted=)."""

    name: str = "kirpik-unit-key"

    def lock(self, seed: bytes) -> bytes:
        del seed
        raise TrustError("a key that systemd keeps can only be made by root: kirpikd enrol --identity credential")

    def unlock(self, kept: bytes) -> bytes:
        del kept
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if folder is None:
            raise TrustError(f"systemd has given us no credentials; add LoadCredentialEncrypted={self.name}")
        try:
            seed = (Path(folder) / self.name).read_bytes()
        except OSError as error:
            raise TrustError(f"credential {self.name}: {error.strerror}") from error
        if len(seed) != SEED_BYTES:
            raise TrustError(f"credential {self.name}: {len(seed)} bytes, expected a key of {SEED_BYTES}")
        return seed


def keep_as_credential(seed: bytes, target: Path, *, name: str = "kirpik-unit-key") -> None:
    """Encrypt for this machine with systemd-creds (host key, and TPM where there is one). Needs root."""
    try:
        done = subprocess.run(  # noqa: S603  no shell
            ["systemd-creds", "encrypt", f"--name={name}", "-", str(target)],  # noqa: S607  the system's own
            input=seed, capture_output=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TrustError(f"systemd-creds: cannot be used: {error}") from error
    if done.returncode != 0:
        raise TrustError(f"systemd-creds: {done.stderr.decode(errors='replace').strip()[:200]}")
