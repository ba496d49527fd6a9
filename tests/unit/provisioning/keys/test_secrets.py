"""No private key, passphrase or PIN in what a command prints, logs, writes beside its key, or fails with."""

import traceback
from pathlib import Path

import pytest

from kirpik.wire.dualsign import DocumentKey
from kirpik.wire.signature import SigningKey
from kirpik_provisioning.keys import holders, vault
from tests.unit.provisioning.keys.ceremony import PASSPHRASE, Ceremony

KNOWN = bytes(range(100, 132))
"""Stands for every random secret that is made in these tests."""


@pytest.fixture
def ceremony(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ceremony:
    monkeypatch.setattr("secrets.token_bytes", lambda size: KNOWN[:size].ljust(size, b"\x7f"))
    return Ceremony(tmp_path)


def forms(secret: bytes) -> list[bytes]:
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), repr(secret).encode()]


def test_a_whole_ceremony_leaves_no_secret_outside_of_vaults(ceremony: Ceremony) -> None:
    ceremony.make("anna", "document")
    ceremony.make("seal-1", "seal")
    ceremony.refused("root", "sign", ceremony.pub("anna"), "--key", ceremony.key("anna"), "--yes")
    ceremony.refused("install", ceremony.key("anna"), ceremony.home / "x")
    (ceremony.home / "answers").unlink()
    said = "\n".join(ceremony.said).encode()
    lying = b"\n".join(path.read_bytes() for path in ceremony.home.rglob("*") if path.is_file())
    for form in [*forms(KNOWN), PASSPHRASE.encode()]:
        assert form not in said
        assert form not in lying


def test_a_backtrace_through_every_step_shows_no_secret(tmp_path: Path) -> None:
    """With the locals of every frame, as a crash reporter would take them."""
    path = tmp_path / "a.key"
    locked = vault.lock(KNOWN, PASSPHRASE.encode(), kind="order", public=SigningKey.from_seed(KNOWN).public, work=10)
    vault.write_vault(path, locked)
    with holders.order_signer(path, lambda _: PASSPHRASE.encode()) as signer:
        try:
            signer.sign(b"", None)  # type: ignore[arg-type]  # fails inside
        except TypeError as error:
            report = traceback.TracebackException.from_exception(error, capture_locals=True)
            shown = "".join(report.format()).encode()
    for form in forms(KNOWN):
        assert form not in shown


@pytest.mark.parametrize("key", [SigningKey.from_seed(KNOWN), DocumentKey(KNOWN)])
def test_a_key_shows_nothing_of_itself(key: object) -> None:
    shown = (repr(key) + str(key) + repr(vars(key))).encode()
    assert not any(form in shown for form in forms(KNOWN))
