"""Training of the detector: heat by a focal loss, corners where there is heat, on random cuts of scenes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from kirpik_models.detector_net import DetectorNet
from kirpik_models.detector_targets import mirrored, targets
from kirpik_models.fonts import Face
from kirpik_models.realframes import RealFrame
from kirpik_models.recover import recovery_from
from kirpik_models.ring import Ring, open_ring, start_filling
from kirpik_models.scenes import FORM, SceneSamples
from kirpik_models.training import Run, as_input, keep_going, resume

BATCH = 16
CUT = (192, 320)
"""Height and width of what one sample shows."""
ZOOMED, ZOOM = 0.15, 1.6
"""Share of cuts that are enlarged, and by how much at most: for plates as wide as the picture."""
PEAK_RATE = 1.5e-3
RING_SIZE = 6_000
FIRST = 500
"""Samples that must be there before training begins."""
CORNER_WEIGHT = 4.0
MIDDLE = 0.7
"""Cells with so much heat are a plate's middle, all alike: of a wide plate nobody could say which one it is, and the
score would be shared out among them."""
SUSPECT = 0.25
"""In real frames a cell this hot without a label may be a plate nobody wrote down: it counts for nothing, unless
somebody looked."""


def train(
    folder: Path,
    faces: Sequence[Face],
    frames: Sequence[RealFrame],
    check: Callable[[nn.Module], dict[str, float]],
    *,
    minutes: float,
    seed: int = 1,
    start: Path | None = None,
) -> Path:
    """Train for `minutes` in all, over any number of calls.

    A new run begins with the weights of the .tflite file `start`, if one is given, and then learns more gently.
    """
    ring = open_ring(folder / "ring", RING_SIZE, FORM)
    filler = start_filling((folder / "ring", RING_SIZE, FORM), SceneSamples(faces, frames), seed)
    try:
        while ring.ready < FIRST:
            filler.join(1)
        recovery = recovery_from(start, lambda: [np.asarray(luma, np.uint8) for luma in ring.arrays["luma"][:FIRST]])
        run = resume(folder, DetectorNet(), peak_rate=PEAK_RATE, recovery=recovery)
        rng = np.random.default_rng([seed, run.steps])
        return keep_going(folder, run, lambda run: _step(run, ring, rng), check, minutes=minutes)
    finally:
        filler.terminate()


def heat_loss(logits: torch.Tensor, heat: torch.Tensor, judged: torch.Tensor) -> torch.Tensor:
    """Focal loss with soft surroundings (CenterNet), a cell of a plate's middle; all shapes (n, rows, columns)."""
    chance = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    peak = heat >= MIDDLE
    hit = -torch.log(chance) * (1 - chance) ** 2
    miss = -torch.log(1 - chance) * chance**2 * (1 - heat) ** 4
    return torch.where(peak, hit, miss * judged).sum() / peak.sum().clamp(min=1)


def _step(run: Run, ring: Ring, rng: np.random.Generator) -> torch.Tensor:
    drawn = ring.draw(rng, BATCH)
    cuts = [_cut(rng, drawn["luma"][at], drawn["quads"][at], drawn["kinds"][at]) for at in range(BATCH)]
    wanted = [targets(quads, kinds, CUT) for _, quads, kinds in cuts]
    heat, judged, refused, corners, weights = (
        torch.from_numpy(np.stack([getattr(each, name) for each in wanted]))
        for name in ("heat", "judged", "refused", "corners", "weights")
    )
    with torch.autocast("cpu", torch.bfloat16):
        logits, said = run.network(as_input(np.stack([luma for luma, _, _ in cuts])))
    logits, said = logits.float()[:, 0], said.float()
    real = torch.from_numpy(np.asarray(drawn["real"], np.float32))[:, None, None]
    suspect = (torch.sigmoid(logits.detach()) > SUSPECT) & (heat < 0.05) & (refused < 1)
    judged = judged * (1 - real * suspect)
    wrong = functional.smooth_l1_loss(said, corners, beta=0.05, reduction="none").sum(1)
    placed = (wrong * weights).sum() / weights.sum().clamp(min=1)
    return heat_loss(logits, heat, judged) + CORNER_WEIGHT * placed


def _cut(
    rng: np.random.Generator, luma: NDArray[np.uint8], quads: NDArray[np.float32], kinds: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8]]:
    """A random part, now and then enlarged, perhaps mirrored, perhaps brighter or darker."""
    zoom = float(rng.uniform(1, ZOOM)) if rng.random() < ZOOMED else 1.0
    high, wide = (round(side / zoom) for side in CUT)
    top, left = (int(rng.integers(0, whole - part + 1)) for whole, part in zip(luma.shape, (high, wide), strict=True))
    part, quads = luma[top : top + high, left : left + wide], quads - np.array([left, top], np.float32)
    if zoom > 1:
        part = np.asarray(cv2.resize(part, CUT[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
        quads = (quads + 0.5) * np.array([CUT[1] / wide, CUT[0] / high], np.float32) - 0.5
    if rng.random() < 0.5:
        part, quads = part[:, ::-1], mirrored(quads, CUT[1])
    if rng.random() < 0.5:
        curve = 255 * (np.arange(256) / 255) ** np.exp(rng.normal(0, 0.25)) * rng.uniform(0.6, 1.15)
        part = np.clip(curve, 0, 255).astype(np.uint8)[part]
    return np.ascontiguousarray(part), quads, kinds
