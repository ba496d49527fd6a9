"""A unit with key documents and an inbox, started as often as a test wants."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kirpik.store.inbox import Inbox
from kirpik.store.keyring import Keyring
from kirpik.wire.keydocs import sign_document
from kirpik.wire.suite import SealKey
from tests.unit.eyes import Eye, QuickDisk
from tests.unit.service.post import SET
from tests.unit.wire.samples import HOLDERS, root


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    first = replace(root(), fallback_seal=SealKey.from_seed(bytes(32)).public)
    (folder / "root.cbor").write_bytes(sign_document(first, HOLDERS[:2]))
    (folder / "set.cbor").write_bytes(sign_document(SET, HOLDERS[3:5]))
    return folder


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", disk=QuickDisk())


@pytest.fixture
def start(tmp_path: Path, keys: Path) -> Callable[[], Eye]:
    return lambda: Eye(tmp_path, disk=QuickDisk(), keyring=Keyring.load(keys, disk=QuickDisk()))
