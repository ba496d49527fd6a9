"""CTC in plain numpy: logits become probabilities, the best text, and each character's chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK = 0
"""Class 0 is the blank, class 1 + i is `ALPHABET[i]`."""

LogChances = NDArray[np.float64]
"""Natural logarithms of probabilities, shape (steps, 37)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The best path's text."""

    text: str
    char_log_chances: tuple[float, ...]
    """Of each character; for an empty text there is none."""
    log_chance: float
    """Of the whole text: all paths that say it."""


def log_softmax(logits: NDArray[np.float32], temperature: float) -> LogChances:
    """Over the last axis, softened by `temperature`."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(-1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(-1, keepdims=True)), np.float64)


def decode(chances: LogChances) -> Decoded:
    """Greedy: the best class of each step, repeats and blanks dropped. The text's chance is summed over its paths."""
    best = chances.argmax(1)
    starts = np.flatnonzero((best != BLANK) & (best != np.concatenate(([BLANK], best[:-1]))))
    text = "".join(ALPHABET[best[step] - 1] for step in starts)
    each = tuple(_run_chance(chances, best, int(step)) for step in starts)
    return Decoded(text, each, text_log_chance(chances, text))


def text_log_chance(chances: LogChances, text: str) -> float:
    """Logarithm of the probability that `text` is said, by CTC's forward sum over all its paths."""
    classes = np.zeros(2 * len(text) + 1, np.int64)
    classes[1::2] = [1 + ALPHABET.index(char) for char in text]
    said = chances[:, classes]
    skips = np.zeros(len(classes), bool)
    skips[2:] = (classes[2:] != BLANK) & (classes[2:] != classes[:-2])
    alpha = np.full(len(classes), -np.inf)
    alpha[:2] = said[0, :2]
    for row in said[1:]:
        before = np.concatenate(([-np.inf], alpha[:-1]))
        two = np.where(skips, np.concatenate(([-np.inf, -np.inf], alpha[:-2]))[: len(classes)], -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, before), two) + row
    return float(np.logaddexp(alpha[-1], alpha[-2]) if len(alpha) > 1 else alpha[-1])


def _run_chance(chances: LogChances, best: NDArray[np.int64], start: int) -> float:
    """A character is as sure as the surest step of its run."""
    stop = start
    while stop < len(best) and best[stop] == best[start]:
        stop += 1
    return float(chances[start:stop, best[start]].max())
