"""What the road does to a flat plate: dirt, mud, snow, uneven light, shadows, lamps, relief."""

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma

Field = NDArray[np.float32]


def weather(rng: np.random.Generator, plate: Luma) -> Luma:
    """Dirt, mud, uneven light, a shadow's edge, a reflection on the flat plate."""
    picture = plate.astype(np.float32)
    for chance, effect in (
        (0.5, _gradient),
        (0.3, _shadow),
        (0.35, _stain),
        (0.15, _spots),
        (0.05, _smudges),
        (0.1, _glare),
        (0.07, _lamps),
        (0.06, _lower_mud),
        (0.04, _snow),
        (0.15, _relief),
    ):
        if rng.random() < chance:
            picture = effect(rng, picture)
    return as_bytes(picture)


def _gradient(rng: np.random.Generator, image: Field) -> Field:
    a, b = (float(value) for value in rng.uniform(0.45, 1.15, 2))
    rows, columns = image.shape
    if rng.random() < 0.7:
        return image * np.linspace(a, b, columns, dtype=np.float32)[None, :]
    return image * np.linspace(a, b, rows, dtype=np.float32)[:, None]


def _shadow(rng: np.random.Generator, image: Field) -> Field:
    rows, columns = image.shape
    x = int(rng.integers(0, columns))
    lean = int(rng.integers(-columns // 2, columns // 2 + 1))
    far = columns if rng.random() < 0.5 else 0
    mask = np.ones_like(image)
    outline = np.array([[x, 0], [x + lean, rows], [far, rows], [far, 0]], np.int32)
    cv2.fillPoly(mask, [outline], float(rng.uniform(0.2, 0.85)))
    if rng.random() < 0.5:
        mask = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(1, 6)))
    return image * mask


def _stain(rng: np.random.Generator, image: Field) -> Field:
    return image + _smooth(rng, (image.shape[0], image.shape[1]), int(rng.integers(5, 40))) * float(rng.uniform(3, 18))


def _spots(rng: np.random.Generator, image: Field) -> Field:
    rows, columns = image.shape
    for _ in range(int(rng.integers(1, 8))):
        centre = int(rng.integers(0, columns)), int(rng.integers(0, rows))
        cv2.circle(image, centre, int(rng.integers(1, max(2, rows // 12))), float(rng.uniform(20, 200)), -1)
    return image


def _smudges(rng: np.random.Generator, image: Field) -> Field:
    """Ragged patches of earth, thick in the middle: beside a foot they make a J of an I, within a gap an 8 of a 3."""
    rows, columns = image.shape
    for _ in range(int(rng.integers(1, 6))):
        wide = float(np.exp(rng.uniform(np.log(0.05), np.log(0.5)))) * rows
        high = wide * float(rng.uniform(0.4, 1.2))
        x, y = float(rng.uniform(0, columns)), float(rng.uniform(0.0, 1.0)) * rows
        left, top = max(0, round(x - 1.5 * wide)), max(0, round(y - 1.5 * high))
        part = image[top : round(y + 1.5 * high) + 1, left : round(x + 1.5 * wide) + 1]
        if not part.size:
            continue
        down, across = np.mgrid[: part.shape[0], : part.shape[1]].astype(np.float32)
        away = np.hypot((across + left - x) / wide, (down + top - y) / high)
        ragged = 0.35 * _smooth(rng, part.shape, int(rng.integers(3, 9))) + 0.25 * _smooth(rng, part.shape, 16)
        share = np.clip((1 - away + ragged) * float(rng.uniform(0.8, 4.0)), 0, float(rng.uniform(0.35, 0.95)))
        part += (float(rng.uniform(20, 120)) - part) * np.where(away < 1.5, share, 0).astype(np.float32)
    return image


def _glare(rng: np.random.Generator, image: Field) -> Field:
    rows, columns = image.shape
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    cx, cy, radius = rng.uniform(0, columns), rng.uniform(0, rows), rng.uniform(0.2, 0.8) * rows
    spot = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / np.float32(2 * radius**2))
    return np.asarray(image + spot * np.float32(rng.uniform(40, 160)), np.float32)


def _lamps(rng: np.random.Generator, image: Field) -> Field:
    """One or two lamps above the plate: their light falls off downward, right below them nothing is left."""
    rows, columns = image.shape
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    middle, apart = float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.1, 0.3)) * float(rng.random() < 0.7)
    radius = float(rng.uniform(0.15, 0.7)) * rows
    light = np.zeros_like(image)
    for centre in (middle - apart, middle + apart):
        above = float(rng.uniform(-0.1, 0.3)) * rows
        light += np.exp(-((x - centre * columns) ** 2 / 2 + (y + above) ** 2) / radius**2)
    return np.asarray(image * (1 + light * float(rng.uniform(0, 1))) + light * float(rng.uniform(30, 260)), np.float32)


def _lower_mud(rng: np.random.Generator, image: Field) -> Field:
    rows, columns = image.shape
    height = np.linspace(-1, 1, rows, dtype=np.float32)[:, None] * 2 + _smooth(rng, (rows, columns), 8)
    share = np.clip(height - float(rng.uniform(0, 1.5)), 0, 1) * float(rng.uniform(0.3, 0.8))
    return np.asarray(image * (1 - share) + float(rng.uniform(50, 130)) * share, np.float32)


def _snow(rng: np.random.Generator, image: Field) -> Field:
    """Lumps along the lower or upper edge and flakes elsewhere, as bright as paper."""
    rows, columns = image.shape
    level, lump = float(rng.uniform(170, 255)), _smooth(rng, (rows, columns), int(rng.integers(6, 24)))
    down = np.linspace(-1, 1, rows, dtype=np.float32)[:, None] * float(rng.choice([-1, 1]))
    share = np.clip((down * 3 + lump - float(rng.uniform(1.6, 2.8))) * 2, 0, 1)
    for _ in range(int(rng.integers(0, 12))):
        centre = int(rng.integers(0, columns)), int(rng.integers(0, rows))
        cv2.circle(share, centre, max(1, rows // int(rng.integers(14, 40))), 1.0, -1)
    return np.asarray(image + (level - image) * share, np.float32)


def _relief(rng: np.random.Generator, image: Field) -> Field:
    """Stamped characters are raised: light from aside leaves a bright and a dark edge along each."""
    dx, dy = (float(value) for value in rng.normal(0, 1, 2))
    kernel = np.array([[-dy - dx, -2 * dy, -dy + dx], [-2 * dx, 0, 2 * dx], [dy - dx, 2 * dy, dy + dx]], np.float32)
    slope = cv2.filter2D(image, -1, kernel / 8, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(image + slope * float(rng.uniform(0.1, 0.45)), np.float32)


def _smooth(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Field:
    """Slowly varying random field of about unit deviation."""
    rows, columns = shape
    small = rng.normal(0, 1, (max(2, cells * rows // max(columns, 1)), cells)).astype(np.float32)
    return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)


def as_bytes(image: Field) -> Luma:
    return np.asarray(np.clip(image + 0.5, 0, 255), np.uint8)
