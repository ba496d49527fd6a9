"""The empty road: asphalt, verge, paint, kerbs and whatever stands beside it, rendered once a scene."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.sim.bodies import lettering
from tests.sim.camera import Camera
from tests.sim.light import Light
from tests.sim.strokes import glyph
from tests.sim.texture import Picture, lay_over, level_for, on_canvas, reduce_by_area, warp

Array = NDArray[np.float64]

ASPHALT, VERGE, PAINT, KERB = 0.115, 0.10, 0.50, 0.27
EDGE_CELLS = 3
"""Cells per pixel when edges are drawn."""
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Board:
    """Something flat that stands beside the road: a sign, an advert, a barrier, a pole."""

    x_m: tuple[float, float]
    y_m: tuple[float, float]
    z_m: tuple[float, float]
    reflectance: float
    lines: tuple[str, ...] = ()
    ink: float = 0.03
    border: float | None = None
    retro: bool = False

    def corners(self) -> Array:
        """Bottom left, bottom right, top right, top left."""
        (x0, x1), (y0, y1), (z0, z1) = self.x_m, self.y_m, self.z_m
        return np.array([[x0, y0, z0], [x1, y1, z0], [x1, y1, z1], [x0, y0, z1]])


@dataclass(frozen=True, slots=True)
class Road:
    """Lanes side by side, straight ahead; metres of the road frame."""

    edges_m: tuple[float, ...]
    """Lane borders from left to right: the first and last are the carriageway's edges."""
    solid: bool = False
    solid_y_m: tuple[float, float] | None = None
    """Where the inner lines are solid and not dashed."""
    stop_line_y_m: float | None = None
    cross_road_y_m: tuple[float, float] | None = None
    words: tuple[tuple[str, float, float], ...] = ()
    """Painted on the road: text, x of its centre, y of its foot."""
    boards: tuple[Board, ...] = ()


def _ground_quad(x0: float, x1: float, y0: float, y1: float) -> Array:
    return np.array([[x0, y0, 0.0], [x1, y0, 0.0], [x1, y1, 0.0], [x0, y1, 0.0]])


