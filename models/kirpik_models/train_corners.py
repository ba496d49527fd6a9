"""Training of the corner finder: each coordinate's distribution shall lie on the two bins beside the truth."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from kirpik_models.corners_data import FORM, NOTHING, REACHES, CornerSamples
from kirpik_models.corners_net import BINS, CornersNet
from kirpik_models.fonts import Face
from kirpik_models.recover import recovery_from
from kirpik_models.ring import Ring, open_ring, start_filling
from kirpik_models.training import Run, as_input, keep_going, resume

BATCH = 64
PEAK_RATE = 2e-3
RING_SIZE = 24_000
FIRST = 1_500
"""Samples that must be there before training begins."""
EXPECTATION = 30.0
"""Weight of the mean's error beside the distribution's."""


def train(folder: Path, faces: Sequence[Face], *, minutes: float, seed: int = 1, start: Path | None = None) -> Path:
    """Train for `minutes` in all, over any number of calls; returns the best checkpoint. `start` as of the detector."""
    ring = open_ring(folder / "ring", RING_SIZE, FORM)
    filler = start_filling((folder / "ring", RING_SIZE, FORM), CornerSamples(faces), seed)
    try:
        while ring.ready < FIRST:
            filler.join(1)
        recovery = recovery_from(start, lambda: list(ring.arrays["patch"][:FIRST, 1].astype(np.uint8)))
        run = resume(folder, CornersNet(), peak_rate=PEAK_RATE, recovery=recovery)
        rng = np.random.default_rng([seed, run.steps])
        check = partial(_check, _fixed(faces))
        return keep_going(folder, run, lambda run: _step(run, ring, rng), check, minutes=minutes)
    finally:
        filler.terminate()


def loss_of(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross entropy to the two bins beside the truth, and the mean's own error; truth in the bins' range, (n, 8).

    Where there is no plate, all bins shall be equally likely.
    """
    none, truth = (truth >= NOTHING), truth.clamp(-1, 1)
    logits = logits.float().reshape(-1, 8, BINS)
    place = ((truth + 1) / 2 * (BINS - 1)).clamp(0, BINS - 1.001)
    lower = place.floor().long()
    above = place - lower
    chances = functional.log_softmax(logits, 2)
    entropy = -(
        chances.gather(2, lower[..., None])[..., 0] * (1 - above)
        + chances.gather(2, lower[..., None] + 1)[..., 0] * above
    )
    wrong = functional.smooth_l1_loss(expectation(logits), truth, beta=0.02, reduction="none")
    return torch.where(none, -chances.mean(2), entropy + EXPECTATION * wrong).mean()


def expectation(logits: torch.Tensor) -> torch.Tensor:
    """(n, 8, bins) → (n, 8) in −1 to 1."""
    places = torch.linspace(-1, 1, BINS)
    return torch.softmax(logits, 2) @ places


def as_said(truth: NDArray[np.generic]) -> NDArray[np.generic]:
    """Truth (…, 8) in the network's order: four x, then four y."""
    return truth[..., [0, 2, 4, 6, 1, 3, 5, 7]]


def _step(run: Run, ring: Ring, rng: np.random.Generator) -> torch.Tensor:
    drawn = ring.draw(rng, BATCH // 2)
    row = np.arange(BATCH // 2)[:, None]
    which = rng.permuted(np.tile(np.arange(len(REACHES)), (BATCH // 2, 1)), axis=1)[:, :2]
    patches, truth = drawn["patch"][row, which], as_said(drawn["truth"][row, which])
    with torch.autocast("cpu", torch.bfloat16):
        logits = run.network(as_input(patches.reshape(-1, *patches.shape[2:])))
    return loss_of(logits, torch.from_numpy(truth.reshape(-1, 8)))


def _fixed(faces: Sequence[Face]) -> dict[str, NDArray[np.generic]]:
    make, rng = CornerSamples(faces), np.random.default_rng(99)
    samples = [make(rng) for _ in range(400)]
    return {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}


def _check(fixed: dict[str, NDArray[np.generic]], network: nn.Module) -> dict[str, float]:
    patches, truth = fixed["patch"][:, :2], cast("NDArray[np.float32]", as_said(fixed["truth"][:, :2]))
    with torch.no_grad():
        found = expectation(network(as_input(patches.reshape(-1, *patches.shape[2:]))).reshape(-1, 8, BINS)).numpy()
    error = np.abs(found.reshape(truth.shape) - truth)[truth < NOTHING]
    return {"score": -float(np.median(error)), "p90": float(np.percentile(error, 90))}
