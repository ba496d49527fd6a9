"""How exactly the corner finder finds the simulator's plates: `python -m tests.bench.outlines --vehicles 300`.

Vehicles pass one by one (`passing.py`), and each outline is held against the truth by width, by day and night; then all
outlines of a vehicle together.
Errors are along the plate's own sides in pixels of the picture, outward positive; σ is robust (1.4826 times the median
absolute deviation). `tests.bench.corners` says how the errors of one vehicle's frames hang together.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models, load_models
from kirpik.values import Quad
from kirpik.vision.corners import CornerFinder
from tests.bench.passing import Passed, passing

Array = NDArray[np.float64]

WIDTHS_PX = (30, 45, 60, 90, 120, 150, 200)
ASKED_PX = (60, 150)
OUTWARD = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
MAD_TO_SIGMA = 1.4826
FEWEST = 20
"""Outlines of a row; fewer say nothing."""
OUTLINES_LEAST = 4
"""Of a vehicle whose outline is measured as a whole."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One that was offered; `error` (4, 2) is None where the finder saw no plate."""

    vehicle: int
    width_px: float
    night: bool
    error: Array | None = field(repr=False)
    believed_px: float = 0.0


def outlines(vehicles: Iterable[Passed]) -> Iterator[Outline]:
    """Of all plates that nothing hides."""
    for number, passed in enumerate(vehicles):
        for truth, found in passed.outlines if passed.plate.legible else ():
            width = float(np.hypot(*(truth[1] - truth[0])))
            error = None if found is None else outward_px(found.quad, truth)
            yield Outline(number, width, passed.night, error, 0.0 if found is None else found.sigma_px)


def outward_px(found: Quad, truth: Quad) -> Array:
    """Of each corner, along the plate's upper and left side."""
    across, down = truth[1] - truth[0], truth[3] - truth[0]
    axes = np.stack([across / np.hypot(*across), down / np.hypot(*down)])
    return np.asarray(((found - truth) @ axes.T) * OUTWARD)


def table(found: Sequence[Outline]) -> str:
    """As Markdown."""
    head = ("width px", "outlines", "not found", "σx", "σy", "bias x", "bias y", "rms", "believed σ", "within 3σ")
    rows = [(f"{low} to {high}", _between(found, low, high)) for low, high in pairwise(WIDTHS_PX)]
    rows.append((f"**{ASKED_PX[0]} to {ASKED_PX[1]}**", _between(found, *ASKED_PX)))
    for when, night in (("by day", False), ("by night", True)):
        rows.append((f"of these {when}", [one for one in _between(found, *ASKED_PX) if one.night == night]))
    told = [(name, *_figures(some)) for name, some in rows if len(some) >= FEWEST]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *told))


def by_vehicle(found: Sequence[Outline]) -> str:
    """By how much of its width a vehicle's outline is too wide, in its middle frame: what a speed errs by. Markdown."""
    grown = _grown(found)
    head = ("outline too wide, %", "vehicles", "5th percentile", "middle", "95th percentile", "narrowest", "widest")
    rows = [("all", [share for share, _ in grown])]
    rows += [(when, [share for share, dark in grown if dark == night]) for when, night in (("day", 0), ("night", 1))]
    told = [
        (
            name,
            str(len(some)),
            *(f"{100 * share:+.2f}" for share in (*np.percentile(some, (5, 50, 95)), min(some), max(some))),
        )
        for name, some in rows
        if len(some) >= FEWEST
    ]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *told))


def _grown(found: Sequence[Outline]) -> list[tuple[float, bool]]:
    """Of each vehicle with enough outlines of the widths asked for, and whether it was night."""
    wide = [one for one in _between(found, *ASKED_PX) if one.error is not None]
    vehicles = [[one for one in wide if one.vehicle == number] for number in sorted({one.vehicle for one in wide})]
    return [
        (
            float(np.median([one.error[:, 0].sum() / 2 / one.width_px for one in some if one.error is not None])),
            some[0].night,
        )
        for some in vehicles
        if len(some) >= OUTLINES_LEAST
    ]


def _between(found: Sequence[Outline], low: float, high: float) -> list[Outline]:
    return [one for one in found if low <= one.width_px < high]


def _figures(some: Sequence[Outline]) -> tuple[str, ...]:
    seen = [one for one in some if one.error is not None]
    errors = np.array([one.error for one in seen])
    believed = np.array([one.believed_px for one in seen])
    middle = np.median(errors, axis=(0, 1))
    sigma = MAD_TO_SIGMA * np.median(np.abs(errors - middle), axis=(0, 1))
    within = float((np.abs(errors) < 3 * believed[:, None, None]).mean())
    return (
        str(len(some)), str(len(some) - len(seen)), f"{sigma[0]:.2f}", f"{sigma[1]:.2f}", f"{middle[0]:+.2f}",
        f"{middle[1]:+.2f}", f"{np.sqrt(np.mean(errors**2)):.2f}", f"{np.median(believed):.2f}", f"{within:.3f}",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.outlines", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vehicles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", type=Path, metavar="DIR", help="folder of the networks, instead of the one found")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    finder = CornerFinder(load_models(find_models(options.models), TfliteNetwork).corners)
    found = list(outlines(islice(passing(options.seed, finder), options.vehicles)))
    print(table(found) + "\n\n" + by_vehicle(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
