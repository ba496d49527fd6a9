"""Vehicle bodies: a side profile drawn out to the width, with glass, lamps, wheels and lettering on it.

Local frame: x to the right, y away from the camera, z up; the plate's plane is y = 0 and the body lies behind it.
A body is a list of faces in the order in which they are painted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tests.sim.shapes import CHROME, GLASS, PLASTIC, PROFILES, TYRE, End, Shape, Strip
from tests.sim.strokes import text as ink
from tests.sim.texture import Levels, pyramid

Array = NDArray[np.float64]
Lamp = Literal["none", "tail", "brake", "head"]


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A flat part. `lamp` says what makes it shine; `print` is artwork, colour times coverage and coverage."""

    points: Array
    reflectance: float
    normal: Array
    lamp: Lamp = "none"
    print: Levels | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    shape: Shape
    length_m: float
    width_m: float
    height_m: float
    faces: tuple[Face, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What tells one vehicle of a class from the next."""

    paint: float
    lettering: tuple[str, ...] = ()
    route: str = ""
    painted: bool = False
    """Bumper in the body's colour, not in dark plastic."""


def _flat(points: Array) -> Face:
    normal = np.cross(points[1] - points[0], points[2] - points[0])
    return Face(points=points, reflectance=0.0, normal=normal / max(float(np.linalg.norm(normal)), 1e-9))


def _patch(strip: Array, box: tuple[float, float, float, float]) -> Array:
    """Part of a strip (bottom left, bottom right, top right, top left): left, right −1 … 1, bottom, top 0 … 1."""
    left, right, bottom, top = box
    corners = []
    for u, v in ((left, bottom), (right, bottom), (right, top), (left, top)):
        low = strip[0] + (strip[1] - strip[0]) * (u + 1) / 2
        high = strip[3] + (strip[2] - strip[3]) * (u + 1) / 2
        corners.append(low + (high - low) * v)
    return np.array(corners)


def _strips(profile: tuple[Strip, ...], look: Look) -> Iterator[tuple[int, list[Face]]]:
    """Each strip with its own glass, from the nearest upward and over."""
    for i in range(1, len(profile)):
        a, b = profile[i - 1], profile[i]
        quad = np.array([[-a.half, a.y, a.z], [a.half, a.y, a.z], [b.half, b.y, b.z], [-b.half, b.y, b.z]])
        base = _flat(quad)
        own = b.paint is None or (look.painted and b.paint == PLASTIC)
        faces = [replace(base, reflectance=look.paint if own or b.paint is None else b.paint)]
        if b.glass is not None:
            left, right, low, high = b.glass
            faces.append(replace(base, points=_patch(quad, b.glass), reflectance=GLASS))
            sky = _patch(quad, (left * 0.97, right * 0.97, low + 0.6 * (high - low), high - 0.03))
            faces.append(replace(base, points=sky, reflectance=2.2 * GLASS))
        yield i, faces


def _wheel(side: float, y: float, radius: float) -> Iterator[Face]:
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    for scale, reflectance in ((1.0, TYRE), (0.62, 0.3), (0.2, 0.05)):
        ring = np.stack(
            [np.full(20, side), y + scale * radius * np.cos(angle), radius + scale * radius * np.sin(angle)], axis=1
        )
        yield Face(points=ring, reflectance=reflectance, normal=np.array([np.sign(side), 0.0, 0.0]))


def _side(profile: tuple[Strip, ...], look: Look, sign: float, radius: float) -> Iterator[Face]:
    """One flank: lower body, glasshouse or box, wheels."""
    normal = np.array([sign, 0.0, 0.0])
    outline = np.array([[sign * p.half, p.y, p.z] for p in profile])
    yield Face(points=outline, reflectance=look.paint, normal=normal)
    roof = max(p.z for p in profile)
    upper = [p for p in profile if p.z > 0.66 * roof]
    if roof < 2.0 and len(upper) >= 3:
        sill = 0.70 * roof
        pane = [[sign * p.half, p.y, max(sill, sill + (p.z - sill) * 0.86)] for p in upper]
        yield Face(points=np.array(pane), reflectance=GLASS, normal=normal)
    length = profile[-1].y
    for y in (0.19 * length, 0.80 * length):
        yield from _wheel(sign * (max(p.half for p in profile) - 0.03), y, radius)


def _under(profile: tuple[Strip, ...], radius: float) -> Iterator[Face]:
    """What is seen below the bumper: the rear tyres and darkness."""
    half = max(p.half for p in profile)
    facing = np.array([0.0, -1.0, 0.0])
    dark = np.array([[-half, 0.5, 0.12], [half, 0.5, 0.12], [half, 0.5, 0.5], [-half, 0.5, 0.5]])
    yield Face(points=dark, reflectance=0.01, normal=facing)
    for sign in (-1.0, 1.0):
        x0, x1 = sorted((sign * half, sign * (half - 0.24)))
        tyre = np.array([[x0, 0.35, 0.0], [x1, 0.35, 0.0], [x1, 0.35, 2 * radius], [x0, 0.35, 2 * radius]])
        yield Face(points=tyre, reflectance=TYRE, normal=facing)


def _trim(shape: Shape, end: End, index: int, strip: Array, base: Face) -> Iterator[Face]:
    """Seams, reflectors and a badge: what makes a rear more than a plane."""
    if end == "front" or shape == "truck":
        return
    if index == 1:
        for left in (-0.86, 0.62):
            yield replace(base, points=_patch(strip, (left, left + 0.24, 0.35, 0.6)), reflectance=0.12)
        yield replace(base, points=_patch(strip, (0.5, 0.62, 0.0, 0.18)), reflectance=0.25)
    if index == 2:
        yield replace(base, points=_patch(strip, (-0.9, 0.9, 0.0, 0.035)), reflectance=0.012)
    if index == (3 if shape == "saloon" else 2) and shape in ("saloon", "hatch"):
        yield replace(base, points=_patch(strip, (-0.06, 0.06, 0.80, 0.93)), reflectance=CHROME)
    if index == 3 and shape in ("hatch", "van"):
        yield replace(base, points=_patch(strip, (-0.02, 0.45, 0.10, 0.14)), reflectance=0.01)
        yield replace(base, points=_patch(strip, (-0.2, 0.2, 0.91, 0.96)), reflectance=0.15, lamp="brake")


def _lamps(shape: Shape, end: End, strip: Array, base: Face) -> Iterator[Face]:
    """Tail and brake lamps, or headlamps and a grille, on the strip that carries them."""
    if end == "front":
        inner, low, high = (0.60, 0.35, 0.9) if shape in ("saloon", "hatch") else (0.66, 0.25, 0.65)
        grille = _patch(strip, (-0.52, 0.52, 0.45, 0.95))
        yield replace(base, points=grille, reflectance=PLASTIC)
        for sign in (-1.0, 1.0):
            box = tuple(sorted((sign * 0.96, sign * inner)))
            yield replace(base, points=_patch(strip, (box[0], box[1], low, high)), reflectance=CHROME)
            core = tuple(sorted((sign * 0.86, sign * 0.72)))
            yield replace(
                base, points=_patch(strip, (core[0], core[1], low + 0.1, high - 0.15)), reflectance=0.6, lamp="head"
            )
        return
    tall = shape in ("van", "truck", "bus")
    inner, low, high = (0.88, 0.1, 0.85) if tall else (0.66, 0.45, 0.92)
    for sign in (-1.0, 1.0):
        box = tuple(sorted((sign * 0.98, sign * inner)))
        yield replace(base, points=_patch(strip, (box[0], box[1], low, high)), reflectance=0.16, lamp="tail")
        middle = (low + high) / 2
        yield replace(base, points=_patch(strip, (box[0], box[1], low, middle)), reflectance=0.2, lamp="brake")


def lettering(line: str, *, dark: float, height_px: int = 96) -> Levels:
    """Sign writing as artwork: colour times coverage, coverage."""
    cover = ink(line, height_px)
    width = -(-cover.shape[1] // 32) * 32
    padded = np.zeros((height_px, width), np.float32)
    padded[:, : cover.shape[1]] = cover
    return pyramid(np.stack([padded * dark, padded], axis=-1), smallest_px=8)


def _written(strip: Array, base: Face, line: str, box: tuple[float, float, float, float], dark: float) -> Face:
    levels = lettering(line, dark=dark)
    return replace(base, points=_patch(strip, box), print=levels)


def _carried(shape: Shape, end: End, look: Look, faces: list[Face], index: int) -> Iterator[Face]:
    """Lamps and lettering of strip `index`, which `faces` begins with."""
    strip, base = faces[0].points, faces[0]
    yield from _trim(shape, end, index, strip, base)
    lamp_strip = (
        2 if shape == "truck" and end == "rear" else (3 if shape in ("saloon", "hatch") and end == "front" else None)
    )
    if index == (lamp_strip or (3 if shape == "saloon" else 2)):
        yield from _lamps(shape, end, strip, base)
    big = {"truck": 3, "van": 2, "bus": 2}.get(shape)
    if end == "rear" and index == big:
        for row, line in enumerate(look.lettering):
            half = min(0.8, 0.07 * len(line))
            top = 0.82 - 0.26 * row
            yield _written(strip, base, line, (-half, half, top - 0.13, top), 0.03 if look.paint > 0.2 else 0.7)
    if shape == "bus" and index == 4 and look.route:
        yield _written(strip, base, look.route, (-0.35, 0.35, 0.15, 0.8), 0.75 if look.paint < 0.3 else 0.03)


def build(shape: Shape, end: End, look: Look) -> Body:
    """A body in painting order: underneath, flanks, then the strips from the far end to the near one."""
    profile = PROFILES[shape, end]
    radius = 0.48 if shape in ("truck", "bus") else 0.32
    faces = list(_under(profile, radius))
    for sign in (-1.0, 1.0):
        faces += _side(profile, look, sign, radius)
    strips = [[*found, *_carried(shape, end, look, found, i)] for i, found in _strips(profile, look)]
    for found in reversed(strips):
        faces += found
    return Body(
        shape=shape,
        length_m=profile[-1].y,
        width_m=2 * max(p.half for p in profile),
        height_m=max(p.z for p in profile),
        faces=tuple(faces),
    )
