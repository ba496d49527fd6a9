"""How good the speed is, and whether it knows: `python -m tests.bench.speed [--passes N]`.

Passes at 20 to 200 km/h under two cameras, by day and by night, everything wrong that can be wrong (`passes.py`).
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kirpik.road.motion import measure
from kirpik.rules.speeding import doubt
from tests.bench.coverage import draw
from tests.bench.passes import Road
from tests.bench.views import VIEWS, View

Array = NDArray[np.float64]

SLOWEST_KMH, FASTEST_KMH = 20.0, 200.0
ENOUGH_FRAMES, ENOUGH_M = 10, 12.0
"""What is seen longer than this ought to be measured."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One camera by day or by night."""

    name: str
    passes: int
    ought: int
    """Seen long enough to be measured."""
    true_kmh: Array
    """Of the measured ones, (n,)."""
    error_kmh: Array
    sigma_kmh: Array
    spread_ms: tuple[float, float]
    """Thread time of a measure, median and 99th percentile."""

    def within(self, kmh: float) -> float:
        return _percent(np.abs(self.error_kmh) <= np.maximum(kmh, kmh / 100 * self.true_kmh))

    def covered(self, sigmas: float) -> float:
        return _percent(np.abs(self.error_kmh) <= sigmas * self.sigma_kmh)


def run(view: View, *, night: bool, passes: int, seed: int) -> Cell:
    rng = np.random.default_rng([seed, int(night), view.camera.width])
    road, rows, spent, ought = Road(rng), [], [], 0
    for speed_kmh in rng.uniform(SLOWEST_KMH, FASTEST_KMH, passes):
        seen = road.passes(view, float(speed_kmh), night=night)
        began = time.thread_time()
        motion = measure(seen.points, seen.camera, seen.pose)
        spent.append((time.thread_time() - began) * 1000)
        ought += len(seen.points) >= ENOUGH_FRAMES and seen.length_m >= ENOUGH_M
        if motion is not None and doubt(motion) is None:
            true = seen.speed_kmh(motion.reference_ns)
            rows.append((true, motion.speed_kmh - true, motion.uncertainty_kmh))
    true_kmh, error_kmh, sigma_kmh = np.array(rows).reshape(-1, 3).T
    times = (float(np.median(spent)), float(np.percentile(spent, 99)))
    return Cell(f"{view.name}, {'night' if night else 'day'}", passes, ought, true_kmh, error_kmh, sigma_kmh, times)


def table(cells: Sequence[Cell]) -> str:
    head = "| camera | passes | measured | ±2 | ±3 | 2σ | 3σ | bias | spread | u | ms |\n" + "|---" * 11 + "|"
    rows = [
        f"| {c.name} | {c.passes} | {100 * len(c.error_kmh) / max(c.ought, 1):.1f} % of {c.ought} "
        f"| {c.within(2):.2f} % | {c.within(3):.2f} % | {c.covered(2):.2f} % | {c.covered(3):.2f} % "
        f"| {np.mean(c.error_kmh):+.2f} | {np.std(c.error_kmh):.2f} | {np.mean(c.sigma_kmh):.2f} "
        f"| {c.spread_ms[0]:.1f} / {c.spread_ms[1]:.1f} |"
        for c in cells
    ]
    return "\n".join([head, *rows])


def by_speed(whole: Cell) -> str:
    lines = ["| km/h | measured | bias | spread | u | ±2 | ±3 | 2σ |", "|---" * 8 + "|"]
    for low in range(20, 200, 30):
        here = (whole.true_kmh >= low) & (whole.true_kmh < low + 30)
        if here.any():
            part = replace(
                whole, true_kmh=whole.true_kmh[here], error_kmh=whole.error_kmh[here], sigma_kmh=whole.sigma_kmh[here]
            )
            lines.append(
                f"| {low}–{low + 30} | {here.sum()} | {part.error_kmh.mean():+.2f} | {part.error_kmh.std():.2f} "
                f"| {part.sigma_kmh.mean():.2f} | {part.within(2):.2f} % | {part.within(3):.2f} % "
                f"| {part.covered(2):.2f} % |"
            )
    return "\n".join(lines)


def together(cells: Sequence[Cell]) -> Cell:
    return Cell(
        "all", sum(c.passes for c in cells), sum(c.ought for c in cells), np.concatenate([c.true_kmh for c in cells]),
        np.concatenate([c.error_kmh for c in cells]), np.concatenate([c.sigma_kmh for c in cells]),
        (max(c.spread_ms[0] for c in cells), max(c.spread_ms[1] for c in cells)),
    )  # fmt: skip


def summary(whole: Cell) -> dict[str, float]:
    return {
        "passes": whole.passes, "measured": len(whole.error_kmh), "within_2": round(whole.within(2) / 100, 4),
        "within_3": round(whole.within(3) / 100, 4), "cover_2s": round(whole.covered(2) / 100, 4),
        "cover_3s": round(whole.covered(3) / 100, 4), "bias_kmh": round(float(whole.error_kmh.mean()), 3),
        "sd_kmh": round(float(whole.error_kmh.std()), 3), "ought": whole.ought, "ms": round(whole.spread_ms[0], 2),
    }  # fmt: skip


def _percent(flags: NDArray[np.bool_]) -> float:
    return 100 * float(flags.mean()) if len(flags) else float("nan")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.speed", description=__doc__)
    parser.add_argument("--passes", type=int, default=2000, help="in all (default 2000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--svg", type=Path, help="draw stated against met coverage into this file")
    options = parser.parse_args(arguments)
    cells = [
        run(view, night=night, passes=options.passes // 4, seed=options.seed)
        for view in VIEWS
        for night in (False, True)
    ]
    print(table(cells), "\n\n", by_speed(together(cells)), "\n", sep="")
    if options.svg is not None:
        options.svg.write_text(draw([(c.name, np.abs(c.error_kmh) / c.sigma_kmh) for c in cells]), encoding="utf-8")
    print(json.dumps(summary(together(cells))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
