import pytest

from kirpik.adapters.notify import open_notify


def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    open_notify()("READY=1")
