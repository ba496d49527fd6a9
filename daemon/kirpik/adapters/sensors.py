"""What Kirpik knows of cameras and boards before it opens one: a table of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kirpik.errors import CameraError

BOARD_NAME = Path("/proc/device-tree/model")
VARIANTS = ("_noir", "_wide")

Size = tuple[int, int]
"""Width, height in pixels."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which a sensor can be read out."""

    size: Size
    most_fps: float
    bits: int = 10


@dataclass(frozen=True, slots=True)
class Sensor:
    name: str
    rows_at_once: bool
    """A global shutter; the others read one row after the other, and the site file says how long a row takes."""
    can_focus: bool
    modes: Sequence[Mode]
    """Smallest first; those that show the whole field of view alone."""


SENSORS = {
    "imx708": Sensor("Camera Module 3", rows_at_once=False, can_focus=True,
                     modes=(Mode((2304, 1296), 56.0), Mode((4608, 2592), 14.3))),
    "imx477": Sensor("HQ Camera", rows_at_once=False, can_focus=False,
                     modes=(Mode((2028, 1520), 40.0, 12), Mode((4056, 3040), 10.0, 12))),
    "imx296": Sensor("Global Shutter Camera", rows_at_once=True, can_focus=False, modes=(Mode((1456, 1088), 60.3),)),
    "imx500": Sensor("AI Camera", rows_at_once=False, can_focus=False,
                     modes=(Mode((2028, 1520), 30.0), Mode((4056, 3040), 10.0))),
}  # fmt: skip
"""By the name that the kernel's driver has. The AI camera's own networks are left alone: it is a sensor like any."""


@dataclass(frozen=True, slots=True)
class Board:
    name: str
    platform: Literal["VC4", "PISP"]
    """The image processor that picamera2 must have found."""
    buffers: int
    """Pictures in the camera's memory; more of them forgive a slow moment and cost contiguous memory."""
    most_pixels: int
    """Of the full stream."""


BOARDS = (
    Board("Raspberry Pi 5", "PISP", 6, 12_400_000),
    Board("Raspberry Pi Compute Module 5", "PISP", 6, 12_400_000),
    Board("Raspberry Pi 500", "PISP", 6, 12_400_000),
    Board("Raspberry Pi 4", "VC4", 4, 3_200_000),
    Board("Raspberry Pi Compute Module 4", "VC4", 4, 3_200_000),
    Board("Raspberry Pi 400", "VC4", 4, 3_200_000),
    Board("Raspberry Pi Zero 2", "VC4", 3, 1_600_000),
)
OTHER = Board("another board", "VC4", 4, 3_200_000)


def find_sensor(model: str) -> Sensor:
    """Of the model that libcamera names, such as `imx708_wide_noir`. Raises CameraError for one that is not known."""
    base = model
    for variant in VARIANTS:
        base = base.replace(variant, "")
    try:
        return SENSORS[base]
    except KeyError:
        known = ", ".join(f"{name} ({sensor.name})" for name, sensor in SENSORS.items())
        raise CameraError(f"camera '{model}': not one that Kirpik knows, expected {known}") from None


def choose_mode(sensor: Sensor, size: Size, fps: float) -> Mode:
    """The smallest read-out with all the pixels that the site was calibrated for. Raises CameraError for too many."""
    for mode in sensor.modes:
        if mode.size[0] >= size[0] and mode.size[1] >= size[1] and mode.most_fps >= fps:
            return mode
    can = ", ".join(f"{mode.size[0]}×{mode.size[1]} at {mode.most_fps:g}" for mode in sensor.modes)
    raise CameraError(f"{sensor.name}: cannot give {size[0]}×{size[1]} at {fps:g} pictures a second, it can {can}")


def read_board(path: Path = BOARD_NAME) -> Board | None:
    """None where this is no Raspberry Pi."""
    try:
        name = path.read_text(errors="replace").rstrip("\0\n")
    except OSError:
        return None
    if not name.startswith("Raspberry Pi"):
        return None
    return next((board for board in BOARDS if name.startswith(board.name)), OTHER)


def check_board(board: Board | None, platform: str, size: Size) -> None:
    """Raises CameraError where the image processor was not found, or the pictures are too large for this board."""
    if board is None:
        return
    if platform != board.platform and board is not OTHER:
        raise CameraError(
            f"{board.name}: picamera2 found the image processor {platform}, expected {board.platform};"
            " may the eye open /dev/video*?"
        )
    if size[0] * size[1] > board.most_pixels:
        raise CameraError(
            f"{board.name}: {size[0]}×{size[1]} is too much for it, expected at most {board.most_pixels} pixels"
        )
