"""A card is right, or it boots nothing: whatever happens in between, at whichever write."""

import errno
import hashlib
import io
import os
from typing import Any

import pytest

from kirpik_provisioning.flash.writing import BLOCK, write_image
from kirpik_provisioning.image.trouble import DeviceError, ImageError

IMAGE = os.urandom(3 * BLOCK + 5000)
SHA256 = hashlib.sha256(IMAGE).hexdigest()


class Card:
    """Memory, which may break at its nth write or read, or keep a wrong byte."""

    def __init__(self, *, breaks_at: int | None = None, number: int = errno.EIO, spoils: int | None = None) -> None:
        self.data = bytearray(b"\xaa" * (5 * BLOCK))
        self.order: list[int] = []
        self.flushed = 0
        self._left, self._number, self._spoils = breaks_at, number, spoils

    def write(self, offset: int, block: memoryview) -> None:
        self._wear()
        self.order.append(offset)
        self.data[offset : offset + len(block)] = block
        if self._spoils is not None and offset <= self._spoils < offset + len(block):
            self.data[self._spoils] ^= 1

    def read(self, offset: int, size: int) -> memoryview:
        self._wear()
        return memoryview(bytes(self.data[offset : offset + size]))

    def flush(self) -> None:
        self.flushed += 1

    def _wear(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise OSError(self._number, os.strerror(self._number))

    @property
    def boots(self) -> bool:
        return self.data[:512] == IMAGE[:512]


def flash(card: Card, **words: object) -> None:
    write_image(io.BytesIO(IMAGE), card, name="/dev/sdx", **{"sha256": SHA256, **words})  # type: ignore[arg-type]  # as given


def test_the_card_holds_the_image_byte_for_byte() -> None:
    card = Card()
    written = write_image(io.BytesIO(IMAGE), card, name="/dev/sdx", sha256=SHA256)
    assert bytes(card.data[: len(IMAGE)]) == IMAGE
    assert (written.size, written.sha256) == (len(IMAGE), SHA256)


def test_the_partition_table_is_wiped_first_and_written_last() -> None:
    card = Card()
    flash(card)
    assert card.order == [0, BLOCK, 2 * BLOCK, 3 * BLOCK, 0]


def test_what_comes_behind_the_image_is_left_alone() -> None:
    card = Card()
    flash(card)
    assert set(card.data[4 * BLOCK :]) == {0xAA}


@pytest.mark.parametrize("step", range(1, 10))
@pytest.mark.parametrize("number", [errno.EIO, errno.ENXIO, errno.ENOSPC])
def test_broken_at_any_step_it_has_no_partition_table(step: int, number: int) -> None:
    """Steps: wipe, three writes, three reads, the table's write; a read of the table is the last."""
    card = Card(breaks_at=step, number=number)
    if step == 9:
        flash(card)
        assert card.boots
        return
    with pytest.raises(DeviceError, match="no partition table now"):
        flash(card)
    if step < 8:
        assert not card.boots
        assert set(card.data[:512]) == {0}


def test_a_card_that_went_before_anything_was_written_is_as_it_was() -> None:
    card = Card(breaks_at=0)
    with pytest.raises(DeviceError, match="went away"):
        flash(card)
    assert set(card.data) == {0xAA}


@pytest.mark.parametrize("place", [BLOCK, 2 * BLOCK + 77, 3 * BLOCK + 4999])
def test_one_wrong_bit_is_found_and_the_card_boots_nothing(place: int) -> None:
    card = Card(spoils=place)
    with pytest.raises(DeviceError, match=rf"read back at {place // BLOCK * 4} MiB is not what was written"):
        flash(card)
    assert not card.boots


def test_a_first_block_that_is_not_kept_is_wiped_again() -> None:
    card = Card(spoils=100)
    with pytest.raises(DeviceError, match="its first block does not stay"):
        flash(card)
    assert not card.boots


def test_a_wrong_hash_leaves_no_partition_table() -> None:
    card = Card()
    with pytest.raises(ImageError, match=r"SHA-256 is .*, expected 0000"):
        flash(card, sha256="0" * 64)
    assert not card.boots


def test_stopping_leaves_no_partition_table() -> None:
    card, asked = Card(), iter([False, True])
    with pytest.raises(DeviceError, match="stopped by you at 8 MiB"):
        flash(card, stop=lambda: next(asked))
    assert not card.boots


def test_a_damaged_archive_is_an_image_error_and_leaves_no_table() -> None:
    class Torn(io.BytesIO):
        def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401  as the library has it
            done = super().readinto(buffer)
            if self.tell() > 2 * BLOCK:
                raise ImageError("os.img.xz: damaged or not whole")
            return done

    card = Card()
    with pytest.raises(ImageError, match="damaged or not whole; the card has no partition table now"):
        write_image(Torn(IMAGE), card, name="/dev/sdx", sha256=SHA256)
    assert not card.boots


def test_an_empty_image_touches_nothing() -> None:
    card = Card()
    with pytest.raises(ImageError, match="empty"):
        write_image(io.BytesIO(b""), card, name="/dev/sdx", sha256=None)
    assert set(card.data) == {0xAA}


def test_progress_is_told_for_both_ways() -> None:
    told: list[tuple[str, int]] = []
    flash(Card(), say=lambda name, done: told.append((name, done)))
    assert told[2] == ("write", 3 * BLOCK + 8192)
    assert told[-1] == ("read back", 3 * BLOCK + 8192)
