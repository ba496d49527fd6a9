"""What a careless finder takes for a plate: lettering, signs, badges, grilles, adverts, blank panels."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from kirpik.values import Luma
from kirpik_models.boards import chevrons, relief, shining
from kirpik_models.fonts import Face
from kirpik_models.paste import Field, paste
from kirpik_models.pose import pose

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"


def strew(rng: np.random.Generator, scene: Field, faces: Sequence[Face], count: int) -> None:
    """Hang `count` of them into the scene, before the vehicles are drawn."""
    high, wide = scene.shape
    for _ in range(count):
        place = rng.uniform(0, 1, 2) * (wide, high)
        hang(rng, scene, faces, (float(place[0]), float(place[1])), float(np.exp(rng.uniform(2.3, 5.3))))


def hang(
    rng: np.random.Generator, scene: Field, faces: Sequence[Face], centre: tuple[float, float], width_px: float
) -> None:
    """One of them at a place, about that wide."""
    at = np.clip(np.array(centre, int), 0, np.array(scene.shape[::-1]) - 1)
    hang_flat(rng, scene, _flat(rng, faces, float(scene[at[1], at[0]]), width_px), centre, width_px)


def hang_flat(rng: np.random.Generator, scene: Field, flat: Luma, centre: tuple[float, float], width_px: float) -> None:
    """A flat picture at a place, seen about as plates are."""
    height_px = width_px * flat.shape[0] / flat.shape[1]
    paste(scene, flat, pose(rng, width_px, height_px, tilt_rad=0.04) + np.array(centre))


def display(
    rng: np.random.Generator, scene: Field, faces: Sequence[Face], centre: tuple[float, float], width_px: float
) -> None:
    """A bus's destination or a taxi's sign: bright letters on a dark strip, or the other way round."""
    canvas = np.full((60, round(60 * float(rng.uniform(2.5, 9)))), rng.uniform(0, 40), np.uint8)
    lit = _write(rng, faces, _words(rng), canvas, float(rng.uniform(120, 255)), stretch=False)
    hang_flat(rng, scene, lit if rng.random() < 0.7 else np.asarray(255 - lit, np.uint8), centre, width_px)


def _flat(rng: np.random.Generator, faces: Sequence[Face], ground: float, width_px: float) -> Luma:
    flats: tuple[tuple[float, Callable[[], Luma]], ...] = (
        (0.06, lambda: chevrons(rng)),
        (0.06, lambda: shining(rng, _stencil(rng, faces, _shop_name(rng)), ground)),
        (0.05, lambda: relief(rng, _stencil(rng, faces, _words(rng)), ground)),
        (0.2, lambda: lettering(rng, faces, ground)),
        (0.22, lambda: _board(rng, faces)),
        (0.09, lambda: _street_name(rng, faces)),
        (0.11, lambda: grate(rng)),
        (0.12, lambda: sign(rng, faces)),
        (0.09, lambda: _panel(rng) if width_px > 45 else grate(rng)),
    )
    return flats[int(rng.choice(len(flats), p=[share for share, _ in flats]))][1]()


def _stencil(rng: np.random.Generator, faces: Sequence[Face], text: str) -> Luma:
    """Letters, 255 in their strokes."""
    return _write(rng, faces, text, np.zeros((60, 60), np.uint8), 255.0, stretch=True)


def lettering(rng: np.random.Generator, faces: Sequence[Face], ground: float) -> Luma:
    """A word or a telephone number on the ground that is there anyway."""
    ink = float(np.clip(ground + rng.choice([-1, 1]) * rng.uniform(40, 200), 0, 255))
    canvas = np.full((60, 60), np.clip(ground, 0, 255), np.uint8)
    return _write(rng, faces, _words(rng), canvas, ink, stretch=True)


def _board(rng: np.random.Generator, faces: Sequence[Face]) -> Luma:
    """Several lines, or one on a board too long or too plain for a plate."""
    paper, ink = float(rng.uniform(0, 255)), float(rng.uniform(0, 255))
    lines = int(rng.integers(2, 6)) if rng.random() < 0.7 else 1
    aspect = float(rng.uniform(0.6, 3.0)) if lines > 2 else float(rng.uniform(6.5, 12))
    canvas = np.full((160, round(160 * aspect)), paper, np.uint8)
    step = 160 // lines
    for line in range(lines):
        inset = int(rng.integers(0, max(1, canvas.shape[1] // 6)))
        part = canvas[line * step + step // 8 : (line + 1) * step - step // 8, inset + 4 : canvas.shape[1] - inset - 4]
        part[:] = _write(rng, faces, _words(rng), part, ink, stretch=False)
    if rng.random() < 0.5:
        cv2.rectangle(canvas, (2, 2), (canvas.shape[1] - 3, 157), ink, int(rng.integers(1, 7)))
    return canvas


def _street_name(rng: np.random.Generator, faces: Sequence[Face]) -> Luma:
    """One word on a board of a plate's shape, as it hangs on houses and over shops: without a digit it is no plate."""
    canvas = np.full((100, round(100 * float(rng.uniform(2.5, 6)))), rng.uniform(0, 255), np.uint8)
    word = _shop_name(rng)
    ink = float(np.clip(canvas[0, 0] + rng.choice([-1, 1]) * rng.uniform(70, 220), 0, 255))
    part = canvas[18:82, 6:-6]
    part[:] = _write(rng, faces, word, part, ink, stretch=False)
    return canvas


