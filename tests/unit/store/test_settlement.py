from pathlib import Path

import pytest

from kirpik.store.outbox import Entry, Outbox
from kirpik.store.settlement import settle
from kirpik.wire import packet
from kirpik.wire.receipt import Receipt, Refusal
from tests.unit.wire.samples import UNIT, build

PACKETS = {n: build(b"%d" % n, sequence=n) for n in range(1, 7)}
LINKS = {n: packet.link(data) for n, data in PACKETS.items()}
OTHER = b"\7" * 32


def word(
    up_to: int = 0, chain: bytes = bytes(32), *, epoch: int = 1, held: tuple[tuple[int, bytes], ...] = (),
    refused: tuple[Refusal, ...] = (),
) -> Receipt:  # fmt: skip
    return Receipt(
        unit=UNIT, epoch=epoch, up_to=up_to, chain=chain, selective=held, refused=refused,
        central_utc_ms=1, root_version=1, keyset_version=1,
    )  # fmt: skip


def held(*numbers: int) -> tuple[tuple[int, bytes], ...]:
    return tuple((number, LINKS[number]) for number in numbers)


CASES: dict[str, tuple[Receipt, list[int]]] = {
    "nothing": (word(), [1, 2, 3, 4, 5, 6]),
    "the first three": (word(3, LINKS[3]), [4, 5, 6]),
    "everything": (word(6, LINKS[6]), []),
    "another chain": (word(3, OTHER), [1, 2, 3, 4, 5, 6]),
    "another epoch": (word(3, LINKS[3], epoch=2), [1, 2, 3, 4, 5, 6]),
    "more than there is": (word(7, OTHER), [1, 2, 3, 4, 5, 6]),
    "later ones beyond a gap stay": (word(2, LINKS[2], held=held(4, 5)), [3, 4, 5, 6]),
    "later ones without a gap go": (word(2, LINKS[2], held=held(3, 4)), [5, 6]),
    "held by hash alone": (word(held=held(1, 2)), [3, 4, 5, 6]),
    "held with another hash": (word(held=((1, OTHER),)), [1, 2, 3, 4, 5, 6]),
    "refused in the middle": (word(3, LINKS[3], refused=(Refusal(2, LINKS[2], "record"),)), [4, 5, 6]),
    "refused at the end of what is covered": (word(3, LINKS[3], refused=(Refusal(3, LINKS[3], "seal"),)), [4, 5, 6]),
    "refused beyond a gap": (word(refused=(Refusal(4, LINKS[4], "record"),)), [1, 2, 3, 5, 6]),
    "refused with another hash": (word(refused=(Refusal(4, OTHER, "record"),)), [1, 2, 3, 4, 5, 6]),
}


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    outbox = Outbox(tmp_path, limit_bytes=10**6)
    for number, data in PACKETS.items():
        outbox.add(Entry(1, number), data)
    return outbox


@pytest.mark.parametrize("case", CASES)
def test_only_what_is_covered_goes_and_twice_is_harmless(box: Outbox, case: str) -> None:
    receipt, left = CASES[case]
    for _ in range(2):
        settle(receipt, box)
        assert [entry.sequence for entry in box.waiting()] == left


def test_what_was_refused_is_kept_apart(box: Outbox) -> None:
    assert settle(word(3, LINKS[3], refused=(Refusal(3, LINKS[3], "seal"),)), box).parked == 1
    assert box.parked() == 1


def test_another_packet_in_our_place_is_an_alarm(box: Outbox) -> None:
    assert settle(word(3, OTHER), box).forked
    assert not settle(word(3, LINKS[3]), box).forked
    assert not settle(word(3, LINKS[3]), box).forked


def test_after_each_word_what_is_left_of_an_epoch_is_one_piece(box: Outbox) -> None:
    settle(word(1, LINKS[1], held=held(3, 4)), box)
    settle(word(1, LINKS[1], held=held(2)), box)
    settle(word(4, LINKS[4]), box)
    assert [entry.sequence for entry in box.waiting()] == [5, 6]
