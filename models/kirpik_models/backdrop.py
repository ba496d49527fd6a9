"""Roads and towns that never were: what stands behind the vehicles of a synthetic scene, by day and by night."""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def backdrop(rng: np.random.Generator, size: tuple[int, int], *, night: bool) -> Field:
    """A picture of `size` (width, height) without vehicles or lettering."""
    wide, high = size
    horizon = int(rng.uniform(-0.2, 0.6) * high)
    scene = np.full((high, wide), rng.uniform(60, 170), np.float32)
    for cells, strength in ((4, 20.0), (14, 14.0), (60, 10.0)):
        scene += _cloud(rng, size, cells) * float(rng.uniform(0, strength))
    if horizon > 4:
        _sky(rng, scene[:horizon])
        _houses(rng, scene, horizon)
    _lanes(rng, scene, horizon)
    for _ in range(int(rng.integers(0, 14))):
        _thing(rng, scene)
    if night:
        scene *= float(rng.uniform(0.05, 0.4))
        _lamps(rng, scene, int(rng.integers(0, 14)))
    return scene


def _cloud(rng: np.random.Generator, size: tuple[int, int], cells: int) -> Field:
    rows = max(2, cells * size[1] // size[0])
    small = rng.standard_normal((rows, cells), np.float32)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _sky(rng: np.random.Generator, part: Field) -> None:
    above, below = rng.uniform(110, 255, 2)
    part[:] = np.linspace(above, below, len(part), dtype=np.float32)[:, None]
    part += _cloud(rng, (part.shape[1], part.shape[0]), 6) * float(rng.uniform(0, 15))


def _houses(rng: np.random.Generator, scene: Field, horizon: int) -> None:
    """Blocks with rows of windows, trees as blots."""
    wide = scene.shape[1]
    for _ in range(int(rng.integers(0, 8))):
        x, w, h = int(rng.integers(-40, wide)), int(rng.uniform(0.05, 0.3) * wide), int(rng.uniform(0.1, 1.0) * horizon)
        foot = horizon + int(rng.integers(0, 12))
        cv2.rectangle(scene, (x, foot - h), (x + w, foot), float(rng.uniform(20, 220)), -1)
        step, level = int(rng.integers(5, 22)), float(rng.uniform(10, 255))
        if rng.random() < 0.6:
            for y in range(foot - h + 3, foot - step, step):
                for left in range(x + 3, x + w - step, step):
                    cv2.rectangle(scene, (left, y), (left + step // 2, y + step // 2), level, -1)
    for _ in range(int(rng.integers(0, 6))):
        centre = int(rng.integers(0, wide)), horizon - int(rng.integers(-5, max(6, horizon // 2)))
        axes = int(rng.integers(5, 60)), int(rng.integers(5, 50))
        cv2.ellipse(scene, centre, axes, 0, 0, 360, float(rng.uniform(10, 110)), -1)


def _lanes(rng: np.random.Generator, scene: Field, horizon: int) -> None:
    """Lane paint towards a vanishing point, zebra bars, kerbs."""
    high, wide = scene.shape
    vanishing = int(rng.integers(-wide // 2, wide + wide // 2)), horizon
    for _ in range(int(rng.integers(0, 6))):
        foot = int(rng.integers(-wide, 2 * wide))
        pieces = int(rng.integers(1, 9))
        level, thick = float(rng.uniform(120, 255)), int(rng.integers(1, 7))
        for start in np.linspace(0, 1, 2 * pieces + 1)[:-1:2]:
            far, near = (_between(vanishing, (foot, high), share) for share in (start, start + 0.5 / pieces))
            cv2.line(scene, far, near, level, thick)
    if rng.random() < 0.15:
        y, h, step = int(rng.uniform(0.4, 0.95) * high), int(rng.integers(4, 40)), int(rng.integers(12, 50))
        for x in range(int(rng.integers(-step, step)), wide, step):
            cv2.rectangle(scene, (x, y), (x + step // 2, y + h), float(rng.uniform(150, 250)), -1)


def _between(a: tuple[int, int], b: tuple[int, int], share: float) -> tuple[int, int]:
    return round(a[0] + (b[0] - a[0]) * share), round(a[1] + (b[1] - a[1]) * share)


def _thing(rng: np.random.Generator, scene: Field) -> None:
    """A pole, a box, a blot, a grid."""
    high, wide = scene.shape
    x, y = int(rng.integers(0, wide)), int(rng.integers(0, high))
    w, h = (int(np.exp(rng.uniform(1, 4.5))) for _ in range(2))
    level, kind = float(rng.uniform(0, 255)), rng.random()
    if kind < 0.35:
        cv2.rectangle(scene, (x, y), (x + w, y + h), level, -1 if rng.random() < 0.6 else int(rng.integers(1, 4)))
    elif kind < 0.55:
        cv2.ellipse(scene, (x, y), (w // 2 + 1, h // 2 + 1), float(rng.uniform(0, 180)), 0, 360, level, -1)
    elif kind < 0.8:
        cv2.line(
            scene, (x, y), (x + int(rng.normal(0, 60)), y + int(rng.normal(0, 90))), level, int(rng.integers(1, 5))
        )
    else:
        step = int(rng.integers(3, 12))
        for left in range(x, min(x + w, wide), step):
            cv2.line(scene, (left, y), (left, y + h), level, max(1, step // 3))


def _lamps(rng: np.random.Generator, scene: Field, count: int) -> None:
    """Street lamps, windows, far headlights."""
    high, wide = scene.shape
    for _ in range(count):
        glow(scene, (float(rng.uniform(0, wide)), float(rng.uniform(0, high))), float(np.exp(rng.uniform(0, 2.2))), rng)


def glow(scene: Field, centre: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    """A lamp that outshines what is round it, with a halo."""
    high, wide = scene.shape
    reach = int(radius * 8) + 2
    left, right = max(0, int(centre[0]) - reach), min(wide, int(centre[0]) + reach)
    top, bottom = max(0, int(centre[1]) - reach), min(high, int(centre[1]) + reach)
    if right <= left or bottom <= top:
        return
    x, y = np.arange(left, right) - centre[0], (np.arange(top, bottom) - centre[1])[:, None]
    distance = (x * x + y * y) / radius**2
    halo = float(rng.uniform(5, 60))
    scene[top:bottom, left:right] += (300 * np.exp(-(distance**2)) + halo * np.exp(-distance / 9)).astype(np.float32)
