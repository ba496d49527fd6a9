"""What detectors took for plates on real streets: chevron boards, shop names that shine, lettering in relief."""

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma

Mask = NDArray[np.uint8]
"""Letters, 255 in their strokes."""


def chevrons(rng: np.random.Generator) -> Luma:
    """The board at a bend or a roundabout: arrows of one kind side by side, often framed."""
    count, high = int(rng.integers(1, 5)), 100
    wide = round(high * count * float(rng.uniform(0.6, 1.2)))
    paper, ink = (float(level) for level in rng.permutation([rng.uniform(120, 255), rng.uniform(20, 150)]))
    canvas = np.full((high, wide), paper, np.float32)
    step, thick, point = wide / count, wide / count * float(rng.uniform(0.3, 0.55)), float(rng.uniform(0.3, 0.6))
    for number in range(count):
        x = number * step + (step - thick - point * high / 2) / 2
        outer = [(x, 0), (x + thick, 0), (x + thick + point * high / 2, high / 2), (x + thick, high), (x, high)]
        arrow = np.array([*outer, (x + point * high / 2, high / 2)])
        cv2.fillPoly(canvas, [np.round(arrow * 16).astype(np.int32)], ink, shift=4)
    if rng.random() < 0.6:
        cv2.rectangle(canvas, (2, 2), (wide - 3, high - 3), paper, int(rng.integers(4, 14)))
    return np.asarray(canvas if rng.random() < 0.5 else canvas[:, ::-1], np.uint8)


def shining(rng: np.random.Generator, letters: Mask, ground: float) -> Luma:
    """Letters with a lamp in each, and the glow around them; on a dark wall or a box of its own."""
    margin = round(letters.shape[0] * float(rng.uniform(0.1, 0.5)))
    lit = cv2.copyMakeBorder(letters, margin, margin, margin, margin, cv2.BORDER_CONSTANT).astype(np.float32) / 255
    glow = cv2.GaussianBlur(lit, (0, 0), letters.shape[0] * float(rng.uniform(0.08, 0.4)))
    wall = min(ground, 90.0) if rng.random() < 0.6 else float(rng.uniform(0, 120))
    bright = wall + float(rng.uniform(0, 120)) * glow
    return np.asarray(np.clip(bright + (255 - bright) * lit, 0, 255), np.uint8)


def relief(rng: np.random.Generator, letters: Mask, ground: float) -> Luma:
    """A model's name in the metal's own colour or in chrome: light on one side of each stroke, shade on the other."""
    mask = letters.astype(np.float32) / 255
    reach = max(1, round(letters.shape[0] * float(rng.uniform(0.03, 0.08))))
    lit = mask - np.roll(mask, (reach, reach), (0, 1))
    own = float(rng.uniform(-40, 90)) * mask
    return np.asarray(np.clip(ground + own + float(rng.uniform(20, 110)) * lit, 0, 255), np.uint8)
