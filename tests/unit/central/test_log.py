"""The log in the store, against RFC 6962 written out, and against what a stranger can check."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kirpik.errors import StoreError
from kirpik.wire import tlog
from kirpik.wire.packet import link
from kirpik.wire.signature import SigningKey
from kirpik.wire.tlog import leaf_hash
from kirpik_central.database import open_database
from kirpik_central.log import Log, prove
from kirpik_central.logbook import LogBook
from kirpik_central.merkle import WIDTH, Tree, fold
from kirpik_central.publish import _place, publish
from kirpik_central.store import Store
from tests.unit.central.intake_desk import Desk
from tests.unit.wire.tree import consistency, inclusion, root

ORIGIN = "kirpik.example/log"
KEY = SigningKey.from_seed(bytes(range(32)))
ENTRIES = [b"\x01" + number.to_bytes(32, "big") for number in range(70_000)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]


@cache
def tiles(level: int, number: int) -> bytes:
    """Of a log as long as ENTRIES, from nothing."""
    if level == 0:
        return b"".join(HASHES[number * WIDTH : (number + 1) * WIDTH])
    whole = [tiles(level - 1, number * WIDTH + at) for at in range(WIDTH)]
    return b"".join(fold(each) for each in whole if len(each) == WIDTH * 32)


@pytest.fixture
def store(tmp_path: Path, store_url: str) -> Iterator[Store]:
    engine = open_database(store_url, beside=tmp_path)
    yield Store(engine)
    engine.dispose()


@given(st.integers(1, 600), st.data())
@settings(max_examples=40, deadline=None)
def test_roots_and_proofs_are_those_of_the_rfc(size: int, data: st.DataObject) -> None:
    entries, tree = ENTRIES[:size], Tree(size, tiles)
    assert tree.root() == root(entries)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    assert tree.inclusion(index) == inclusion(index, entries)
    assert tree.consistency(old) == consistency(old, entries)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_trees_of_several_levels_agree_with_the_rfc(size: int) -> None:
    tree = Tree(size, tiles)
    head = tlog.Checkpoint(ORIGIN, size, tree.root())
    if size <= 257:
        assert tree.root() == root(ENTRIES[:size])
    for index in {0, size // 2, size - 1} if size else set():
        tlog.check_inclusion(HASHES[index], index, head, tree.inclusion(index))
    for old in {1, 256, 300, 65_536} & set(range(size)):
        before = tlog.Checkpoint(ORIGIN, old, Tree(old, tiles).root())
        tlog.check_consistency(before, head, tree.consistency(old))


def test_a_stored_packet_is_proven_to_be_in_the_log_with_the_receipt_key_alone(desk: Desk) -> None:
    sender = desk.sender()
    packets = [sender.next() for _ in range(5)]
    desk.take(sender, *packets)
    log = Log(desk.store, desk.keys.receipt, origin=ORIGIN, every_s=10)
    assert desk.store.write(lambda connection: prove(connection, 3)) is None
    log.sign()
    text = desk.store.write(lambda connection: prove(connection, 3))
    assert text is not None
    entry = tlog.packet_entry(link(packets[3]))
    assert tlog.check_proof(text, entry, desk.keys.keyset.receipt, origin=ORIGIN).size == 5


def test_the_log_in_the_store_grows_consistently_and_keeps_its_tiles(store: Store) -> None:
    log, heads = Log(store, KEY, origin=ORIGIN, every_s=10), []
    for first, last in ((0, 3), (3, 300), (300, 300), (300, 1000)):
        with store.writing() as ledger:
            assert list(ledger.append(ENTRIES[first:last])) == list(range(first, last))
        heads.append(tlog.open_checkpoint(log.sign(), [KEY.public], origin=ORIGIN))
    assert [head.root for head in heads] == [root(ENTRIES[:size]) for size in (3, 300, 300, 1000)]
    with store.writing() as ledger:
        book = LogBook(ledger._connection)
        for old in heads:
            tlog.check_consistency(old, heads[-1], Tree(1000, book.tile).consistency(old.size))
        assert book.tile(0, 2) == tiles(0, 2)
        assert len(book.tile(1, 0)) == 3 * 32
        assert book.newest() == (1000, book.note(1000))


def test_a_checkpoint_is_made_where_the_log_has_grown_and_not_too_often(store: Store) -> None:
    log = Log(store, KEY, origin=ORIGIN, every_s=3600)
    for first in range(3):
        with store.writing() as ledger:
            ledger.append(ENTRIES[first : first + 1])
        log.keep_up()
    with store.writing() as ledger:
        assert LogBook(ledger._connection).newest() == (1, LogBook(ledger._connection).note(1))


def test_what_is_published_leads_a_stranger_to_the_same_root(store: Store, tmp_path: Path) -> None:
    log = Log(store, KEY, origin=ORIGIN, every_s=10)
    for first, last in ((0, 300), (300, 700)):
        with store.writing() as ledger:
            ledger.append(ENTRIES[first:last])
        log.sign()
        assert store.write(lambda connection: publish(connection, tmp_path / "log")) == last
    head = tlog.open_checkpoint((tmp_path / "log/checkpoint").read_text(), [KEY.public])
    assert head.size == 700
    files = {path.relative_to(tmp_path / "log/tile").as_posix() for path in (tmp_path / "log/tile").rglob("*")}
    assert {"0/000", "0/001", "0/002.p/188", "1/000.p/2", "entries/001", "entries/002.p/188"} <= files

    def served(level: int, number: int) -> bytes:
        folder = tmp_path / "log/tile" / str(level)
        full = folder / f"{number:03d}"
        return (
            full.read_bytes()
            if full.exists()
            else (folder / f"{number:03d}.p" / {0: "188", 1: "2"}[level]).read_bytes()
        )

    assert Tree(700, served).root() == head.root == root(ENTRIES[:700])
    bundle = (tmp_path / "log/tile/entries/002.p/188").read_bytes()
    assert bundle[:35] == b"\x00\x21" + ENTRIES[512]


def test_a_tile_s_place_is_three_digits_a_folder() -> None:
    assert _place(1234067, WIDTH).as_posix() == "x001/x234/067"
    assert _place(5, 7).as_posix() == "005.p/7"


def test_a_log_without_a_checkpoint_cannot_be_published(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no checkpoint yet"):
        store.write(lambda connection: publish(connection, tmp_path))
