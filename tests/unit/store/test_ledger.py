from dataclasses import replace
from pathlib import Path

import pytest

from kirpik.errors import StoreError
from kirpik.store.ledger import YEAR_2024_S, Ledger
from kirpik.store.outbox import Entry, Tip
from kirpik.wire.ids import genesis_link
from kirpik.wire.receipt import receipt_hash, sign_receipt
from tests.unit.wire.samples import RECEIPT, RECEIPT_KEY, UNIT


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


def test_a_spoiled_ledger_goes_on_from_what_the_last_receipt_covered(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.keep_receipt(sign_receipt(replace(RECEIPT, epoch=4, up_to=9, chain=b"n" * 32), RECEIPT_KEY), 2000)
    (tmp_path / "state.cbor").write_bytes(b"\0\0\0")
    again = ledger(tmp_path)
    assert (again.epoch, again.head, again.spoiled) == (5, b"n" * 32, ["state.cbor"])


def test_a_spoiled_ledger_without_any_help_waits_for_a_clock_and_then_takes_an_epoch_never_used(tmp_path: Path) -> None:
    ledger(tmp_path)
    (tmp_path / "state.cbor").write_bytes(b"\0\0\0")
    for _ in range(2):
        with pytest.raises(StoreError, match="set the clock"):
            ledger(tmp_path)
    again = Ledger(tmp_path, unit=UNIT, newest=None, clock_s=1_795_000_000)
    assert (again.epoch, again.head) == (1_795_000_000 - YEAR_2024_S, genesis_link(UNIT))


@pytest.mark.parametrize("clock_s", [0, 1_700_000_000, 2**40, None])
def test_a_clock_that_cannot_be_right_chooses_no_epoch(tmp_path: Path, clock_s: int | None) -> None:
    for epoch in (1, 2):
        assert Ledger(tmp_path, unit=UNIT, newest=None, clock_s=clock_s).epoch == epoch


def test_a_clock_that_steps_back_does_not_take_an_epoch_back(tmp_path: Path) -> None:
    epochs = [Ledger(tmp_path, unit=UNIT, newest=None, clock_s=1_795_000_000 - 1000 * n).epoch for n in range(4)]
    assert epochs == [epochs[0] + n for n in range(4)]


def test_the_newest_receipt_is_remembered_and_an_older_one_is_not(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    assert book.last_receipt is None
    book.keep_receipt(b"new", 2000)
    book.keep_receipt(b"old", 1000)
    assert book.last_receipt == ledger(tmp_path).last_receipt == receipt_hash(b"new")


def test_how_far_the_inbox_was_read_is_remembered(tmp_path: Path) -> None:
    ledger(tmp_path).inbox_read("0000000000000007.receipt")
    assert ledger(tmp_path).inbox_position == "0000000000000007.receipt"
