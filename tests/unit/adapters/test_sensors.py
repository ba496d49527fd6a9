"""Cameras and boards by name: the right read-out, or a sentence."""

from pathlib import Path

import pytest

from kirpik.adapters.sensors import BOARDS, SENSORS, check_board, choose_mode, find_sensor, read_board
from kirpik.errors import CameraError


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("imx708", "Camera Module 3"),
        ("imx708_wide_noir", "Camera Module 3"),
        ("imx477_noir", "HQ Camera"),
        ("imx296", "Global Shutter Camera"),
        ("imx500", "AI Camera"),
    ],
)
def test_each_variant_of_a_camera_is_known(model: str, name: str) -> None:
    assert find_sensor(model).name == name


def test_another_camera_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(CameraError, match=r"camera 'ov5647': not one that Kirpik knows, expected imx708 \(Camera Mod"):
        find_sensor("ov5647")


@pytest.mark.parametrize(
    ("model", "size", "fps", "mode"),
    [
        ("imx296", (1456, 1088), 60, (1456, 1088)),
        ("imx708", (1536, 864), 50, (2304, 1296)),
        ("imx708", (4608, 2592), 10, (4608, 2592)),
        ("imx477", (2028, 1520), 30, (2028, 1520)),
        ("imx500", (1280, 720), 30, (2028, 1520)),
    ],
)
def test_the_smallest_read_out_that_has_all_pixels_is_taken(
    model: str, size: tuple[int, int], fps: float, mode: tuple[int, int]
) -> None:
    assert choose_mode(SENSORS[model], size, fps).size == mode


def test_more_than_a_camera_can_is_refused_with_what_it_can() -> None:
    with pytest.raises(CameraError, match=r"cannot give 4056×3040 at 30 pictures a second, it can 2028×1520 at 40, "):
        choose_mode(SENSORS["imx477"], (4056, 3040), 30)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0\0", "Raspberry Pi 5"),
        ("Raspberry Pi 4 Model B Rev 1.5\0", "Raspberry Pi 4"),
        ("Raspberry Pi 400 Rev 1.0\0", "Raspberry Pi 4"),
        ("Raspberry Pi Zero 2 W Rev 1.0\0", "Raspberry Pi Zero 2"),
        ("Raspberry Pi 9 Model Z\0", "another board"),
    ],
)
def test_the_board_is_known_by_what_the_device_tree_says(tmp_path: Path, told: str, name: str) -> None:
    (tmp_path / "model").write_text(told)
    board = read_board(tmp_path / "model")
    assert board is not None
    assert board.name == name


def test_what_is_no_raspberry_pi_is_no_board(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("linux,dummy-virt\0")
    assert read_board(tmp_path / "model") is None
    assert read_board(tmp_path / "none") is None


def test_an_image_processor_that_was_not_found_is_told_before_the_first_frame() -> None:
    with pytest.raises(CameraError, match=r"Pi 5: picamera2 found the image processor VC4, expected PISP; may the eye"):
        check_board(BOARDS[0], "VC4", (1456, 1088))
    check_board(BOARDS[0], "PISP", (1456, 1088))


def test_a_small_board_refuses_large_pictures() -> None:
    with pytest.raises(CameraError, match="2028×1520 is too much for it, expected at most 1600000 pixels"):
        check_board(BOARDS[-1], "VC4", (2028, 1520))
    check_board(BOARDS[-1], "VC4", (1456, 1088))
