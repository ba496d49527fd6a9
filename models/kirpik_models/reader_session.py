"""The reader's three stages put together: train, quantize, evaluate."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import check, read_manifest
from kirpik.vision.rectify import CROP_HEIGHT, CROP_WIDTH
from kirpik_models.evaluate_reader import build_tests, fit_temperature, measure, network_logits
from kirpik_models.layers import multiplications
from kirpik_models.manifest import Origin, enter
from kirpik_models.quantize import quantize
from kirpik_models.reader_net import ReaderNet
from kirpik_models.reader_pool import open_pool, start_filling
from kirpik_models.soup import stirred
from kirpik_models.train_reader import train
from kirpik_models.training import load_mean

POOL_CROPS = 120_000
FIRST_CROPS = 6_000
"""The ring's filling before training begins."""
CALIBRATION_CROPS = 400
ACCEPT = 0.98
"""Probability of the whole plate from which it may accuse; see models/REPORT.md for what this lets through."""
DATA = "synthetic plates in free faces (kirpik_models.artwork); romanian-eu train split, a tenth of the crops"


def train_session(
    run: Path, *, fonts: Path, labels: Path | None, minutes: float, threads: int, start: Path | None
) -> Path:
    """Train; returns the best checkpoint."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    pool = open_pool(run / "pool", POOL_CROPS)
    filler = start_filling(run / "pool", POOL_CROPS, fonts=fonts, labels=labels, seed=1 + int(pool.filled[0]))
    try:
        while pool.ready < FIRST_CROPS:
            time.sleep(1.0)
        tests = build_tests(fonts, labels, count=600)
        return train(run, pool, tests, minutes=minutes, start=start)
    finally:
        filler.terminate()


def quantize_session(run: Path, models: Path, *, fonts: Path, earlier: tuple[Path, float] | None) -> dict[str, float]:
    """Calibrate on crops of the ring, write the file, fit the temperature on synthetic tests, enter the manifest.

    `earlier` names a file of the same training that gives a share of each weight.
    """
    network = load_mean(run / "best.pt", ReaderNet())
    drawn, _ = open_pool(run / "pool", POOL_CROPS).draw(np.random.default_rng(5), CALIBRATION_CROPS)
    crops, path = list(drawn), models / "reader.tflite"
    network = network if earlier is None else stirred(network, ReaderNet(), *earlier, crops)
    quantize(network, crops, path)
    tests = build_tests(fonts, None)
    logits = network_logits(TfliteNetwork(path))
    temperature = fit_temperature(logits, [crop for crops in tests.values() for crop in crops])
    settings = {"temperature": round(temperature, 3), "accept": ACCEPT}
    macs = multiplications(network, CROP_HEIGHT, CROP_WIDTH)
    enter(models, "reader", Origin((CROP_HEIGHT, CROP_WIDTH), macs, DATA), settings)
    os.chmod(path, 0o644)  # noqa: PTH101  the exporter leaves it executable
    return settings


def evaluate_session(models: Path, *, fonts: Path, labels: Path | None) -> Iterator[Sequence[str]]:
    """A table's rows, its head first."""
    entry = read_manifest(models).networks["reader"]
    network = TfliteNetwork(check(models, "reader", entry))
    yield (
        "test",
        "crops",
        "exact",
        "O=0, I=1 folded",
        f"accepted at {entry.settings['accept']}",
        "of them wrong",
        "ms",
    )
    for name, crops in build_tests(fonts, labels).items():
        settings = entry.settings
        found = measure(network, crops, temperature=settings["temperature"], accept=settings["accept"])
        shares = (f"{share:.1%}" for share in (found.exact, found.folded, found.accepted))
        yield (name, str(found.crops), *shares, str(found.wrong_accepted), f"{found.ms_per_crop:.2f}")
