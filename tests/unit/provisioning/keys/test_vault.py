import stat
from pathlib import Path

import pytest

from kirpik.errors import TrustError
from kirpik_provisioning.keys.vault import Vault, lock, read_vault, write_vault

SECRET, PASSPHRASE = b"s" * 32, b"correct horse battery"


def vault() -> Vault:
    return lock(SECRET, PASSPHRASE, kind="seal", public=b"p" * 1216, work=10)


def test_a_secret_comes_out_with_its_passphrase_alone(tmp_path: Path) -> None:
    write_vault(tmp_path / "a.key", vault())
    again = read_vault(tmp_path / "a.key")
    assert again.open(PASSPHRASE) == SECRET
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    with pytest.raises(TrustError, match=r"does not open it.*nothing was changed"):
        again.open(b"another passphrase")


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    data = vault().encode()
    path = tmp_path / "a.key"
    for at in [*range(0, len(data), 61), len(data) - 1]:
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(TrustError):
            read_vault(path).open(PASSPHRASE)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    write_vault(tmp_path / "a.key", vault())
    before = (tmp_path / "a.key").read_bytes()
    with pytest.raises(TrustError, match="never written over"):
        write_vault(tmp_path / "a.key", vault())
    assert (tmp_path / "a.key").read_bytes() == before


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(TrustError, match="9 characters, expected at least 10"):
        lock(SECRET, b"too short", kind="seal", public=b"p", work=10)


def test_two_vaults_of_one_secret_have_nothing_in_common() -> None:
    assert vault().sealed != vault().sealed
    assert SECRET not in vault().encode()


def test_a_vault_does_not_show_what_is_in_it() -> None:
    shown = repr(vault())
    assert "sealed" not in shown
    assert "salt" not in shown
