"""CTC in plain numpy: logits become probabilities, the best text, and each character's chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BLANK = 0
"""Class 0 is the blank, class 1 + i is `ALPHABET[i]`."""

TINY = 1e-300
"""Probability below which a text is as good as impossible."""

LEAST = -30.0
"""ln of the least chance that one glance among several leaves to a text."""

LEAST_SHARE = 0.005
"""Classes that have less of a step are not followed up as hypotheses."""

Prefix = tuple[int, ...]
Ends = tuple[float, float]
"""Probability of a prefix's paths that end in a blank, and of those that end in its last character."""

LogChances = NDArray[np.float64]
"""Natural logarithms of probabilities, shape (steps, 37) or (crops, steps, 37)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The best path's text."""

    text: str
    char_log_chances: tuple[float, ...]
    """Of each character; for an empty text there is none."""


def log_softmax(logits: NDArray[np.float32], temperature: float) -> LogChances:
    """Over the last axis, softened by `temperature`."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(-1, keepdims=True)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(-1, keepdims=True)), np.float64)


def decode(chances: LogChances) -> Decoded:
    """Greedy: the best class of each step, repeats and blanks dropped."""
    best = chances.argmax(1)
    starts = np.flatnonzero((best != BLANK) & (best != np.concatenate(([BLANK], best[:-1]))))
    text = "".join(ALPHABET[best[step] - 1] for step in starts)
    each = tuple(_run_chance(chances, best, int(step)) for step in starts)
    return Decoded(text, each)


def hypotheses(chances: LogChances, *, most: int = 4) -> tuple[str, ...]:
    """The likeliest texts, best first, by prefix beam search (Hannun 2014); among them is what `decode` gives."""
    beams: dict[Prefix, Ends] = {(): (1.0, 0.0)}
    still = False
    for step in np.exp(chances):
        classes = [(int(at), float(step[at])) for at in np.flatnonzero(step >= LEAST_SHARE) if at != BLANK]
        if classes or not still:  # of blanks in a row the first parts two alike, the others change nothing
            beams = _pruned(_grown(beams, classes, float(step[BLANK])), most)
        still = not classes
    texts = ["".join(ALPHABET[at - 1] for at in prefix) for prefix in beams]
    return tuple(dict.fromkeys([*texts, decode(chances).text]))


def text_log_chance(chances: LogChances, text: str) -> float:
    """Logarithm of the probability that `text` is said, summed over all paths that say it."""
    return float(text_log_chances(chances[None], text)[0])


def text_log_chances(stack: LogChances, text: str) -> NDArray[np.float64]:
    """The same for several crops at once, shape (crops, steps, 37)."""
    return np.asarray(log_chances_of(stack, [text])[0])


def log_chances_of(stack: LogChances, texts: Sequence[str]) -> NDArray[np.float64]:
    """For several texts and crops at once, shape (texts, crops): CTC's forward sum (Graves 2006)."""
    lengths = np.array([len(text) for text in texts])
    classes = np.zeros((len(texts), 2 * int(lengths.max(initial=0)) + 1), np.int64)
    for row, text in zip(classes, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [1 + ALPHABET.index(char) for char in text]
    skips = np.zeros(classes.shape)
    skips[:, 2:] = (classes[:, 2:] != BLANK) & (classes[:, 2:] != classes[:, :-2])
    chances = np.exp(stack)
    paths = np.zeros((len(stack), *classes.shape))
    paths[:, :, :2] = chances[:, 0][:, classes[:, :2]]
    for step in range(1, chances.shape[1]):
        onward = paths.copy()
        onward[:, :, 1:] += paths[:, :, :-1]
        onward[:, :, 2:] += paths[:, :, :-2] * skips[:, 2:]
        paths = onward * chances[:, step][:, classes]
    each = np.arange(len(texts))
    ends = paths[:, each, 2 * lengths] + paths[:, each, 2 * lengths - 1] * (lengths > 0)
    return np.asarray(np.log(np.maximum(ends.T, TINY)), np.float64)


def mean_log_chances(patches: Sequence[LogChances], texts: Sequence[str]) -> NDArray[np.float64]:
    """For several texts and patches, each (glances, steps, 37): the mean over its glances, shape (texts, patches)."""
    each = np.maximum(log_chances_of(np.concatenate(patches), texts), LEAST)
    counts = np.array([len(patch) for patch in patches])
    return np.asarray(np.add.reduceat(each, np.cumsum(counts) - counts, axis=1) / counts)


def _grown(beams: dict[Prefix, Ends], classes: list[tuple[int, float]], blank: float) -> dict[Prefix, Ends]:
    """Every prefix one step on: a path ends in a blank or in its last character, and only a blank parts two alike."""
    grown: dict[Prefix, Ends] = {}
    for prefix, (by_blank, by_char) in beams.items():
        _add(grown, prefix, (by_blank + by_char) * blank, 0.0)
        for at, share in classes:
            if prefix and at == prefix[-1]:
                _add(grown, prefix, 0.0, by_char * share)
                _add(grown, (*prefix, at), 0.0, by_blank * share)
            else:
                _add(grown, (*prefix, at), 0.0, (by_blank + by_char) * share)
    return grown


def _add(beams: dict[Prefix, Ends], prefix: Prefix, by_blank: float, by_char: float) -> None:
    before = beams.get(prefix, (0.0, 0.0))
    beams[prefix] = (before[0] + by_blank, before[1] + by_char)


def _pruned(beams: dict[Prefix, Ends], most: int) -> dict[Prefix, Ends]:
    best = sorted(beams.items(), key=lambda beam: -sum(beam[1]))[:most]
    whole = sum(sum(ends) for _, ends in best) or 1.0
    return {prefix: (ends[0] / whole, ends[1] / whole) for prefix, ends in best}


def _run_chance(chances: LogChances, best: NDArray[np.int64], start: int) -> float:
    """A character is as sure as the surest step of its run."""
    stop = start
    while stop < len(best) and best[stop] == best[start]:
        stop += 1
    return float(chances[start:stop, best[start]].max())
