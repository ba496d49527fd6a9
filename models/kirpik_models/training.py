"""What all trainings share: a clock-driven learning rate and checkpoints that survive being stopped at any moment."""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

WARM_UP = 0.02
"""Share of the time in which the learning rate rises."""
CHECK_EVERY_S = 480.0
GENTLE = 0.4
"""Of the usual learning rate, when a run begins with weights that are good already."""
AVERAGING = 0.998
"""The weights that are kept are a running mean with this memory a step: steadier than the last ones."""


@dataclass(slots=True)
class Run:
    """A training under way: what a checkpoint holds."""

    network: nn.Module
    mean: nn.Module
    optimizer: torch.optim.Optimizer
    peak_rate: float
    seconds: float = 0.0
    steps: int = 0
    best: float = -1e9


Recovery = Callable[[nn.Module], nn.Module]
"""Fills a fresh network with weights that are good already."""


def resume(folder: Path, network: nn.Module, *, peak_rate: float, recovery: Recovery | None = None) -> Run:
    """Go on from `folder/last.pt`, or begin with `network`; with recovered weights it then learns more gently."""
    folder.mkdir(parents=True, exist_ok=True)
    known = (folder / "last.pt").exists()
    if recovery is not None and not known:
        network = recovery(network)
    network = network.to(memory_format=torch.channels_last)
    rate = peak_rate * (GENTLE if recovery is not None else 1)
    run = Run(network, copy.deepcopy(network), torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01), rate)
    if known:
        state = torch.load(folder / "last.pt", map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
        run.mean.load_state_dict(state["mean"])
        run.optimizer.load_state_dict(state["optimizer"])
        run.seconds, run.steps, run.best = state["seconds"], state["steps"], state["best"]
    return run


def keep_going(
    folder: Path,
    run: Run,
    step: Callable[[Run], torch.Tensor],
    check: Callable[[nn.Module], dict[str, float]],
    *,
    minutes: float,
) -> Path:
    """Train until `minutes` in all have been spent, over any number of calls; returns the best checkpoint."""
    losses: list[float] = []
    last = checked = time.monotonic()
    while run.seconds < minutes * 60:
        _set_rate(run, minutes)
        losses.append(_turn(run, step))
        now = time.monotonic()
        run.seconds, last = run.seconds + now - last, now
        if now - checked > CHECK_EVERY_S or run.seconds >= minutes * 60:
            figures = {"loss": float(np.mean(losses)), **check(run.mean.eval())}
            _save(folder, run, figures)
            losses.clear()
            last = checked = time.monotonic()
    return folder / "best.pt"


def load_mean(checkpoint: Path, network: nn.Module) -> nn.Module:
    """A trained network, ready to use."""
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"])
    return network.eval()


def as_input(pictures: Any) -> torch.Tensor:  # noqa: ANN401  a numpy array of pictures, or one torch already has
    """uint8 (n, h, w) → the networks' input."""
    values = torch.as_tensor(np.ascontiguousarray(pictures)).float().sub_(128).div_(128)
    return values[:, None].contiguous(memory_format=torch.channels_last)


def _turn(run: Run, step: Callable[[Run], torch.Tensor]) -> float:
    run.network.train()
    loss = step(run)
    run.optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
    run.optimizer.step()
    run.steps += 1
    memory = min(AVERAGING, (1 + run.steps) / (10 + run.steps))
    with torch.no_grad():
        for kept, new in zip(run.mean.state_dict().values(), run.network.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - memory)
            else:
                kept.copy_(new)
    return float(loss.detach())


def _set_rate(run: Run, minutes: float) -> None:
    """Up in a straight line, down along a cosine, by the clock: a busy machine only trains on fewer samples."""
    done = min(run.seconds / (minutes * 60), 1.0)
    factor = done / WARM_UP if done < WARM_UP else 0.5 * (1 + np.cos(np.pi * (done - WARM_UP) / (1 - WARM_UP)))
    for group in run.optimizer.param_groups:
        group["lr"] = run.peak_rate * max(float(factor), 0.005)


def _save(folder: Path, run: Run, figures: dict[str, float]) -> None:
    better = figures["score"] >= run.best
    run.best = max(run.best, figures["score"])
    state = {
        "network": run.network.state_dict(),
        "mean": run.mean.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "seconds": run.seconds,
        "steps": run.steps,
        "best": run.best,
    }
    for name in ("last", *(("best",) if better else ())):
        torch.save(state, folder / f"{name}.new")
        (folder / f"{name}.new").replace(folder / f"{name}.pt")
    line = {
        "seconds": round(run.seconds),
        "steps": run.steps,
        **{name: round(value, 4) for name, value in figures.items()},
    }
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
