"""The shipped reader: fit for the unit and an Edge TPU, and able to read what no dirt hides."""

import numpy as np
import pytest
from PIL import ImageFont

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models, read_manifest
from kirpik.vision.patch import Patch
from kirpik.vision.read import Reader
from kirpik_models.artwork import Artwork, draw
from kirpik_models.flatcheck import check
from kirpik_models.fonts import Face, face_of

PATH = find_models() / "reader.tflite"


@pytest.fixture(scope="module")
def faces() -> tuple[Face, ...]:
    """Pillow brings one face of its own."""
    font = ImageFont.load_default(400)
    assert isinstance(font, ImageFont.FreeTypeFont)
    face = face_of("pillow", font)
    assert face is not None
    return (face,)


@pytest.fixture(scope="module")
def reader() -> Reader:
    settings = read_manifest(find_models()).networks["reader"].settings
    return Reader(TfliteNetwork(PATH), temperature=settings["temperature"], accept=0.5, formats=["kz"])


def seen(art: Artwork, *, width_px: int) -> Patch:
    """The flat plate `width_px` wide on a grey car."""
    import cv2  # noqa: PLC0415  the lab's, not the unit's

    width, height = art.size_mm
    size = (width_px, round(height * width_px / width))
    small = cv2.resize(art.luma, size, interpolation=cv2.INTER_AREA)
    luma = np.full((size[1] + 40, size[0] + 40), 110, np.uint8)
    luma[20:-20, 20:-20] = small
    left, top, right, bottom = 19.5, 19.5, size[0] + 19.5, size[1] + 19.5
    quad = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return Patch(0, float(size[0]), quad, luma)


def test_the_file_passes_the_edge_tpus_list_of_operations() -> None:
    assert check(PATH).troubles == ()
    assert PATH.stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("plate_format", "width_px"), [("kz2012_private", 180), ("kz2012_private", 110), ("kz2012_org", 140)]
)
def test_clean_plates_are_read(faces: tuple[Face, ...], reader: Reader, plate_format: str, width_px: int) -> None:
    rng = np.random.default_rng(11)
    plates = [draw(rng, faces, plate_format=plate_format) for _ in range(40)]
    read = [reader.read([seen(art, width_px=width_px if art.rows == 1 else width_px * 2 // 3)]) for art in plates]
    right = [bool(found and found.plate.reveal() == art.text) for found, art in zip(read, plates, strict=True)]
    assert sum(right) >= 34


def test_what_is_no_plate_is_not_read(reader: Reader) -> None:
    rng = np.random.default_rng(2)
    quad = np.array([(10.0, 10.0), (110.0, 10.0), (110.0, 34.0), (10.0, 34.0)])
    for level in (0, 20, 60):
        luma = np.clip(rng.normal(120, level, (44, 120)), 0, 255).astype(np.uint8)
        assert reader.read([Patch(0, 100.0, quad, luma)]) is None
