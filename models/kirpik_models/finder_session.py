"""Whole stages for detector and corner finder: train, quantize, evaluate, from folders to files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from kirpik.adapters.engine import TfliteNetwork
from kirpik.values import Luma
from kirpik.vision.corners import PATCH_HEIGHT, PATCH_WIDTH, CornerFinder
from kirpik_models.corners_data import CornerSamples
from kirpik_models.corners_net import CornersNet
from kirpik_models.detector_net import DetectorNet
from kirpik_models.evaluate_corners import WIDTHS_PX, measure, table
from kirpik_models.evaluate_detector import (
    INPUT,
    LOOSE,
    NARROWEST_PX,
    OVERLAP,
    Found,
    average_precision,
    by_light,
    by_score,
    figures,
    finder,
    made_exact,
    reduced,
    search,
)
from kirpik_models.fonts import load_faces
from kirpik_models.layers import multiplications
from kirpik_models.manifest import Origin, enter
from kirpik_models.quantize import quantize
from kirpik_models.realframes import load_frames
from kirpik_models.scenes import HEIGHT, WIDTH, SceneSamples
from kirpik_models.soup import stirred
from kirpik_models.torch_engine import TorchEngine
from kirpik_models.train_corners import train as train_corners
from kirpik_models.train_detector import train as train_detector
from kirpik_models.training import load_mean

CALIBRATION = 60
"""Pictures from which the ranges of the whole-number network are taken."""
DETECTOR_DATA = (
    "synthetic streets; romanian-eu train split, in part with synthetic plates in place of its own, "
    "looked through for what its labels leave out"
)
CORNERS_DATA = "synthetic plates in synthetic mounts and on toy vehicles, places without a plate"


def train_detector_session(
    run: Path,
    *,
    fonts: Path,
    labels: Path,
    judged: Path | None,
    watched: Path | None,
    minutes: float,
    start: Path | None,
) -> Path:
    """Train on synthetic and real frames, checked on the labels' val split."""
    torch.set_num_threads(1)
    frames, unseen = load_frames(labels, "train", judged=judged), load_frames(labels, "val", judged=watched)

    def check(network: nn.Module) -> dict[str, float]:
        found = search(finder(TorchEngine(network, INPUT)), unseen)
        return {**figures(found), "score": average_precision(found)}

    faces = load_faces(fonts, held_out=False)
    return train_detector(run, faces, frames, check, minutes=minutes, start=start)


def train_corners_session(run: Path, *, fonts: Path, minutes: float, start: Path | None) -> Path:
    """Train on synthesis alone."""
    torch.set_num_threads(1)
    return train_corners(run, load_faces(fonts, held_out=False), minutes=minutes, start=start)


def quantize_detector_session(
    run: Path, models: Path, *, fonts: Path, labels: Path, earlier: tuple[Path, float] | None
) -> None:
    """Write models/detector.tflite and enter it in the manifest.

    `earlier` names a file of the same training that gives a share of each weight.
    """
    torch.set_num_threads(1)
    network = load_mean(run / "best.pt", DetectorNet())
    frames = load_frames(labels, "train")
    pictures = [_placed(reduced(frame.luma)[0]) for frame in frames[:: max(1, 2 * len(frames) // CALIBRATION)]]
    make, rng = SceneSamples(load_faces(fonts, held_out=False), frames), np.random.default_rng(11)
    pictures += [_tiled([make(rng)["luma"] for _ in range(4)]) for _ in range(CALIBRATION // 2)]  # type: ignore[misc]
    network = network if earlier is None else stirred(network, DetectorNet(), *earlier, pictures)
    quantize(network, pictures, models / "detector.tflite")
    enter(models, "detector", Origin(INPUT, multiplications(network, *INPUT), DETECTOR_DATA), {})


def quantize_corners_session(run: Path, models: Path, *, fonts: Path, earlier: tuple[Path, float] | None) -> None:
    """Write models/corners.tflite and enter it in the manifest; `earlier` as of the detector."""
    torch.set_num_threads(1)
    network = load_mean(run / "best.pt", CornersNet())
    make, rng = CornerSamples(load_faces(fonts, held_out=False)), np.random.default_rng(11)
    patches = [np.asarray(make(rng)["patch"][place % 4], np.uint8) for place in range(CALIBRATION)]
    if earlier is not None:
        network = stirred(network, CornersNet(), *earlier, pictures=patches)
    quantize(network, patches, models / "corners.tflite")
    size = (PATCH_HEIGHT, PATCH_WIDTH)
    enter(models, "corners", Origin(size, multiplications(network, *size), CORNERS_DATA), {})


def evaluate_detector_session(models: Path, *, labels: Path, split: str, judged: Path | None) -> str:
    """Figures by light and by score, as Markdown."""
    frames = load_frames(labels, split, judged=judged)
    alone = finder(TfliteNetwork(models / "detector.tflite"))
    exact = made_exact(alone, CornerFinder(TfliteNetwork(models / "corners.tflite")))
    told = []
    for name, find, least in (("detector alone", alone, OVERLAP), ("after the corner finder", exact, LOOSE)):
        found = search(find, frames, least=least)
        told.append(f"{name}, overlap from {least}:\n\n{_by_light(found)}\n\n{_by_score(found, least)}")
    return "\n\n".join(told)


def _by_light(found: Sequence[Found]) -> str:
    rows = ["| light | plates | legible found | all found | precision | false |", "|---" * 6 + "|"]
    for light, got in by_light(found).items():
        plates = sum(len(each.hit) for each in found if light in (each.frame.light, "all"))
        shares = " | ".join(f"{got[name]:.3f}" for name in ("recall", "recall_all", "precision"))
        rows.append(f"| {light} | {plates} | {shares} | {got['false']:.0f} |")
    return "\n".join(rows)


def _by_score(found: Sequence[Found], least: float) -> str:
    names = ("recall", "recall_wide", "recall_all", "precision")
    head = f"| score from | legible found | from {NARROWEST_PX:.0f} px wide found | all found | precision | false |"
    rows = [head, "|---" * 6 + "|"]
    for score, got in by_score(found, least=least).items():
        shares = " | ".join(f"{got[name]:.3f}" for name in names)
        rows.append(f"| {score} | {shares} | {got['false']:.0f} |")
    return "\n".join(rows)


def evaluate_corners_session(models: Path, *, fonts: Path, plates: int) -> str:
    """Figures by plate width in faces that training never saw, as Markdown."""
    corners = CornerFinder(TfliteNetwork(models / "corners.tflite"))
    faces = load_faces(fonts, held_out=True)
    sizes = [(width, rows) for rows in (1, 2) for width in WIDTHS_PX]
    return table([measure(corners, faces, width_px=width, rows=rows, plates=plates, seed=5) for width, rows in sizes])


def _placed(lores: Luma) -> Luma:
    whole = np.full(INPUT, 128, np.uint8)
    whole[: lores.shape[0], : lores.shape[1]] = lores
    return whole


def _tiled(scenes: Sequence[Luma]) -> Luma:
    """Four scenes in one picture of the detector's size."""
    whole = np.full((2 * HEIGHT, 2 * WIDTH), 128, np.uint8)
    for place, scene in enumerate(scenes):
        row, column = place // 2 * HEIGHT, place % 2 * WIDTH
        whole[row : row + HEIGHT, column : column + WIDTH] = scene
    return whole[64 : 64 + INPUT[0], 64 : 64 + INPUT[1]]
