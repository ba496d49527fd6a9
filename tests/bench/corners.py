"""How the shipped networks err about a plate's outline: `python -m tests.bench.corners [--scenes …]`.

Rendered traffic is followed as the unit follows it, and each outline is held against the truth. What comes out is the
table that the error model of `passes.py` is drawn from (docs/MEASUREMENT.md).
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models, load_models
from kirpik.parts.sight import open_finder
from kirpik.values import TrackPoint
from kirpik_provisioning.calibrate.followed import tracks
from tests.bench.passes import PATTERNS
from tests.bench.traffic import rendered, site_of
from tests.sim.scenes import SCENES, scene
from tests.sim.stage import Scene
from tests.sim.telling import Clock
from tests.sim.truth import describe

Array = NDArray[np.float64]

USUAL = ("day_speed", "night_speed", "wide_day", "towards_cm3", "towards_night")
WIDTH_PX = 90.0
FRAMES_LEAST, WIDTHS_LEAST, WHOLE = 12, 1.4, 0.99
NEAR_SHARE = 0.25
"""A true outline whose centre is nearer than that share of its width is the one that was followed."""
SPOILED_SHARE = 0.04
"""Off by more of the width, something else was found."""
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Errors:
    """Of one vehicle's outlines: patterns in pixels (n, 4, 2), and the plate's true width (n,)."""

    patterns: Array
    width_px: Array
    spoiled: float

    def outline(self, pattern: int, axis: int) -> tuple[float, float]:
        """How far the outline lies outside on each side at 90 px of width, and how that grows by 90 px of width."""
        sides = self.patterns[:, pattern, axis] / 2
        growing = np.column_stack([np.ones(len(sides)), self.width_px / WIDTH_PX - 1])
        constant, slope = np.linalg.lstsq(growing, sides, rcond=None)[0]
        return float(constant), float(slope)

    def scattered(self) -> Array:
        """What is left without each pattern's own line over the width, as for a plate of 90 px, (n, 4, 2)."""
        growing = np.column_stack([np.ones(len(self.width_px)), self.width_px / WIDTH_PX - 1])
        flat = self.patterns.reshape(len(growing), -1)
        left = flat - growing @ np.linalg.lstsq(growing, flat, rcond=None)[0]
        scale = np.hypot(0.5, 0.85 * self.width_px / WIDTH_PX)
        return np.asarray((left / scale[:, None]).reshape(-1, 4, 2))


def vehicles(name: str, seed: int) -> Iterator[Errors]:
    """Play a scene, follow what is in it, and hold each track against the vehicle that it saw."""
    played = scene(name, seed=seed)
    site, truth = site_of(played), _outlines(played)
    finder = open_finder(load_models(find_models(None), TfliteNetwork), site)
    for points in tracks(rendered(played), finder, site):
        errors = _held(points, truth)
        if errors is not None:
            yield errors


def _outlines(played: Scene) -> dict[int, list[Array]]:
    """Whole outlines by the sensor's time."""
    truth = cast("dict[str, Any]", describe(played, Clock()))
    found: dict[int, list[Array]] = {}
    for vehicle in truth["vehicles"]:
        for number, *corners, share, _ in vehicle["frames"]:
            if share >= WHOLE:
                at_ns = round(number / played.stage.fps * 1e9)
                found.setdefault(at_ns, []).append(np.array(corners).reshape(4, 2))
    return found


def _held(points: Sequence[TrackPoint], truth: dict[int, list[Array]]) -> Errors | None:
    """None where the track saw no plate long enough, or none that grows."""
    pairs = [(point.quad, true) for point in points if (true := _nearest(point, truth)) is not None]
    if len(pairs) < FRAMES_LEAST:
        return None
    seen, true = (np.stack(side) for side in zip(*pairs, strict=True))
    width = np.linalg.norm(true[:, 1] - true[:, 0], axis=1)
    patterns = np.einsum("pc,nca->npa", PATTERNS, seen - true)
    spoiled = np.abs(patterns).max(axis=(1, 2)) > SPOILED_SHARE * width
    good = ~spoiled
    if good.sum() < FRAMES_LEAST or width[good].max() < WIDTHS_LEAST * width[good].min():
        return None
    return Errors(patterns[good], width[good], float(spoiled.mean()))


