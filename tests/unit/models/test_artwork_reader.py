"""Artwork and crops for the reader: every format is drawn, its text obeys its grammar, the same seed gives the same."""

from pathlib import Path

import numpy as np
import pytest

from kirpik.vision.plates import match
from kirpik_models.artwork import draw
from kirpik_models.brush import Brush
from kirpik_models.fonts import ALPHABET, Face, load_faces
from kirpik_models.layouts import LAYOUTS
from kirpik_models.letters import draw_pen
from kirpik_models.reader_data import synthetic
from kirpik_models.trimmings import mark_in_a_row

FORMATS = sorted({layout.plate_format for layout in LAYOUTS})


@pytest.fixture(scope="module")
def faces() -> tuple[Face, ...]:
    """A face of bars, so that no font file is needed."""
    rng = np.random.default_rng(1)
    glyphs = {char: (rng.random((96, 50)) > 0.6).astype(np.uint8) * 255 for char in ALPHABET}
    return (Face("bars", glyphs),)


@pytest.mark.parametrize("plate_format", FORMATS)
def test_every_formats_artwork_obeys_its_grammar(faces: tuple[Face, ...], plate_format: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(10):
        art = draw(rng, faces, plate_format=plate_format)
        assert art.luma.shape == (art.size_mm[1], art.size_mm[0])
        assert "".join(art.row_texts) == art.text
        assert len(art.row_texts) == art.rows
        assert plate_format == "any" or match(art.text, [plate_format], rows=art.rows) == plate_format


def test_a_mark_in_a_row_leaves_the_rest_of_it_to_the_characters(faces: tuple[Face, ...]) -> None:
    layout = next(one for one in LAYOUTS if one.rows == 2 and "flag:KZ" in one.left)
    rows = ((10, 10, 270, 95), (10, 105, 270, 190))
    marked = 0
    for seed in range(30):
        canvas = np.full((200, 280), 255, np.uint8)
        brush = Brush(canvas, draw_pen(np.random.default_rng(seed), faces[0]), 0, np.random.default_rng(seed))
        rest = mark_in_a_row(brush, layout, rows)
        taken = [before for before, after in zip(rows, rest, strict=True) if before != after]
        marked += len(taken)
        free = all((canvas[top:bottom, left:right] == 255).all() for left, top, right, bottom in rest)
        assert free
        assert taken or (canvas == 255).all()
    assert 0 < marked < 30


def test_a_plate_of_one_row_has_no_mark_within_it(faces: tuple[Face, ...]) -> None:
    brush = Brush(
        np.zeros((112, 520), np.uint8), draw_pen(np.random.default_rng(1), faces[0]), 0, np.random.default_rng(1)
    )
    assert mark_in_a_row(brush, LAYOUTS[0], ((9, 9, 500, 100),)) == ((9, 9, 500, 100),)


def test_the_same_seed_draws_the_same_plate(faces: tuple[Face, ...]) -> None:
    one, two = (draw(np.random.default_rng(3), faces) for _ in range(2))
    assert one.text == two.text
    assert (one.luma == two.luma).all()


def test_crops_have_the_readers_size_and_a_text_or_nothing(faces: tuple[Face, ...]) -> None:
    rng = np.random.default_rng(5)
    crops = [crop for _ in range(20) for crop in synthetic(rng, faces)]
    assert {crop.luma.shape for crop in crops} == {(40, 192)}
    assert all(set(crop.text) <= set(ALPHABET) for crop in crops)


def test_a_folder_without_fonts_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no usable font"):
        load_faces(tmp_path)
