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
