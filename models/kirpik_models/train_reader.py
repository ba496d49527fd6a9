"""Training of the reader: CTC on a ring of fresh crops, for a stated time, resumable at any moment."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from kirpik_models.reader_data import Crop
from kirpik_models.reader_net import STEPS, ReaderNet
from kirpik_models.reader_pool import Pool
from kirpik_models.reader_score import score
from kirpik_models.recover import recovery_from
from kirpik_models.training import Run, as_input, keep_going, resume

BATCH = 128
PEAK_RATE = 3e-3
LOUD, LOUDNESS_PRICE = 9.0, 0.03
"""Logits of ±9 leave 2 in 10⁵ of doubt in all steps together. Those of the first reader reached from −46 to 62, where a
step of int8 is 0.43: alone that cost one plate in a hundred. Priced from ±7, a clear crop kept
a doubt of 2 in 1,000."""
RECOVERED_FROM = 640
"""Crops on which a recovered network's norms are measured."""


def train(
    folder: Path, pool: Pool, tests: dict[str, Sequence[Crop]], *, minutes: float, start: Path | None = None
) -> Path:
    """Train for `minutes` in all, over any number of calls; returns the best checkpoint by the mean of the tests.

    A new run begins with the weights of the .tflite file `start`, if one is given, and then learns more gently.
    """
    rng = np.random.default_rng()

    def step(run: Run) -> torch.Tensor:
        return loss_of(run.network, *pool.draw(rng, BATCH))

    def check(network: nn.Module) -> dict[str, float]:
        found = {name: score(float_logits(network), crops) for name, crops in tests.items()}
        mean = float(np.mean([each.folded for name, each in found.items() if name != "real"]))
        return {"score": mean, **{name: each.exact for name, each in found.items()}}

    recovery = recovery_from(start, lambda: list(pool.crops[:RECOVERED_FROM]))
    run = resume(folder, ReaderNet(), peak_rate=PEAK_RATE, recovery=recovery)
    return keep_going(folder, run, step, check, minutes=minutes)


def float_logits(network: nn.Module) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Crops (n, 40, 192) → logits (n, STEPS, 37), as the score wants them."""

    def run(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.no_grad():
            return np.asarray(network.eval()(as_input(crops)).float().numpy(), np.float32)

    return run


def loss_of(network: nn.Module, crops: NDArray[np.uint8], classes: NDArray[np.uint8]) -> torch.Tensor:
    """Mean surprise at the true texts, and a price on loud logits: eight bits must hold the loudest and the finest."""
    lengths = torch.from_numpy((classes > 0).sum(1).astype(np.int64))
    targets = torch.from_numpy(classes[classes > 0].astype(np.int64))
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(as_input(crops))
    chances = functional.log_softmax(logits.float().permute(1, 0, 2), 2)
    steps = torch.full((len(crops),), STEPS, dtype=torch.int64)
    surprise = functional.ctc_loss(chances, targets, steps, lengths, reduction="none", zero_infinity=True).mean()
    return surprise + LOUDNESS_PRICE * functional.relu(logits.float().abs() - LOUD).square().mean()
