"""Training of the reader: CTC on a ring of fresh crops, for a stated time, resumable at any moment."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from kirpik_models.reader_data import Crop
from kirpik_models.reader_net import STEPS, ReaderNet
from kirpik_models.reader_pool import Pool
from kirpik_models.reader_score import Score, score

BATCH = 128
PEAK_RATE = 3e-3
WARM_UP = 0.02
"""Share of the time in which the learning rate rises."""
CHECK_EVERY_S = 300.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What is told after each check."""

    seconds: float
    steps: int
    loss: float
    scores: dict[str, Score]


@dataclass(slots=True)
class Run:
    """A training under way: what a checkpoint holds."""

    network: ReaderNet
    optimizer: torch.optim.Optimizer
    seconds: float = 0.0
    steps: int = 0
    best: float = -1.0


def train(
    folder: Path, pool: Pool, tests: dict[str, Sequence[Crop]], *, minutes: float, told: Callable[[Progress], None]
) -> Path:
    """Train for `minutes` in all, over any number of calls; returns the best checkpoint by the mean of the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    run = _resume(folder)
    rng = np.random.default_rng([7, run.steps])
    losses: list[float] = []
    last = checked = time.monotonic()
    while run.seconds < minutes * 60:
        _set_rate(run, minutes)
        losses.append(_step(run, *pool.draw(rng, BATCH)))
        now = time.monotonic()
        run.seconds, last = run.seconds + now - last, now
        if now - checked > CHECK_EVERY_S or run.seconds >= minutes * 60:
            _check(run, folder, tests, float(np.mean(losses)), told)
            losses.clear()
            last = checked = time.monotonic()
    return folder / "best.pt"


def load_network(checkpoint: Path) -> ReaderNet:
    """A trained network, ready to read."""
    network = ReaderNet()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["network"])
    network.eval()
    return network


def float_logits(network: ReaderNet) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Crops (n, 40, 192) → logits (n, 48, 37), as the score wants them."""

    def run(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.no_grad():
            logits = network.eval()(_as_input(crops)).squeeze(2).permute(0, 2, 1)
        return np.asarray(logits.float().numpy(), np.float32)

    return run


def _as_input(crops: NDArray[np.uint8]) -> torch.Tensor:
    values = torch.from_numpy(np.ascontiguousarray(crops)).float().sub_(128).div_(128)
    return values[:, None].contiguous(memory_format=torch.channels_last)


def _step(run: Run, crops: NDArray[np.uint8], classes: NDArray[np.uint8]) -> float:
    run.network.train()
    lengths = torch.from_numpy((classes > 0).sum(1).astype(np.int64))
    targets = torch.from_numpy(classes[classes > 0].astype(np.int64))
    with torch.autocast("cpu", torch.bfloat16):
        logits = run.network(_as_input(crops))
    chances = functional.log_softmax(logits.float().squeeze(2).permute(2, 0, 1), 2)
    steps = torch.full((len(crops),), STEPS, dtype=torch.int64)
    each = functional.ctc_loss(chances, targets, steps, lengths, reduction="none", zero_infinity=True)
    loss = each.mean()
    run.optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
    run.optimizer.step()
    run.steps += 1
    return float(loss.detach())


def _set_rate(run: Run, minutes: float) -> None:
    """Up in a straight line, down along a cosine, by the clock: a busy machine only trains on fewer crops."""
    done = min(run.seconds / (minutes * 60), 1.0)
    factor = done / WARM_UP if done < WARM_UP else 0.5 * (1 + np.cos(np.pi * (done - WARM_UP) / (1 - WARM_UP)))
    for group in run.optimizer.param_groups:
        group["lr"] = PEAK_RATE * max(float(factor), 0.003)


def _resume(folder: Path) -> Run:
    network = ReaderNet().to(memory_format=torch.channels_last)
    run = Run(network, torch.optim.AdamW(network.parameters(), PEAK_RATE, weight_decay=0.01))
    last = folder / "last.pt"
    if last.exists():
        state = torch.load(last, map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
        run.optimizer.load_state_dict(state["optimizer"])
        run.seconds, run.steps, run.best = state["seconds"], state["steps"], state["best"]
    return run


def _check(
    run: Run, folder: Path, tests: dict[str, Sequence[Crop]], loss: float, told: Callable[[Progress], None]
) -> None:
    scores = {name: score(float_logits(run.network), crops) for name, crops in tests.items()}
    mean = float(np.mean([found.folded for found in scores.values()]))
    run.best, better = max(run.best, mean), mean >= run.best
    state = {
        "network": run.network.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "seconds": run.seconds,
        "steps": run.steps,
        "best": run.best,
    }
    for name in ("last", *(("best",) if better else ())):
        torch.save(state, folder / f"{name}.new")
        (folder / f"{name}.new").replace(folder / f"{name}.pt")
    progress = Progress(run.seconds, run.steps, loss, scores)
    line = {"seconds": round(run.seconds), "steps": run.steps, "loss": round(loss, 4)}
    line |= {name: [round(found.exact, 4), round(found.folded, 4)] for name, found in scores.items()}  # type: ignore[misc]
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
    told(progress)
