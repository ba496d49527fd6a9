"""The power goes, or the process dies, at each single step that reaches the disk."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from kirpik.store.folder import Disk
from kirpik.store.outbox import OutboxView
from kirpik.wire import packet
from kirpik.wire.ids import genesis_link
from tests.unit.eyes import Eye, QuickDisk, previous, receipt, violation
from tests.unit.wire.samples import UNIT


class PowerCutError(BaseException):
    """Nothing handles it, as nothing handles a power cut."""


class FailingDisk(QuickDisk):
    """Fails at step `at`, before or after it is done. If the power goes, what was not fsynced is undone."""

    def __init__(self, at: int, *, done: bool, power: bool, look: Callable[[], None]) -> None:
        self._left = at
        self._done = done
        self._power = power
        self._look = look
        self._undo: list[tuple[Path, Callable[[], object]]] = []

    def write(self, path: Path, data: bytes, mode: int) -> None:
        def step() -> None:
            QuickDisk.write(self, path, data, mode)

        self._step(step, half=lambda: path.write_bytes(data[: len(data) // 2]))

    def rename(self, old: Path, new: Path) -> None:
        def step() -> None:
            there, moved = new.read_bytes() if new.exists() else None, old.read_bytes()
            Disk.rename(self, old, new)
            self._undo.append((new.parent, lambda: new.unlink() if there is None else new.write_bytes(there)))
            self._undo.append((old.parent, lambda: old.write_bytes(moved)))

        self._step(step)

    def remove(self, path: Path) -> None:
        def step() -> None:
            was = path.read_bytes() if path.exists() else None
            Disk.remove(self, path)
            if was is not None:
                self._undo.append((path.parent, lambda: path.write_bytes(was)))

        self._step(step)

    def sync_folder(self, folder: Path) -> None:
        def step() -> None:
            QuickDisk.sync_folder(self, folder)
            self._undo = [(where, undo) for where, undo in self._undo if where != folder]

        self._step(step)

    def _step(self, step: Callable[[], object], half: Callable[[], object] = lambda: None) -> None:
        self._left -= 1
        if self._left != 0:
            step()
            self._look()
            return
        (step if self._done else half)()
        self._look()
        if self._power:
            for _, undo in reversed(self._undo):
                undo()
        raise PowerCutError


class Central:
    """Takes every packet that the link can see at any moment."""

    def __init__(self, home: Path) -> None:
        self._outbox = OutboxView(home / "outbox")
        self.packets: dict[tuple[int, int], bytes] = {}

    def look(self) -> None:
        for entry in self._outbox.waiting():
            data = self._outbox.read(entry)
            assert data is not None
            assert packet.parse_header(data).sequence == entry.sequence, "a packet is whole or not there"
            known = self.packets.setdefault((entry.epoch, entry.sequence), data)
            assert known == data, "two packets in one place"

    def word(self, epoch: int, up_to: int) -> bytes:
        return receipt(epoch, up_to, packet.link(self.packets[epoch, up_to]), utc_ms=1000 + epoch)


def work(home: Path, disk: Disk, central: Central) -> None:
    """Two starts with some work, the first of which may be cut short."""
    eye = Eye(home, disk=disk)
    told = violation()
    for _ in range(3):
        eye.sealer.seal(told)
    central.look()
    eye.sealer.settle(central.word(eye.ledger.epoch, 2))
    eye.sealer.seal(told)
    central.look()
    eye.sealer.settle(central.word(eye.ledger.epoch, 4))


STEPS_OF_WORK = 35


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("power", [False, True], ids=["process", "power"])
def test_no_crash_forks_the_chain_or_loses_a_packet(tmp_path: Path, *, power: bool, done: bool) -> None:
    crashes = 0
    for at in range(1, STEPS_OF_WORK + 1):
        home = tmp_path / str(at)
        central = Central(home)
        work(home, QuickDisk(), central)
        with contextlib.suppress(PowerCutError):
            work(home, FailingDisk(at, done=done, power=power, look=central.look), central)
            crashes -= 1
        crashes += 1
        work(home, QuickDisk(), central)
        _check_chain(central, gapless=not power)
        _check_nothing_waits_that_was_not_sent(home, central)
    assert crashes > 20, "the work takes fewer steps than it did"


def _check_chain(central: Central, *, gapless: bool) -> None:
    """Each packet names the one before it. After a power cut it may name an earlier one, but always in a new epoch."""
    links = [genesis_link(UNIT), *(packet.link(data) for _, data in sorted(central.packets.items()))]
    for number, (place, data) in enumerate(sorted(central.packets.items())):
        assert previous(data) in links[: number + 1]
        if gapless or place[1] > 1:
            assert previous(data) == links[number], f"packet {place} does not follow the one before it"


def _check_nothing_waits_that_was_not_sent(home: Path, central: Central) -> None:
    """What is left of the crashed start is still there, and its receipt frees it."""
    eye = Eye(home, disk=QuickDisk())
    for epoch in {entry.epoch for entry in eye.outbox.waiting()}:
        last = max(sequence for e, sequence in eye.links() if e == epoch)
        eye.sealer.settle(central.word(epoch, last))
    assert eye.outbox.waiting() == []
    assert not list((home / "outbox").glob("*.broken"))
