"""Places without a plate: of these the corner finder shall say that it sees none, whatever the detector says."""

from collections.abc import Callable, Sequence

import numpy as np

from kirpik.values import Luma, Quad
from kirpik_models.bodywork import Paint, badge, grille, lamps, panel, seams
from kirpik_models.clutter import grate, hang_flat, lettering, sign
from kirpik_models.fonts import Face
from kirpik_models.optics import optics
from kirpik_models.paste import Field
from kirpik_models.pose import outline

ASPECTS = (1.2, 5.5)


def nothing(rng: np.random.Generator, faces: Sequence[Face], width_px: float) -> tuple[Luma, Quad]:
    """A piece of a vehicle or a wall, and a quad round what a detector may have taken for a plate."""
    size = round(2.4 * width_px + 16), round(1.6 * width_px + 16)
    paint = Paint(float(rng.uniform(5, 245)), float(rng.uniform(0, 0.35)), night=bool(rng.random() < 0.3))
    scene = np.full(size[::-1], paint.level, np.float32)
    whole = np.array([(0, 0), (size[0], 0), (size[0], size[1]), (0, size[1])], np.float64)
    panel(rng, scene, whole, paint, paint.level)
    if rng.random() < 0.6:
        seams(rng, scene, (0, 0, *size), paint)
    _draw(rng, scene, faces, paint, width_px)
    high = width_px / float(rng.uniform(*ASPECTS))
    middle = np.array(size) / 2 + rng.normal(0, 0.06, 2) * width_px
    luma = np.asarray(np.clip(scene + 0.5, 0, 255), np.uint8)
    seen = optics(rng, luma, strength=float(np.clip(width_px / 90, 0.35, 1.5)) * float(rng.choice([0.4, 1.0])))
    return seen, outline(middle[0] - width_px / 2, middle[1] - high / 2, width_px, high)


def _draw(rng: np.random.Generator, scene: Field, faces: Sequence[Face], paint: Paint, width_px: float) -> None:
    """What tempts, in the middle."""
    x, y = scene.shape[1] / 2, scene.shape[0] / 2
    reach = width_px * float(rng.uniform(0.35, 0.7))
    box = round(x - reach), round(y - reach / 3), round(x + reach), round(y + reach / 3)
    flats: tuple[Callable[[], Luma], ...] = (
        lambda: lettering(rng, faces, float(scene[round(y), round(x)])),
        lambda: grate(rng),
        lambda: sign(rng, faces),
    )
    kind = rng.random()
    if kind < 0.5:
        hang_flat(rng, scene, flats[int(rng.choice(3, p=[0.7, 0.25, 0.05]))](), (x, y), 2 * reach)
    elif kind < 0.65:
        grille(rng, scene, box)
    elif kind < 0.75:
        badge(rng, scene, (x, y), reach / 3)
    elif kind < 0.9:
        lamps(rng, scene, box, paint, width_px)
