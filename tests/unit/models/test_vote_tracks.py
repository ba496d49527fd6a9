"""Tracks of synthetic plates: patches of one plate share its dirt, or a vote would seem surer than it is."""

from collections.abc import Iterator

import numpy as np
import pytest

from kirpik.values import Luma
from kirpik_models import vote_tracks
from kirpik_models.fonts import ALPHABET, Face
from kirpik_models.vote_tracks import CHAR_HEIGHT_PX, PATCHES, Track, tracks

FACES = (Face("slabs", {char: np.full((96, 50), 255, np.uint8) for char in ALPHABET}),)


def some(count: int = 3) -> Iterator[Track]:
    return tracks(np.random.default_rng(4), FACES, count)


def test_the_road_wears_a_plate_once(monkeypatch: pytest.MonkeyPatch) -> None:
    worn: list[Luma] = []

    def wear(_: np.random.Generator, plate: Luma) -> Luma:
        worn.append(plate)
        return plate

    monkeypatch.setattr(vote_tracks, "weather", wear)
    assert [len(track.patches) for track in some()] == [PATCHES] * 3
    assert len(worn) == 3


def test_plates_at_home_and_abroad_take_turns_and_their_sizes_are_in_range() -> None:
    drawn = list(some(4))
    assert [track.abroad for track in drawn] == [False, True, False, True]
    assert all(CHAR_HEIGHT_PX[0] <= track.char_px <= CHAR_HEIGHT_PX[1] for track in drawn)


def test_no_two_patches_are_alike() -> None:
    (track,) = some(1)
    assert len({luma.tobytes() for luma, _ in track.patches}) == PATCHES
