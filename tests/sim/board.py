"""Pictures of a calibration board held before a camera: chessboard or ChArUco, blurred and noisy as a sensor gives."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.sim.camera import Camera, Lens

Array = NDArray[np.float64]
Face = Callable[[Array, Array], Array]
"""Brightness 0 to 1 at board coordinates in metres, origin in its middle."""

SUPER = 2
WHITE, BLACK, AROUND = 205.0, 22.0, 96.0
NOISE, BLUR_PX = 2.0, 0.7


@dataclass(frozen=True, slots=True)
class Chessboard:
    """`columns` × `rows` squares, so one fewer inner corner each way; a white rim of one square."""

    columns: int
    rows: int
    square_m: float

    def face(self, x: Array, y: Array) -> Array:
        column, row = x / self.square_m + self.columns / 2, y / self.square_m + self.rows / 2
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        dark = (np.floor(column) + np.floor(row)) % 2 == 0
        rim = (abs(x) < (self.columns / 2 + 1) * self.square_m) & (abs(y) < (self.rows / 2 + 1) * self.square_m)
        tone = np.where(inside & dark, BLACK, WHITE)
        return np.where(rim, tone, np.nan)


@dataclass(frozen=True, slots=True)
class Charuco:
    columns: int
    rows: int
    square_m: float
    marker_m: float

    def face(self, x: Array, y: Array) -> Array:
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
        board = cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_m, self.marker_m, dictionary)
        dots = 60
        sheet = board.generateImage((self.columns * dots, self.rows * dots), marginSize=0, borderBits=1)
        column = (x / self.square_m + self.columns / 2) * dots
        row = (y / self.square_m + self.rows / 2) * dots
        inside = (column >= 0) & (column < sheet.shape[1]) & (row >= 0) & (row < sheet.shape[0])
        at = sheet[np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int)]
        tone = np.where(at > 127, WHITE, BLACK)
        rim = (abs(x) < (self.columns / 2 + 0.5) * self.square_m) & (abs(y) < (self.rows / 2 + 0.5) * self.square_m)
        return np.where(rim, np.where(inside, tone, WHITE), np.nan)


Board = Chessboard | Charuco


def camera_of(lens: Lens) -> Camera:
    """At the origin, looking along Z: x right, y down."""
    return Camera(
        width=lens.width, height=lens.height, fx=lens.focal_px, fy=lens.focal_px, cx=(lens.width - 1) / 2,
        cy=(lens.height - 1) / 2, row_time_us=lens.row_time_us, position_m=np.zeros(3), rotation=np.eye(3),
        distortion=lens.distortion,
    )  # fmt: skip


def held(rng: np.random.Generator, lens: Lens, board: Board, *, fill: float) -> tuple[Array, Array]:
    """A hand's turn and place of the board: tilted up to 45°, about `fill` of the picture wide, somewhere in it."""
    tilt = rng.uniform(np.radians(20), np.radians(45))
    about = rng.uniform(0, 2 * np.pi)
    spin = rng.uniform(-0.3, 0.3)
    rotation, _ = cv2.Rodrigues(np.array([np.cos(about) * tilt, np.sin(about) * tilt, 0.0]))
    turn, _ = cv2.Rodrigues(np.array([0.0, 0.0, spin]))
    wide = board.columns * board.square_m
    distance = lens.focal_px * wide / (fill * lens.width)
    room = 0.5 * (1 - fill)
    place = np.array([rng.uniform(-room, room) * lens.width, rng.uniform(-room, room) * lens.height]) / lens.focal_px
    return np.asarray(rotation @ turn), np.array([*(place * distance), distance])


def picture(board: Board, lens: Lens, rotation: Array, place: Array, *, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What the sensor sees of the board."""
    camera = camera_of(lens)
    half = np.array([board.columns / 2 + 1, board.rows / 2 + 1]) * board.square_m
    rim = np.array([[sx * half[0], sy * half[1], 0.0] for sx in (-1, 0, 1) for sy in (-1, 0, 1)]) @ rotation.T + place
    seen = camera.project(rim)
    low = np.clip(np.floor(seen.min(axis=0)) - 2, 0, (lens.width, lens.height)).astype(int)
    high = np.clip(np.ceil(seen.max(axis=0)) + 3, 0, (lens.width, lens.height)).astype(int)
    scene = np.full((lens.height, lens.width), AROUND)
    if (high > low).all():
        scene[low[1] : high[1], low[0] : high[0]] = _board_in(board, camera, (rotation, place), low, high)
    blurred = cv2.GaussianBlur(scene, (0, 0), BLUR_PX)
    return np.asarray(np.clip(blurred + rng.normal(0, NOISE, scene.shape), 0, 255), dtype=np.uint8)


def _board_in(board: Board, camera: Camera, pose: tuple[Array, Array], low: Array, high: Array) -> Array:
    rotation, place = pose
    steps = (np.arange(SUPER) + 0.5) / SUPER - 0.5
    xs = (np.arange(low[0], high[0])[:, None] + steps).ravel()
    ys = (np.arange(low[1], high[1])[:, None] + steps).ravel()
    pixels = np.stack(np.meshgrid(xs, ys), axis=-1)
    flat = (pixels - (camera.cx, camera.cy)) / (camera.fx, camera.fy)
    ideal = camera._undistort(flat) if any(camera.distortion) else flat
    rays = np.concatenate([ideal, np.ones_like(ideal[..., :1])], axis=-1)
    normal = rotation[:, 2]
    reach = (place @ normal) / (rays @ normal)
    on_board = (rays * reach[..., None] - place) @ rotation
    tone = board.face(on_board[..., 0], on_board[..., 1])
    tone = np.where(np.isfinite(tone), tone, AROUND)
    return np.asarray(tone.reshape(high[1] - low[1], SUPER, high[0] - low[0], SUPER).mean(axis=(1, 3)))