def sign(rng: np.random.Generator, faces: Sequence[Face]) -> Luma:
    """A round or square road sign with a number or a shape in it."""
    canvas = np.full((120, 120), rng.uniform(30, 200), np.uint8)
    paper, ink = float(rng.uniform(0, 255)), float(rng.uniform(0, 255))
    if rng.random() < 0.6:
        cv2.circle(canvas, (60, 60), 58, ink, -1)
        cv2.circle(canvas, (60, 60), int(rng.integers(38, 56)), paper, -1)
    else:
        cv2.rectangle(canvas, (4, 4), (115, 115), paper, -1)
    if rng.random() < 0.6:
        text = "".join(rng.choice(list(_DIGITS), int(rng.integers(1, 4))))
        part = canvas[38:82, 28:92]
        part[:] = _write(rng, faces, text, part, ink, stretch=False)
    else:
        cv2.arrowedLine(canvas, (int(rng.integers(30, 90)), 90), (int(rng.integers(30, 90)), 30), ink, 10)
    return canvas


def grate(rng: np.random.Generator) -> Luma:
    """Bars, louvres, barrier stripes, lamp clusters."""
    high, wide = int(rng.integers(30, 120)), int(rng.integers(60, 400))
    canvas = np.full((high, wide), rng.uniform(0, 255), np.uint8)
    level, step = float(rng.uniform(0, 255)), int(rng.integers(6, 40))
    lean = int(rng.choice([0, 0, high, -high]))
    for place in range(-high, wide + high, step):
        if rng.random() < 0.5 or lean:
            cv2.line(canvas, (place, 0), (place + lean, high), level, max(1, step // 2))
        else:
            cv2.line(canvas, (0, place), (wide, place), level, max(1, step // 2))
    return canvas


def _panel(rng: np.random.Generator) -> Luma:
    """A plain light rectangle of a plate's shape, perhaps framed: no plate, for nothing stands on it."""
    canvas = np.full((100, int(rng.integers(140, 520))), rng.uniform(90, 255), np.uint8)
    if rng.random() < 0.5:
        cv2.rectangle(canvas, (1, 1), (canvas.shape[1] - 2, 98), float(rng.uniform(0, 90)), int(rng.integers(1, 8)))
    return canvas


def _shop_name(rng: np.random.Generator) -> str:
    """A word as long as a plate's text, or a little longer."""
    return "".join(rng.choice(list(_LETTERS + "AEIOU" * 3), int(rng.integers(4, 10))))


def _words(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.2:
        return "".join(rng.choice(list(_DIGITS), int(rng.integers(9, 13))))
    if kind < 0.45:
        return "".join(rng.choice(list(_DIGITS if rng.random() < 0.6 else _LETTERS), int(rng.integers(1, 5))))
    signs = list(_LETTERS + "    ")
    return "".join(rng.choice(signs, int(rng.integers(2, 16)))).strip() or "TAXI"


def _write(
    rng: np.random.Generator, faces: Sequence[Face], text: str, canvas: Luma, ink: float, *, stretch: bool
) -> Luma:
    """Letters across the canvas; with `stretch` the canvas is made as wide as they need."""
    face = faces[int(rng.integers(len(faces)))]
    high = canvas.shape[0]
    masks = [_glyph(face, char, round(high * 0.8)) for char in text]
    space = round(high * float(rng.uniform(0.05, 0.25)))
    line = np.concatenate([np.pad(mask, ((0, 0), (0, space))) for mask in masks], 1)
    wide = line.shape[1] + high // 2 if stretch else canvas.shape[1]
    if line.shape[1] > wide - 2:
        line = np.asarray(cv2.resize(line, (max(2, wide - 2), line.shape[0]), interpolation=cv2.INTER_AREA), np.uint8)
    whole = np.zeros((high, wide), np.float32)
    top, left = (high - line.shape[0]) // 2, (wide - line.shape[1]) // 2
    whole[top : top + line.shape[0], left : left + line.shape[1]] = line / np.float32(255)
    paper = float(canvas.mean())
    return np.asarray(paper + (ink - paper) * whole, np.uint8)


def _glyph(face: Face, char: str, high: int) -> Luma:
    high = max(high, 4)
    mask = face.glyphs.get(char)
    if mask is None:
        return np.zeros((high, max(2, high // 3)), np.uint8)
    wide = max(2, round(mask.shape[1] * high / mask.shape[0]))
    return np.asarray(cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
