import socket
from pathlib import Path

import pytest

from kirpik.adapters.notify import open_notify


def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    open_notify()("READY=1")


@pytest.mark.parametrize("address", ["FOLDER/notify", "@kirpik-test-notify"])
def test_whoever_started_us_is_told(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the disk, and in the kernel alone."""
    where = address.replace("FOLDER", str(tmp_path))
    monkeypatch.setenv("NOTIFY_SOCKET", where)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + where[1:] if where.startswith("@") else where)
        open_notify()("WATCHDOG=1")
        assert systemd.recv(64) == b"WATCHDOG=1"


def test_whoever_does_not_listen_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    open_notify()("READY=1")
