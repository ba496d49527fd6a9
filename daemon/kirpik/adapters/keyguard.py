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
from kirpik.trust.secret import Secret
from kirpik.wire.signature import SEED_BYTES

MAGIC = b"kpfw"
SALT_BYTES, NONCE_BYTES, KEK_BYTES = 16, 12, 32
HEAD_BYTES = len(MAGIC) + SALT_BYTES
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

    def unlock(self, kept: Secret) -> Secret:
        head, rest = bytes(kept.view[:HEAD_BYTES]), kept.view[HEAD_BYTES:]
        if not head.startswith(MAGIC):
            raise TrustError('the key is not locked to a board; set unit.identity = "file", or enrol the unit anew')
        seed = Secret(SEED_BYTES)
        try:
            cipher = ChaCha20Poly1305(self._kek(head[len(MAGIC) :]))
            cipher.decrypt_into(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head, seed.view)
        except (InvalidTag, ValueError) as error:
            raise TrustError("the key is locked to another board: was the card moved? Enrol the unit anew") from error
        return seed

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
    """The file is a credential of systemd's, encrypted for this machine: its host key, and a TPM where there is one.

    Root makes it at first boot. The eye, which could not open it, is given the key by systemd alone
    (LoadCredentialEncrypted=kirpik-unit-key:FILE), in memory that no other service sees.
    """

    name: str = "kirpik-unit-key"
    program: str = "systemd-creds"

    def lock(self, seed: bytes) -> bytes:
        return self._ask("encrypt", seed)

    def unlock(self, kept: Secret) -> Secret:
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        seed = Secret.of(self._ask("decrypt", kept.view)) if folder is None else self._given(Path(folder))
        if len(seed.view) != SEED_BYTES:
            raise TrustError(f"credential {self.name}: {len(seed.view)} bytes, expected a key of {SEED_BYTES}")
        return seed

    def _given(self, folder: Path) -> Secret:
        try:
            return Secret.read(folder / self.name)
        except OSError as error:
            wanted = f"add LoadCredentialEncrypted={self.name}:FILE to the service"
            raise TrustError(f"credential {self.name}: {error.strerror}; {wanted}") from error

    def _ask(self, verb: str, data: bytes | memoryview) -> bytes:
        """Over pipes: an argument or a file could be read by others."""
        words = [self.program, verb, f"--name={self.name}", "-", "-"]
        try:
            done = subprocess.run(words, input=data, capture_output=True, timeout=PATIENCE_S, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TrustError(f"{self.program}: cannot be used: {error}") from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()[-200:]
            raise TrustError(f"{self.program} {verb}: {said}; only root can, outside of the service")
        return done.stdout