def _nearest(point: TrackPoint, truth: dict[int, list[Array]]) -> Array | None:
    centre = point.quad.mean(axis=0)
    for true in truth.get(point.sensor_timestamp_ns, ()):
        wide = float(np.linalg.norm(true[1] - true[0]))
        if np.linalg.norm(true.mean(axis=0) - centre) < NEAR_SHARE * wide:
            return true
    return None


def figures(found: Sequence[Errors]) -> dict[str, Any]:
    scattered = [errors.scattered() for errors in found]
    sigma = MAD_TO_SIGMA * np.median(np.abs(np.concatenate(scattered)), axis=0)
    wide, high = (np.array([errors.outline(*which) for errors in found]) for which in ((1, 0), (2, 1)))
    alike = [_neighbours(left) for left in scattered]
    return {
        "vehicles": len(found),
        "frames": sum(len(errors.width_px) for errors in found),
        "pattern_px": sigma.round(3).tolist(),
        "outline_w_px": _mean_spread(wide),
        "outline_h_px": _mean_spread(high),
        "neighbours": np.mean(alike, axis=0).round(2).tolist(),
        "spoiled": round(float(np.mean([errors.spoiled for errors in found])), 4),
    }


def _neighbours(left: Array) -> Array:
    return np.asarray((left[1:] * left[:-1]).sum(axis=0) / np.maximum((left**2).sum(axis=0), 1e-9))


def _mean_spread(rows: Array) -> list[list[float]]:
    """Of the constant and of what grows: the middle, and the robust spread among vehicles."""
    middle = np.median(rows, axis=0)
    spread = MAD_TO_SIGMA * np.median(np.abs(rows - middle), axis=0)
    return [[round(float(m), 3), round(float(s), 3)] for m, s in zip(middle, spread, strict=True)]


def table(rows: dict[str, dict[str, Any]]) -> str:
    names = list(rows)
    lines = ["| plate 90 px wide, in pixels | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    patterns = ("shift x, y (pattern, σ)", "sideways x, y", "upward x, y", "other x, y")
    for number, told in enumerate(patterns):
        lines.append(_row(told, [_pair(rows[name]["pattern_px"][number]) for name in names]))
    for key, told in (("outline_w_px", "too wide, a side"), ("outline_h_px", "too high, a side")):
        lines.append(_row(told, [_with_spread(rows[name][key][0]) for name in names]))
        lines.append(_row("and growing by 90 px of width", [_with_spread(rows[name][key][1]) for name in names]))
    alike = [f"{np.min(rows[n]['neighbours']):.2f} to {np.max(rows[n]['neighbours']):.2f}" for n in names]
    lines.append(_row("neighbours' correlation", alike))
    lines.append(_row("frames that show something else", [f"{100 * rows[name]['spoiled']:.1f} %" for name in names]))
    lines.append(_row("vehicles, outlines", [f"{rows[name]['vehicles']}, {rows[name]['frames']}" for name in names]))
    return "\n".join(lines)


def _row(told: str, cells: Sequence[str]) -> str:
    return f"| {told} | " + " | ".join(cells) + " |"


def _pair(values: Sequence[float]) -> str:
    return f"{values[0]:.2f}, {values[1]:.2f}"


def _with_spread(values: Sequence[float]) -> str:
    return f"{values[0]:+.2f} ± {values[1]:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.corners", description=__doc__)
    parser.add_argument("--scenes", nargs="+", choices=sorted(SCENES), default=list(USUAL))
    parser.add_argument("--seed", type=int, default=901)
    parser.add_argument("--rounds", type=int, default=1, help="scenes of each kind, with seeds one after the other")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    rows = {}
    for name in options.scenes:
        found = [errors for number in range(options.rounds) for errors in vehicles(name, options.seed + number)]
        if found:
            rows[name] = figures(found)
    print(table(rows))
    print(json.dumps(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