class _Masks:
    """Coverage of polygons on the road, drawn with several cells a pixel."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._canvas = np.zeros((camera.height * EDGE_CELLS, camera.width * EDGE_CELLS), np.uint8)

    def cover(self, quads: list[Array]) -> Picture:
        self._canvas[:] = 0
        for quad in quads:
            pixels = on_canvas(self._camera.project(quad), (0, 0), EDGE_CELLS)
            cv2.fillPoly(self._canvas, [np.round(np.clip(pixels, -3e4, 3e4) * 16).astype(np.int32)], 255, shift=4)
        size = (self._camera.width, self._camera.height)
        return np.asarray(cv2.resize(self._canvas, size, interpolation=cv2.INTER_AREA) / np.float32(255), np.float32)


def _grain(ground: Array, footprint_m: Picture, rng: np.random.Generator) -> Picture:
    """Noise that lies on the road: octaves that are finer than a pixel fade out."""
    total = np.zeros(ground.shape[:2], np.float32)
    for wavelength_m, weight in ((0.012, 0.30), (0.03, 0.12), (0.25, 0.06), (1.7, 0.08), (7.0, 0.10)):
        tile = rng.standard_normal((256, 256)).astype(np.float32)
        tile = cv2.GaussianBlur(np.tile(tile, (3, 3)), (0, 0), 0.8)[256:513, 256:513] * 2.2
        x, y = ((np.nan_to_num(ground[..., i] / wavelength_m) % 256).astype(np.float32) for i in (0, 1))
        fade = np.clip(wavelength_m / np.maximum(footprint_m, 1e-4) - 0.4, 0.0, 1.0)
        total += weight * fade * cv2.remap(tile, x, y, cv2.INTER_LINEAR)
    return total


def _paint_quads(road: Road, rng: np.random.Generator) -> list[Array]:
    quads = []
    for i, x in enumerate(road.edges_m):
        inner = 0 < i < len(road.edges_m) - 1
        until = road.stop_line_y_m or 160.0
        if not inner or road.solid:
            at = x if inner else x + (0.25 if i == 0 else -0.25)
            quads.append(_ground_quad(at - 0.06, at + 0.06, 3.0, until))
        else:
            start = float(rng.uniform(0, 6))
            quads += [_ground_quad(x - 0.06, x + 0.06, y, y + 3.0) for y in np.arange(start, until - 3, 8.0) if y > 2]
            if road.solid_y_m is not None:
                quads.append(_ground_quad(x - 0.06, x + 0.06, *road.solid_y_m))
    if road.stop_line_y_m is not None:
        y = road.stop_line_y_m
        quads.append(_ground_quad(road.edges_m[0] + 0.2, road.edges_m[-1] - 0.2, y - 0.2, y + 0.2))
        for x in np.arange(road.edges_m[0] + 0.4, road.edges_m[-1] - 0.4, 1.0):
            quads.append(_ground_quad(x, x + 0.5, y + 6.0, y + 9.0))
    return quads


def _words(canvas: Picture, camera: Camera, road: Road) -> None:
    """Long letters on the asphalt, as drivers see them."""
    for word, x, y in road.words:
        left = x - 0.65 * len(word) / 2
        for char in word:
            cover = glyph(char, 256)
            quad = _ground_quad(left, left + 0.5, y, y + 2.6)[[3, 2, 1, 0]]
            left += 0.65
            layer = warp(cover, camera.project(quad), (camera.height, camera.width))
            layer = 0.8 * np.clip(layer, 0, 1)
            canvas += layer * (PAINT - canvas)


def _stand(picture: Picture, camera: Camera, board: Board, light: Light) -> None:
    """Draws one board into the finished ground."""
    corners = board.corners()
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    normal /= np.linalg.norm(normal)
    towards = camera.position_m - corners.mean(0)
    normal = normal if normal @ towards > 0 else -normal
    depth = float(camera.depth_m(corners).mean())
    shine = light.on(normal, depth) + (1.4 * light.flash_at(depth) if board.retro else 0.0)
    pixels = on_canvas(camera.project(corners), (0, 0), EDGE_CELLS)
    low = np.floor(pixels.min(0) / EDGE_CELLS).astype(int) - 1
    high = np.ceil(pixels.max(0) / EDGE_CELLS).astype(int) + 1
    low, high = np.clip(low, 0, [camera.width, camera.height]), np.clip(high, 0, [camera.width, camera.height])
    if (high - low).min() <= 1:
        return
    part = picture[low[1] : high[1], low[0] : high[0]]
    canvas = np.repeat(np.repeat(part, EDGE_CELLS, 0), EDGE_CELLS, 1)
    quad = pixels - low * EDGE_CELLS
    cv2.fillPoly(canvas, [np.round(quad * 16).astype(np.int32)], board.reflectance * shine, shift=4)
    _letter(canvas, quad, board, shine)
    part[:] = reduce_by_area(canvas, EDGE_CELLS)


def _letter(canvas: Picture, quad: Array, board: Board, shine: float) -> None:
    rows = len(board.lines)
    for i, line in enumerate(board.lines):
        levels = lettering(line, dark=board.ink * shine)
        top, bottom = 1 - (i + 0.15) / rows, 1 - (i + 0.85) / rows
        half = min(0.46, 0.5 * 0.9)
        corners = []
        for u, v in ((0.5 - half, top), (0.5 + half, top), (0.5 + half, bottom), (0.5 - half, bottom)):
            low = quad[0] + (quad[1] - quad[0]) * u
            high = quad[3] + (quad[2] - quad[3]) * u
            corners.append(low + (high - low) * v)
        target = np.array(corners)
        width = float(np.linalg.norm(target[1] - target[0]))
        lay_over(canvas, warp(levels[level_for(levels, width)], target, (canvas.shape[0], canvas.shape[1])))


def _daylight(ground: Array, light: Light) -> Picture:
    """Light on the road at each pixel: even by day, pools under the lamps and the flash's beam by night."""
    even = light.on(UP, 1e6)
    if not light.night:
        return np.full(ground.shape[:2], even, np.float32)
    x, y = np.nan_to_num(ground[..., 0], nan=0.0), np.nan_to_num(ground[..., 1], nan=200.0)
    pools = np.zeros_like(x)
    if light.street_lamps:
        for at in (-8.0, 22.0, 52.0, 82.0, 112.0):
            pools += np.exp(-((x - 4.0) ** 2 / 60.0 + (y - at) ** 2 / 90.0))
    beam = 0.05 * light.flash * (25.0 / np.clip(y, 5, 300)) ** 1.1
    return np.asarray(even * (0.35 + 1.5 * pools) + beam, np.float32)


def render(camera: Camera, road: Road, light: Light, rng: np.random.Generator) -> Picture:
    """Linear luminance of the empty scene, (height, width)."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width].astype(np.float64)
    ground = camera.ground(np.stack([u, v], axis=-1))
    below = np.isfinite(ground[..., 1])
    step = np.abs(np.gradient(np.nan_to_num(ground[..., 1], nan=400.0), axis=0))
    grain = _grain(ground, np.maximum(step, 1e-4).astype(np.float32), rng)
    masks = _Masks(camera)
    left, right = road.edges_m[0], road.edges_m[-1]
    tarmac = [_ground_quad(left, right, 2.0, 250.0)]
    if road.cross_road_y_m is not None:
        tarmac.append(_ground_quad(-80.0, 80.0, *road.cross_road_y_m))
    kerb = masks.cover([_ground_quad(left - 0.22, right + 0.22, 2.0, 250.0)])
    asphalt = masks.cover(tarmac)
    paint = masks.cover(_paint_quads(road, rng))
    picture = np.full(kerb.shape, VERGE, np.float32) * (1 + 1.6 * grain)
    picture += kerb * (KERB - picture)
    picture += asphalt * (ASPHALT * (1 + grain) - picture)
    worn = np.clip(0.85 + 1.2 * grain, 0.25, 1.0)
    picture += paint * worn * (PAINT * (1 + 0.2 * grain) - picture)
    _words(picture, camera, road)
    picture = np.clip(picture, 0.005, 1.0) * _daylight(ground, light)
    picture[~below] = 0.75 if not light.night else 0.004
    for board in sorted(road.boards, key=lambda b: -max(b.y_m)):
        _stand(picture, camera, board, light)
    return picture.astype(np.float32)
