import os
from pathlib import Path

import pytest

from kirpik.errors import TrustError
from kirpik_central import keyfiles
from kirpik_central.keyfiles import KeyFiles, LiveKeys
from kirpik_provisioning.provision import new_fleet


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyFiles:
    monkeypatch.setattr(keyfiles, "LOOK_S", 0.0)
    home = new_fleet(tmp_path / "fleet", port=1).central_config.parent
    (home / "seals").mkdir()
    (home / "seal.key").rename(home / "seals" / "2026.key")
    return KeyFiles([home / "seals"], home / "receipt.key", home / "root.cbor", home / "set.cbor")


def test_a_folder_of_seal_keys_gives_all_that_are_in_it(files: KeyFiles) -> None:
    assert len(files.load().seal) == 1
    (files.seal[0] / "other.txt").write_text("not a key")
    assert len(files.load().seal) == 1


def test_files_that_are_written_anew_are_taken_without_a_restart(files: KeyFiles) -> None:
    live = LiveKeys(files)
    before = live.current
    assert live.renewed() is None
    os.utime(files.keyset, ns=(1, 1))
    assert live.renewed() is live.current
    assert live.current is not before
    assert live.renewed() is None


def test_files_that_make_no_sense_leave_the_keys_as_they_were(
    files: KeyFiles, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveKeys(files)
    good = files.keyset.read_bytes()
    files.keyset.write_bytes(b"half a docu")
    assert live.renewed() is None
    assert "keys=kept" in caplog.text
    assert len(live.current.seal) == 1
    files.keyset.write_bytes(good)
    os.utime(files.keyset, ns=(1, 1))
    assert live.renewed() is not None


def test_a_beginning_needs_keys(files: KeyFiles) -> None:
    files.root.unlink()
    with pytest.raises(TrustError, match=r"root\.cbor: cannot be read"):
        LiveKeys(files)
