"""How well crops are read: exact texts, texts with O and 0 taken as one, and what is right among the accepted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kirpik.vision.ctc import LogChances, decode, log_softmax, text_log_chance
from kirpik_models.reader_data import Crop

Logits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Crops (n, 40, 192) → logits (n, 96, 37)."""

FOLD = str.maketrans("OI", "01")
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Said:
    """What was read of one crop."""

    text: str
    log_chance: float
    """Of the whole text: all paths that say it."""


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of one test's crops."""

    crops: int
    exact: float
    folded: float
    """With O = 0 and I = 1."""


def read_all(logits: Logits, crops: Sequence[Crop], *, temperature: float = 1.0) -> list[Said]:
    """The best text of every crop."""
    found: list[Said] = []
    for start in range(0, len(crops), _BATCH):
        stack = np.stack([crop.luma for crop in crops[start : start + _BATCH]])
        found += [_said(log_softmax(one, temperature)) for one in logits(stack)]
    return found


def _said(chances: LogChances) -> Said:
    text = decode(chances).text
    return Said(text, text_log_chance(chances, text))


def score(logits: Logits, crops: Sequence[Crop]) -> Score:
    """Counts over `crops`."""
    texts = [found.text for found in read_all(logits, crops)]
    exact = sum(text == crop.text for text, crop in zip(texts, crops, strict=True))
    folded = sum(text.translate(FOLD) == crop.text.translate(FOLD) for text, crop in zip(texts, crops, strict=True))
    return Score(len(crops), exact / len(crops), folded / len(crops))
