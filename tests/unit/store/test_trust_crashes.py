"""The power goes at each single step while keys turn or an order is obeyed: the state before, or the state after."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kirpik.store.keyring import Keyring
from kirpik.store.settings import Settings
from kirpik.trust.trusted import root_pin
from tests.unit.eyes import QuickDisk
from tests.unit.store.failing import FailingDisk, PowerCutError
from tests.unit.trust.fleet import Fleet, role

MAX_STEPS = 60


def cut(home: Path, again: Callable[[], None], work: Callable[[FailingDisk], None]) -> int:
    """Run `work` with the power cut at each step in turn, `again` afterwards; return how many steps there are."""
    for at in range(1, MAX_STEPS):
        for done in (False, True):
            for power in (False, True):
                shutil.rmtree(home, ignore_errors=True)
                disk = FailingDisk(at, done=done, power=power, look=lambda: None)
                try:
                    work(disk)
                except PowerCutError:
                    again()
                else:
                    return at
    raise AssertionError("too many steps")


def test_a_cut_while_keys_turn(tmp_path: Path) -> None:
    fleet = Fleet()
    for _ in range(3):
        fleet.publish_root(1, 2, keys=role(21, 22, 23))
    fleet.publish_set(21, 22)
    folder, pin = tmp_path / "keys", root_pin(fleet.first_root)

    def load(disk: QuickDisk) -> Keyring:
        return Keyring.load(folder, pin=pin, disk=disk)

    def turn(disk: FailingDisk) -> None:
        folder.mkdir()
        (folder / "root.cbor").write_bytes(fleet.first_root)
        (folder / "set.cbor").write_bytes(fleet.documents[1])
        load(disk).take(fleet.shelf())

    def look() -> None:
        ring = load(QuickDisk())
        believed = ring.root.version, ring.keyset_version
        assert believed in {(1, 1), (2, 0), (3, 0), (4, 0), (4, 2)}
        assert ring.active_seal(0) in {fleet.keyset.seal[0].public, fleet.root.fallback_seal}
        ring.take(fleet.shelf())
        assert (ring.root.version, ring.keyset_version) == (4, 2)

    assert cut(folder, look, turn) > 10


def test_a_cut_while_settings_are_tried(tmp_path: Path) -> None:
    folder = tmp_path / "settings"

    def work(disk: FailingDisk) -> None:
        settings = Settings(folder, disk=disk)
        settings.stage("site", b"first", b"a" * 32)
        settings.begin()
        settings.confirm()
        settings.stage("site", b"second", b"b" * 32)
        for _ in range(3):
            settings.begin()

    def look() -> None:
        for _ in range(4):
            settings = Settings(folder, disk=QuickDisk())
            settings.begin()
            file = settings.in_force("site")
            assert file is None or file.read_bytes() in (b"first", b"second")
        assert settings.trial() is None

    assert cut(folder, look, work) > 10


@pytest.mark.parametrize("folder", ["with spaces and ünïcode"])
def test_a_damaged_note_of_receipts_costs_nothing(tmp_path: Path, folder: str) -> None:
    fleet, home = Fleet(), tmp_path / folder
    home.mkdir()
    for name, data in (("root.cbor", fleet.documents[0]), ("set.cbor", fleet.documents[1]), ("told.cbor", b"\xff")):
        (home / name).write_bytes(data)
    with contextlib.suppress(KeyError):
        assert Keyring.load(home).keyset_version == 1
