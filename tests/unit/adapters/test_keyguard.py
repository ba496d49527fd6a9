"""The board's firmware as a program of our own, which speaks as rpi-fw-crypto does."""

import base64
import os
import stat
import sys
from pathlib import Path

import pytest

from kirpik.adapters.keyguard import CredentialGuard, FirmwareGuard
from kirpik.errors import TrustError
from kirpik.parts.state import guard_for
from kirpik.store.identity import PLAIN, create_identity, load_identity
from kirpik.trust.secret import Secret

NOTHING = Secret(0)

STAND_IN = """#!{python}
import argparse, hashlib, hmac, pathlib, sys
words = argparse.ArgumentParser()
words.add_argument("verb"); words.add_argument("--in", dest="message"); words.add_argument("--out")
words.add_argument("--key-id", type=int)
asked = words.parse_args()
key = {key!r}
if key is None or asked.verb != "hmac" or asked.key_id != 1:
    sys.exit("rpi-fw-crypto: key not provisioned")
pathlib.Path(asked.out).write_bytes(hmac.digest(key, pathlib.Path(asked.message).read_bytes(), hashlib.sha256))
"""


def board(folder: Path, key: bytes | None) -> FirmwareGuard:
    """Another key is another board; None is one whose one-time memory is empty."""
    program = folder / f"rpi-fw-crypto-{(key or b'none').hex()}"
    program.write_text(STAND_IN.format(python=sys.executable, key=key))
    program.chmod(0o700)
    return FirmwareGuard(program=str(program))


def test_a_key_locked_to_a_board_opens_there_and_nowhere_else(tmp_path: Path) -> None:
    this, other = board(tmp_path, b"this"), board(tmp_path, b"other")
    made = create_identity(tmp_path / "identity", guard=this)
    kept = (tmp_path / "identity" / "unit.key").read_bytes()
    assert made.signer.seed() not in kept
    assert load_identity(tmp_path / "identity", guard=this).unit == made.unit
    with pytest.raises(TrustError, match="locked to another board"):
        load_identity(tmp_path / "identity", guard=other)
    with pytest.raises(TrustError, match=f"{len(kept)} bytes, expected a key of 32"):
        load_identity(tmp_path / "identity")


def test_the_same_key_is_never_locked_into_the_same_bytes(tmp_path: Path) -> None:
    guard = board(tmp_path, b"this")
    assert guard.lock(b"s" * 32) != guard.lock(b"s" * 32)


@pytest.mark.parametrize("at", [0, 5, 25, 40, 79])
def test_a_flipped_bit_is_noticed(tmp_path: Path, at: int) -> None:
    guard = board(tmp_path, b"this")
    kept = guard.lock(b"s" * 32)
    with pytest.raises(TrustError):
        guard.unlock(Secret.of(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :]))


def test_a_board_without_a_key_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="key not provisioned"):
        board(tmp_path, None).lock(b"s" * 32)
    with pytest.raises(TrustError, match="cannot be used"):
        FirmwareGuard(program=str(tmp_path / "missing")).lock(b"s" * 32)


def test_a_credential_is_read_where_systemd_lays_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names a folder; the key is in a file there that only the service can read."""
    guard = CredentialGuard()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(TrustError, match="No such file or directory; add LoadCredentialEncrypted=kirpik-unit-key:FILE"):
        guard.unlock(NOTHING)
    handle = os.open(tmp_path / guard.name, os.O_WRONLY | os.O_CREAT, 0o400)
    os.write(handle, b"k" * 32)
    os.close(handle)
    assert stat.S_IMODE((tmp_path / guard.name).stat().st_mode) == 0o400
    assert guard.unlock(NOTHING).view == b"k" * 32


def test_without_systemd_creds_no_credential_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="cannot be used"):
        CredentialGuard(program=str(tmp_path / "missing")).lock(b"k" * 32)


def systemd_creds_works() -> bool:
    """Root has it, where this machine has a key of its own or may make one."""
    try:
        CredentialGuard().lock(bytes(32))
    except TrustError:
        return False
    return True


needs_systemd_creds = pytest.mark.skipif(not systemd_creds_works(), reason="systemd-creds needs root and a host key")


@needs_systemd_creds
def test_a_key_is_encrypted_for_this_machine_by_systemd_itself(tmp_path: Path) -> None:
    guard = CredentialGuard()
    made = create_identity(tmp_path / "identity", guard=guard)
    kept = (tmp_path / "identity" / "unit.key").read_bytes()
    assert made.signer.seed() not in base64.b64decode(kept)
    assert load_identity(tmp_path / "identity", guard=guard).signer.public == made.signer.public
    with pytest.raises(TrustError, match="expected a key of 32"):
        load_identity(tmp_path / "identity")


@needs_systemd_creds
def test_a_credential_that_was_altered_or_has_another_name_does_not_open() -> None:
    kept = CredentialGuard().lock(b"k" * 32)
    altered = bytearray(base64.b64decode(kept))
    altered[-1] ^= 1
    with pytest.raises(TrustError, match="systemd-creds decrypt"):
        CredentialGuard().unlock(Secret.of(base64.b64encode(altered)))
    with pytest.raises(TrustError, match="does not match"):
        CredentialGuard(name="another").unlock(Secret.of(kept))


def test_the_settings_name_a_guard() -> None:
    assert guard_for("file") is PLAIN
    assert isinstance(guard_for("firmware"), FirmwareGuard)
