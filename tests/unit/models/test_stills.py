"""Whatever file is given is read or refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kirpik.errors import InputError
from kirpik.values import Luma
from kirpik_models.stills import list_inputs, open_stills


def luma_of(path: Path) -> Luma:
    (still,) = open_stills(path, path.name)
    return still.luma


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "CMYK", "1"])
def test_every_common_kind_of_picture_becomes_luma(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "x.tif"
    Image.new("RGB", (40, 30), (200, 200, 200)).convert(mode).save(path)
    luma = luma_of(path)
    assert luma.shape == (30, 40)
    assert luma.dtype == np.uint8
    assert luma.mean() > 150


def test_a_colour_jpeg_gives_the_brightness_that_its_colours_mean(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    Image.new("RGB", (64, 48), (200, 40, 90)).save(path, quality=95)
    expected = np.asarray(Image.new("RGB", (1, 1), (200, 40, 90)).convert("L"))[0, 0]
    assert abs(int(luma_of(path)[20, 20]) - int(expected)) <= 2


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.fromarray(np.full((20, 20), 32768, np.uint16)).save(path)
    assert abs(int(luma_of(path)[0, 0]) - 127) <= 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.jpg", b""), ("x.jpg", b"no picture"), ("x.mp4", b"no video"), ("x.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40)],
)
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=name):
        list(open_stills(path, name))


def test_a_truncated_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(InputError, match="damaged"):
        list(open_stills(path, "x.jpg"))


def test_a_picture_of_a_few_pixels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.new("L", (3, 3)).save(path)
    with pytest.raises(InputError, match="at least"):
        list(open_stills(path, "x.png"))


def test_a_folder_gives_its_pictures_in_order_and_by_their_names(tmp_path: Path) -> None:
    for name in ("b.png", "a.jpg", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert [name for _, name in list_inputs([tmp_path])] == ["a.jpg", "b.png"]


def test_a_missing_path_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such"):
        list_inputs([tmp_path / "gone"])
    with pytest.raises(InputError, match="no picture"):
        list_inputs([tmp_path])
