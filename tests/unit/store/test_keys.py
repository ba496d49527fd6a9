import stat
from pathlib import Path

import pytest

from kirpik.errors import TrustError
from kirpik.store.identity import create_identity, load_identity
from kirpik.store.keyring import Keyring
from kirpik.trust.standing import GRACE_MS
from kirpik.wire.documents import Root, SealEntry
from kirpik.wire.ids import unit_id
from kirpik.wire.keydocs import sign_document
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, keyset, root


def test_a_unit_makes_its_key_once_and_for_itself_alone(tmp_path: Path) -> None:
    first = create_identity(tmp_path / "identity")
    path = tmp_path / "identity" / "unit.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = create_identity(tmp_path / "identity")
    assert again.unit == first.unit == unit_id(first.signer.public)
    assert first.signer.seed().hex() not in repr(first)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    create_identity(tmp_path)
    (tmp_path / "unit.key").chmod(mode)
    with pytest.raises(TrustError, match=f"mode {mode:04o} .* expected 0600"):
        load_identity(tmp_path)


def test_a_missing_or_cut_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="cannot read the key"):
        load_identity(tmp_path)
    create_identity(tmp_path)
    (tmp_path / "unit.key").write_bytes(b"short")
    with pytest.raises(TrustError, match="5 bytes, expected a key of 32"):
        load_identity(tmp_path)


def write(folder: Path, root_signers: tuple[int, ...] = (0, 1), set_signers: tuple[int, ...] = (3, 4)) -> None:
    (folder / "root.cbor").write_bytes(sign_document(root(), [HOLDERS[n] for n in root_signers]))
    (folder / "set.cbor").write_bytes(sign_document(keyset(), [HOLDERS[n] for n in set_signers]))


def test_a_keyring_says_whom_to_seal_to_and_whom_to_believe(tmp_path: Path) -> None:
    write(tmp_path)
    ring = Keyring.load(tmp_path)
    assert ring.active_seal(5000) == SEAL.public
    assert ring.receipt_publics == (RECEIPT_KEY.public,)
    assert not ring.expired(5000)
    assert ring.expired(8_000_000)
    assert ring.active_seal(8_000_000 + GRACE_MS - 1) == SEAL.public
    with pytest.raises(TrustError, match="expired for longer than 180 days"):
        ring.active_seal(8_000_000 + GRACE_MS)


@pytest.mark.parametrize(("root_signers", "set_signers"), [((0,), (3, 4)), ((0, 1), (3,)), ((0, 1), (0, 1))])
def test_documents_without_enough_signatures_are_refused(
    tmp_path: Path, root_signers: tuple[int, ...], set_signers: tuple[int, ...]
) -> None:
    write(tmp_path, root_signers, set_signers)
    with pytest.raises(TrustError):
        Keyring.load(tmp_path)


def test_missing_documents_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match=r"root\.cbor: missing"):
        Keyring.load(tmp_path)


def test_a_clock_that_was_never_set_does_not_stop_the_sealing() -> None:
    """It says 1970; the documents are from 2000 on, in their own milliseconds."""
    begun = SealEntry(SEAL.public, 1500, None, "active")
    assert Keyring(root(), keyset(seal=(begun,))).active_seal(0) == SEAL.public


def test_without_an_active_key_the_roots_fallback_is_taken() -> None:
    revoked = keyset(seal=(SealEntry(bytes(1216), 0, None, "revoked"),))
    with pytest.raises(TrustError, match="no seal key is active"):
        Keyring(root(), revoked).active_seal(5000)
    with_fallback = Root(
        version=1, issued_ms=1, expires_ms=2, root=root().root, keys=root().keys, fallback_seal=SEAL.public
    )
    assert Keyring(with_fallback, revoked).active_seal(5000) == SEAL.public
