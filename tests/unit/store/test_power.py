"""The power goes at every step, and the card keeps what it likes of what was not fsynced; then, a card that lies."""

import contextlib
import shutil
from pathlib import Path

import pytest

from kirpik.store.outbox import OutboxView
from tests.unit.eyes import Eye, QuickDisk
from tests.unit.store.life import TOLD, Central, born, live
from tests.unit.store.power import Cut, PowerCutError, PowerDisk, cuts, read_all


def a_few(size: int) -> list[int]:
    return [0, size // 2, size]


def rehearse(home: Path, central: Central) -> PowerDisk:
    """A life without a cut: how many steps it takes, and what is written in them."""
    disk = PowerDisk(home, Cut(0))
    live(home, disk, central.at(home), sealed=[])
    return disk


def cut_and_go_on(home: Path, cut: Cut, central: Central, sealed: list[bytes]) -> None:
    with contextlib.suppress(PowerCutError):
        live(home, PowerDisk(home, cut, look=central.look), central, sealed=sealed)
        raise AssertionError("no cut")
    live(home, QuickDisk(), central, sealed=sealed)
    assert central.forks == 0
    assert set(sealed) <= set(central.packets.values()), "what was safe is lost"
    assert central.branches() <= (1 if cut.kept or cut.torn_at is not None else 0) + 1
    assert not list((home / "outbox").glob("*.broken"))


def test_no_cut_of_the_power_loses_a_packet_or_says_two_things_in_one_place(tmp_path: Path) -> None:
    home, first = tmp_path / "life", tmp_path / "born"
    central, sealed = born(first)
    shutil.copytree(first, home)
    disk = rehearse(home, central)
    every = cuts(disk.written, disk.steps, lengths=a_few)
    assert len(every) >= 180
    for cut in every:
        shutil.rmtree(home)
        shutil.copytree(first, home)
        try:
            cut_and_go_on(home, cut, central.at(home), list(sealed))
        except AssertionError as error:
            raise AssertionError(f"{cut}: {error}") from error


SPOILED = ["ledger/state.cbor", "ledger/receipt.cbor", "ledger/inbox.cbor", "outbox/head.cbor", "outbox/{newest}"]
CLOCK_S = 1_795_000_000


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("how", ["cut", "zeros", "junk"])
def test_a_file_that_the_card_spoils_at_any_byte_never_ends_the_unit(tmp_path: Path, name: str, how: str) -> None:
    """A card that said that it had written and had not: the unit goes on, in an epoch that it never used."""
    assert spoil_and_go_on(tmp_path, name, how, 97) > 0


def spoil_and_go_on(folder: Path, name: str, how: str, every: int) -> int:
    """Spoil the file from each byte on, and start the unit each time; return how often. Small files at every byte."""
    central, sealed = born(folder / "born")
    eye = Eye(folder / "born", disk=QuickDisk())
    eye.sealer.seal(TOLD)
    eye.ledger.inbox_read("0000000000000001.receipt")
    central.look()
    kept = read_all(folder / "born")
    newest = OutboxView(folder / "born" / "outbox").waiting()[-1].name
    path = folder / "born" / name.format(newest=newest)
    whole = path.read_bytes()
    lengths = range(0, len(whole), 1 if len(whole) < 100 else every)
    for length in lengths:
        path.write_bytes(_spoil(whole, length, how))
        _start_again(folder / "born", central)
        for file, data in kept.items():
            file.write_bytes(data)
    assert len(central.packets) > len(sealed)
    return len(lengths)


def _spoil(whole: bytes, length: int, how: str) -> bytes:
    rest = len(whole) - length
    return whole[:length] + {"cut": b"", "zeros": bytes(rest), "junk": b"\xa5" * rest}[how]


_EPOCHS = iter(range(1, 10**6))


def _start_again(home: Path, central: Central) -> None:
    eye = Eye(home, disk=QuickDisk(), limit_bytes=10**9, clock_s=CLOCK_S + next(_EPOCHS))
    assert eye.ledger.epoch > max(epoch for epoch, _ in central.packets)
    eye.sealer.seal(TOLD)
    for entry in eye.outbox.waiting():
        if entry.epoch == eye.ledger.epoch:
            central.packets[entry.epoch, entry.sequence] = eye.outbox.link(entry) or b""
