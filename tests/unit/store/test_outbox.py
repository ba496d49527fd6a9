from collections.abc import Callable
from pathlib import Path

import pytest

from kirpik.errors import SpoolFullError, StoreError
from kirpik.store.outbox import Entry, Outbox, OutboxView, Tip
from kirpik.wire import packet
from tests.unit.wire.samples import build


def outbox(path: Path, limit_bytes: int = 100_000) -> Outbox:
    return Outbox(path, limit_bytes=limit_bytes)


def test_packets_come_out_in_the_order_of_the_chain_and_outlive_the_process(tmp_path: Path) -> None:
    for place in [(2, 1), (1, 10), (1, 9), (16, 1)]:
        outbox(tmp_path).add(Entry(*place), build(epoch=place[0], sequence=place[1]))
    assert outbox(tmp_path).waiting() == [Entry(1, 9), Entry(1, 10), Entry(2, 1), Entry(16, 1)]
    assert sorted(entry.name for entry in outbox(tmp_path).waiting()) == [e.name for e in outbox(tmp_path).waiting()]


def test_a_full_outbox_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    box = outbox(tmp_path, limit_bytes=9000)
    box.add(Entry(1, 1), build())
    box.add(Entry(1, 2), build())
    with pytest.raises(SpoolFullError, match="8192 of 9000"):
        box.add(Entry(1, 3), build())
    assert len(box.waiting()) == 2
    box.remove(Entry(1, 1))
    box.add(Entry(1, 3), build())
    assert box.size_bytes == outbox(tmp_path).size_bytes == 8192


def test_a_place_is_given_once(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.add(Entry(1, 1), build(b"first"))
    with pytest.raises(StoreError):
        box.add(Entry(1, 1), build(b"second"))


def test_the_link_may_look_while_the_eye_deletes(tmp_path: Path) -> None:
    box, view = outbox(tmp_path), OutboxView(tmp_path)
    box.add(Entry(1, 1), build())
    (seen,) = view.waiting()
    assert view.written_s(seen) is not None
    box.remove(seen)
    box.remove(seen)
    assert view.read(seen) is None
    assert view.written_s(seen) is None
    assert OutboxView(tmp_path / "not yet").waiting() == []


def test_a_parked_packet_is_out_of_the_way_and_not_lost(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    data = build()
    box.add(Entry(1, 1), data)
    box.park(Entry(1, 1), "record")
    assert box.waiting() == []
    assert OutboxView(tmp_path).parked() == 1
    assert box.link(Entry(1, 1)) == packet.link(data)
    assert box.newest() == Tip(Entry(1, 1), packet.link(data))
    assert outbox(tmp_path).size_bytes == 4096


def test_foreign_names_are_passed_over(tmp_path: Path) -> None:
    for name in ("x.kpk", "1-1.kpk", "00000001-0000000000000001.tmp", ".hidden.kpk", "0x000001-0000000000000001.kpk"):
        (tmp_path / name).write_bytes(b"")
    assert outbox(tmp_path).waiting() == []


@pytest.mark.parametrize("left", [b"", b"torn", build()[:-1], bytes(4096), build(sequence=9)])
def test_what_a_lying_card_left_is_set_aside(tmp_path: Path, left: bytes) -> None:
    box = outbox(tmp_path)
    data = build()
    box.add(Entry(1, 1), data)
    (tmp_path / Entry(1, 2).name).write_bytes(left)
    assert box.newest() == Tip(Entry(1, 1), packet.link(data))
    assert box.waiting() == [Entry(1, 1)]
    assert len(list(tmp_path.glob("*.broken"))) == 1


def test_a_parked_packet_has_its_reason_beside_it(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.add(Entry(1, 1), build())
    box.park(Entry(1, 1), "record")
    assert [path.read_text() for path in tmp_path.rglob("*.why")] == ["record"]
    box.discard(Entry(1, 1))
    assert (box.parked(), box.size_bytes, list(tmp_path.rglob("*.why"))) == (0, 0, [])


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[:1000],
    "empty": lambda _: b"",
    "zeros": lambda data: data[:80] + bytes(4016),
    "another's": lambda _: build(sequence=9),
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_a_card_has_spoiled_is_set_aside_and_the_others_stay(tmp_path: Path, how: str) -> None:
    box = outbox(tmp_path)
    for number in (1, 2, 3):
        box.add(Entry(1, number), build(sequence=number))
    path = box._folder.path / Entry(1, 2).name
    path.write_bytes(SPOILED[how](path.read_bytes()))
    assert box.set_damaged_aside() == [Entry(1, 2)]
    assert box.waiting() == [Entry(1, 1), Entry(1, 3)]
    assert box.set_damaged_aside() == []


def test_only_the_same_packet_wrapped_again_takes_its_place(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.add(Entry(1, 1), build())
    with pytest.raises(StoreError, match="only the same packet"):
        box.exchange(Entry(1, 1), build(b"another"))
