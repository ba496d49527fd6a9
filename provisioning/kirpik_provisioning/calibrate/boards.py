"""Pictures of a calibration board → corners → lens. The only file of the calibration that knows OpenCV."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kirpik.errors import ConfigError, InputError

Array = NDArray[np.float64]

LEAST_CORNERS = 12
MODELS: dict[str, tuple[str, ...]] = {
    "none": (),
    "k1": ("k1",),
    "k1 k2": ("k1", "k2"),
    "k1 k2 p1 p2": ("k1", "k2", "p1", "p2"),
}
"""Tried from the plainest: what a lens does not show in these pictures is not asked for."""


@dataclass(frozen=True, slots=True)
class Board:
    """A flat board with corners whose places on it are known."""

    columns: int
    """Squares, not corners."""
    rows: int
    square_mm: float
    marker_mm: float | None = None
    """Of a ChArUco board; None for a chessboard."""

    @property
    def corners(self) -> int:
        return (self.columns - 1) * (self.rows - 1)


@dataclass(frozen=True, slots=True)
class Sighted:
    """One picture's corners: places on the board in mm (n, 3), and in the picture (n, 2)."""

    name: str
    on_board: Array
    in_picture: Array


@dataclass(frozen=True, slots=True)
class LensFit:
    focal_px: float
    centre_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float]
    rms_px: float
    residuals: tuple[Array, ...]
    """Of each picture, (n, 2) pixels."""
    model: str


def _opencv() -> Any:  # noqa: ANN401  the library has no types
    try:
        import cv2  # noqa: PLC0415  an extra of the bench: a unit and a central never need it
    except ImportError as error:
        raise ConfigError("board pictures need OpenCV: pip install opencv-python-headless") from error
    return cv2


def find_board(path: Path, board: Board) -> tuple[Sighted | None, tuple[int, int]]:
    """The board in a picture, None where it is not seen whole enough, and the picture's width and height."""
    cv2 = _opencv()
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise InputError(f"{path}: not a picture that can be read")
    found = _chessboard(cv2, grey, board) if board.marker_mm is None else _charuco(cv2, grey, board)
    size = (grey.shape[1], grey.shape[0])
    return (None if found is None else Sighted(path.name, *found)), size


def _chessboard(cv2: Any, grey: Any, board: Board) -> tuple[Array, Array] | None:  # noqa: ANN401
    wide, high = board.columns - 1, board.rows - 1
    flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_ACCURACY
    seen, corners = cv2.findChessboardCornersSB(grey, (wide, high), flags)
    if not seen:
        return None
    x, y = np.meshgrid(np.arange(wide), np.arange(high))
    on_board = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1) * board.square_mm
    return on_board.astype(np.float64), corners.reshape(-1, 2).astype(np.float64)


def _charuco(cv2: Any, grey: Any, board: Board) -> tuple[Array, Array] | None:  # noqa: ANN401
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
    sheet = cv2.aruco.CharucoBoard((board.columns, board.rows), board.square_mm, board.marker_mm, dictionary)
    corners, ids, _, _ = cv2.aruco.CharucoDetector(sheet).detectBoard(grey)
    if ids is None or len(ids) < LEAST_CORNERS:
        return None
    places = sheet.getChessboardCorners()[ids.ravel()]
    return places.astype(np.float64), corners.reshape(-1, 2).astype(np.float64)


def fit_lens(seen: Sequence[Sighted], size: tuple[int, int], model: str) -> LensFit:
    """Square pixels: one focal length. `model` names the distortion that is fitted, of MODELS."""
    cv2 = _opencv()
    wanted = MODELS[model]
    flags = cv2.CALIB_FIX_ASPECT_RATIO | cv2.CALIB_FIX_K3
    flags |= 0 if "p1" in wanted else cv2.CALIB_ZERO_TANGENT_DIST
    flags |= 0 if "k1" in wanted else cv2.CALIB_FIX_K1
    flags |= 0 if "k2" in wanted else cv2.CALIB_FIX_K2
    on_board = [one.on_board.astype(np.float32) for one in seen]
    in_picture = [one.in_picture.astype(np.float32) for one in seen]
    start = np.array([[2.0 * size[0], 0, size[0] / 2], [0, 2.0 * size[0], size[1] / 2], [0, 0, 1]])
    flags |= cv2.CALIB_USE_INTRINSIC_GUESS
    rms, matrix, bent, turns, shifts = cv2.calibrateCamera(on_board, in_picture, size, start, np.zeros(5), flags=flags)
    residuals = []
    for places, pixels, turn, shift in zip(on_board, in_picture, turns, shifts, strict=True):
        again, _ = cv2.projectPoints(places, turn, shift, matrix, bent)
        residuals.append(np.asarray(pixels - again.reshape(-1, 2), dtype=np.float64))
    k1, k2, p1, p2, k3 = (float(value) for value in bent.ravel()[:5])
    centre = (float(matrix[0, 2]), float(matrix[1, 2]))
    return LensFit(float(matrix[0, 0]), centre, (k1, k2, p1, p2, k3), float(rms), tuple(residuals), model)
