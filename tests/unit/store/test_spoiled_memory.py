"""What a card has spoiled never keeps a unit from starting: it goes back, and obeys nothing twice."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from kirpik.store.inbox import Inbox
from kirpik.store.keyring import Keyring
from kirpik.store.settings import Settings
from kirpik.wire.keydocs import sign_document
from tests.unit.eyes import Eye, QuickDisk
from tests.unit.service.post import SET, answers, order
from tests.unit.wire.samples import HOLDERS, root

SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
    "empty": lambda _: b"",
    "a flipped bit": lambda data: bytes([data[0] ^ 0x40]) + data[1:],
}
SITE = b"[site]"


def settings(home: Path) -> Settings:
    return Settings(home / "settings", disk=QuickDisk())


def spoil(path: Path, how: str) -> None:
    path.write_bytes(SPOILT[how](path.read_bytes()))


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("name", ["active.cbor", "trial.cbor", f"{sha256(SITE).hexdigest()}.site"])
def test_spoiled_settings_go_back_to_the_cards_own(name: str, how: str, tmp_path: Path) -> None:
    unit = settings(tmp_path)
    unit.stage("site", SITE, b"o" * 32)
    if name != "trial.cbor":
        unit.confirm()
    assert unit.in_force("site") is not None
    spoil(tmp_path / "settings" / name, how)
    again = settings(tmp_path)
    again.begin()
    assert again.in_force("site") is None
    again.stage("site", SITE, b"p" * 32)
    again.confirm()
    assert again.in_force("site") is not None


def test_networks_that_can_be_used_no_more_are_dropped_and_the_rest_stays(tmp_path: Path) -> None:
    unit = settings(tmp_path)
    unit.stage("site", SITE, b"o" * 32)
    unit.confirm()
    manifest = json.dumps({"version": 1}).encode()
    unit.models_folder(manifest).mkdir()
    unit.stage("models", manifest, b"o" * 32)
    unit.confirm()
    assert unit.in_force("models") is not None
    unit.drop("models")
    assert unit.in_force("models") is None
    assert unit.in_force("site") is not None
    assert not unit.models_folder(manifest).exists()


def eye(home: Path, keys: Path) -> Eye:
    made = Eye(home, disk=QuickDisk(), keyring=Keyring.load(keys, disk=QuickDisk()))
    made.obedience.started(made.settings.begin())
    return made


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "root.cbor").write_bytes(sign_document(root(), HOLDERS[:2]))
    (folder / "set.cbor").write_bytes(sign_document(replace(SET, issued_ms=5000), HOLDERS[3:5]))
    return folder


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("name", ["orders.cbor", "held.cbor"])
def test_a_spoiled_memory_of_orders_obeys_nothing_twice_and_waits_to_be_resumed(
    name: str, how: str, tmp_path: Path, keys: Path
) -> None:
    """The key set was issued at 5,000 ms: so late is proven, and desks count in milliseconds."""
    inbox = Inbox(tmp_path / "inbox", disk=QuickDisk())
    inbox.put("order", order("report", counter=4000))
    first = eye(tmp_path, keys)
    first.letters.read()
    (tmp_path / "ledger" / "held.cbor").write_bytes(b"\x80")
    told = len(answers(tmp_path))
    spoil(tmp_path / "ledger" / name, how)
    again = eye(tmp_path, keys)
    assert again.obedience.paused
    inbox.put("order", order("restart", counter=4500))
    inbox.put("order", order("resume", counter=5001))
    again.letters.read()
    assert not again.obedience.paused
    assert [answer.outcome for answer in answers(tmp_path)[told:]] == ["refused", "done"]
    assert not eye(tmp_path, keys).obedience.paused
