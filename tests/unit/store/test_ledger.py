from pathlib import Path

import pytest

from kirpik.errors import StoreError
from kirpik.store.ledger import Ledger
from kirpik.store.outbox import Entry, Tip
from kirpik.wire.ids import genesis_link
from kirpik.wire.receipt import receipt_hash
from tests.unit.wire.samples import UNIT


def ledger(path: Path, newest: Tip | None = None) -> Ledger:
    return Ledger(path, unit=UNIT, newest=newest)


def test_each_start_is_a_new_epoch_and_the_chain_goes_on(tmp_path: Path) -> None:
    first = ledger(tmp_path)
    assert (first.next_place(), first.head) == (Entry(1, 1), genesis_link(UNIT))
    first.advance(b"a" * 32)
    assert first.next_place() == Entry(1, 2)
    second = ledger(tmp_path)
    assert (second.next_place(), second.head) == (Entry(2, 1), b"a" * 32)
    assert ledger(tmp_path).next_place() == Entry(3, 1)


@pytest.mark.parametrize(
    ("newest", "epoch", "head"),
    [
        (Tip(Entry(1, 2), b"b" * 32), 2, b"b" * 32),
        (Tip(Entry(1, 1), b"a" * 32), 2, b"a" * 32),
        (Tip(Entry(5, 1), b"c" * 32), 6, b"c" * 32),
    ],
)
def test_the_outbox_knows_better_than_a_note_that_is_behind(
    tmp_path: Path, newest: Tip, epoch: int, head: bytes
) -> None:
    ledger(tmp_path).advance(b"a" * 32)
    again = ledger(tmp_path, newest)
    assert (again.epoch, again.head) == (epoch, head)


def test_a_lost_ledger_is_found_again_in_the_outbox(tmp_path: Path) -> None:
    assert ledger(tmp_path, Tip(Entry(7, 3), b"d" * 32)).next_place() == Entry(8, 1)


def test_a_damaged_ledger_is_told_and_not_guessed(tmp_path: Path) -> None:
    ledger(tmp_path)
    (tmp_path / "state.cbor").write_bytes(b"\0\0\0")
    with pytest.raises(StoreError, match=r"state\.cbor: damaged"):
        ledger(tmp_path)


def test_the_newest_receipt_is_remembered_and_an_older_one_is_not(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    assert book.last_receipt is None
    book.keep_receipt(b"new", 2000)
    book.keep_receipt(b"old", 1000)
    assert book.last_receipt == ledger(tmp_path).last_receipt == receipt_hash(b"new")


def test_how_far_the_inbox_was_read_is_remembered(tmp_path: Path) -> None:
    ledger(tmp_path).inbox_read("0000000000000007.receipt")
    assert ledger(tmp_path).inbox_position == "0000000000000007.receipt"
