"""Figures of the finished reader on real plates, unseen faces and national formats; and its temperature."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Network
from kirpik.vision.ctc import log_softmax, text_log_chance
from kirpik.vision.rectify import rectify
from kirpik_models.fonts import load_faces
from kirpik_models.reader_data import Crop, load_real, synthetic
from kirpik_models.reader_score import FOLD, Logits, read_all

TEMPERATURES = tuple(float(value) for value in np.geomspace(0.5, 3.0, 37))
TEST_SEED = 99
"""Training draws from other seeds."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One test of the whole-number reader."""

    crops: int
    exact: float
    folded: float
    """With O = 0 and I = 1."""
    accepted: float
    """Share at or above the acceptance bound."""
    wrong_accepted: int
    """Of those, not exactly right."""
    ms_per_crop: float
    """Of one core's time, the network alone."""


def build_tests(fonts: Path, labels: Path | None, *, count: int = 1000) -> dict[str, Sequence[Crop]]:
    """The fixed tests: synthetic crops in faces that training never saw, and the labelled folder's part `val`."""
    held = load_faces(fonts, held_out=True)
    tests: dict[str, Sequence[Crop]] = {
        "unseen faces": synthetic_test(held, count),
        "kz private": synthetic_test(held, count // 2, plate_format="kz2012_private"),
    }
    if labels is not None:
        tests["real"] = [
            Crop(rectify(plate.luma, plate.quad), plate.text or "", float(np.ptp(plate.quad[:, 0])))
            for plate in load_real(labels, "val")
        ]
    return tests


def synthetic_test(faces: Sequence, count: int, *, plate_format: str | None = None) -> list[Crop]:  # type: ignore[type-arg]
    """`count` crops with text, always the same ones."""
    rng = np.random.default_rng(TEST_SEED)
    crops: list[Crop] = []
    while len(crops) < count:
        crops += [crop for crop in synthetic(rng, faces, plate_format=plate_format) if crop.text]
    return crops[:count]


def network_logits(network: Network) -> Logits:
    """A loaded network as the score wants it."""

    def run(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits = []
        for crop in crops:
            (out,) = network.run(crop[None, :, :, None])
            steps = out.values.reshape(-1, out.values.shape[-1]).astype(np.float32) - out.zero_point
            logits.append(steps * np.float32(out.scale))
        return np.stack(logits)

    return run


def fit_temperature(logits: Logits, crops: Sequence[Crop]) -> float:
    """The softening under which the true texts are likeliest, so that a confidence of .9 is right 9 times in 10."""
    stacks = logits(np.stack([crop.luma for crop in crops]))
    surprise = [_surprise(stacks, crops, temperature) for temperature in TEMPERATURES]
    return TEMPERATURES[int(np.argmin(surprise))]


def measure(network: Network, crops: Sequence[Crop], *, temperature: float, accept: float) -> Figures:
    """Read every crop by itself, without a grammar."""
    logits = network_logits(network)
    found = read_all(logits, crops, temperature=temperature)
    start = time.thread_time()
    for crop in crops[:200]:
        network.run(crop.luma[None, :, :, None])
    milliseconds = (time.thread_time() - start) / min(len(crops), 200) * 1e3
    right = [one.text == crop.text for one, crop in zip(found, crops, strict=True)]
    folded = [one.text.translate(FOLD) == crop.text.translate(FOLD) for one, crop in zip(found, crops, strict=True)]
    sure = [bool(one.text) and np.exp(one.log_chance) >= accept for one in found]
    wrong = sum(certain and not ok for certain, ok in zip(sure, right, strict=True))
    return Figures(len(crops), float(np.mean(right)), float(np.mean(folded)), float(np.mean(sure)), wrong, milliseconds)


def _surprise(stacks: NDArray[np.float32], crops: Sequence[Crop], temperature: float) -> float:
    chances = log_softmax(stacks, temperature)
    return -float(
        np.mean([max(text_log_chance(one, crop.text), -30.0) for one, crop in zip(chances, crops, strict=True)])
    )
