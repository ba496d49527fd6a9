"""Our own face: every character there, none mistaken for another."""

from itertools import combinations

import cv2
import numpy as np

from tests.sim.glyphs import GLYPHS
from tests.sim.strokes import glyph, text

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def same_box(char: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.asarray(cv2.resize(glyph(char, 96), (48, 96), interpolation=cv2.INTER_AREA), np.float32)


def test_every_plate_character_can_be_drawn() -> None:
    assert set(CHARACTERS) <= set(GLYPHS)
    for char in CHARACTERS:
        shape = glyph(char, 76)
        assert shape.shape[0] == 76
        assert 0.15 < float(shape.mean()) < 0.9, char


def test_no_two_characters_share_their_shape() -> None:
    for a, b in combinations(CHARACTERS, 2):
        widths = GLYPHS[a][0] / GLYPHS[b][0]
        differing = float(np.abs(same_box(a) - same_box(b)).mean())
        assert differing > 0.04 or not 0.85 < widths < 1.18, f"{a} and {b} differ in {differing:.3f} of their box"


def test_a_line_is_as_long_as_its_characters_and_gaps() -> None:
    assert text("10", 100).shape == (100, 40 + 16 + 50)
