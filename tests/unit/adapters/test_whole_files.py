"""Files of keys and certificates have the mode that was meant, whatever umask a service runs under."""

import os
from pathlib import Path

import pytest

from kirpik.adapters.tls_key import write_whole


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_services_umask_changes_no_mode(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "unit.pem", b"x", mode=mode)
    finally:
        os.umask(before)
    assert (tmp_path / "unit.pem").stat().st_mode & 0o777 == mode


def test_a_name_is_kept_by_the_folder_before_anybody_relies_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut five seconds after "enrolled" had taken the certificate back: its rename had not reached the card."""
    synced: list[tuple[int, bool]] = []
    path, fsync = tmp_path / "unit.pem", os.fsync

    def watched(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, path.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_whole(path, b"x", mode=0o644)
    assert synced == [(path.stat().st_ino, False), (tmp_path.stat().st_ino, True)]
