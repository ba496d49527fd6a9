"""The reader: a suspect's patches become one plate, agreed over all of them, or nothing when they leave a doubt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from kirpik.values import Luma, Network, PlateText, Reading
from kirpik.vision.ctc import Decoded, LogChances, decode, log_softmax, text_log_chance
from kirpik.vision.patch import Patch
from kirpik.vision.plates import match
from kirpik.vision.rectify import aspect, row_crops

ONE_ROW_FROM_ASPECT = 3.3
"""As seen, a plate wider than this has one row, and one narrower than `TWO_ROWS_TO_ASPECT` has two; between, both
are tried. A long plate seen from 45° aside is 3.3 times as wide as high."""
TWO_ROWS_TO_ASPECT = 1.2
FULL_WEIGHT_WIDTH_PX = 90.0
"""A patch of a narrower plate counts less."""
AGREEMENT_GROWTH = 0.5
"""n patches count as n to this power: they share dirt, light and the net's own errors, so they are no n witnesses."""
DOUBT_FLOOR = 1e-6
"""Least probability that a patch leaves for a text that nobody read."""


@dataclass(frozen=True, slots=True)
class RowVote:
    """What all patches say of one row."""

    text: str
    log_chance: float
    chars: tuple[float, ...]
    """Probability of each character, weighted over the patches that read this text."""


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """One row in one patch."""

    chances: LogChances = field(repr=False)
    said: Decoded
    weight: float


class Reader:
    """Owns the network; stateless between vehicles."""

    def __init__(
        self, network: Network, *, temperature: float, accept: float, formats: Sequence[str] | None = None
    ) -> None:
        self._network = network
        self._temperature = temperature
        self._accept = accept
        self._formats = formats

    def read(self, patches: Sequence[Patch]) -> Reading | None:
        """The plate, when it is sure enough and stands in a wanted grammar; only the likeliest text is considered."""
        reading = self.guess(patches)
        return reading if reading is not None and reading.confidence >= self._accept else None

    def guess(self, patches: Sequence[Patch]) -> Reading | None:
        """Like `read`, however unsure."""
        votes = [self._vote(patches, rows) for rows in _possible_rows(patches)]
        found = [vote for vote in votes if vote and all(row.text for row in vote)]
        if not found:
            return None
        best = max(found, key=lambda vote: sum(row.log_chance for row in vote))
        text = "".join(row.text for row in best)
        plate_format = match(text, self._formats, rows=len(best))
        if plate_format is None:
            return None
        return Reading(
            plate=PlateText(text),
            plate_format=plate_format,
            rows=len(best),
            confidence=float(np.exp(sum(row.log_chance for row in best))),
            char_confidence=tuple(chance for row in best for chance in row.chars),
        )

    def _vote(self, patches: Sequence[Patch], rows: int) -> list[RowVote]:
        read: list[list[RowEvidence]] = [[] for _ in range(rows)]
        for patch in patches:
            for row, crop in zip(read, row_crops(patch.luma, patch.quad, rows), strict=True):
                row.append(self._evidence(crop, patch.width_px))
        return [agree(evidence) for evidence in read]

    def _evidence(self, crop: Luma, width_px: float) -> RowEvidence:
        (logits,) = self._network.run(crop[None, :, :, None])
        steps = logits.values.reshape(-1, logits.values.shape[-1]).astype(np.float32) - logits.zero_point
        chances = log_softmax(steps * np.float32(logits.scale), self._temperature)
        return RowEvidence(chances, decode(chances), min(1.0, width_px / FULL_WEIGHT_WIDTH_PX))


def agree(evidence: Sequence[RowEvidence]) -> RowVote:
    """The likeliest text of all that any patch read, against each other and against "something else"."""
    texts = sorted({one.said.text for one in evidence})
    weights = _weights(evidence)
    table = np.array([[text_log_chance(one.chances, text) for one in evidence] for text in texts])
    others = np.log(np.maximum(1 - np.exp(table).sum(0), DOUBT_FLOOR))
    sums = np.append(table @ weights, others @ weights)
    best = int(sums[:-1].argmax())
    log_chance = float(sums[best] - np.logaddexp.reduce(sums))
    return RowVote(texts[best], log_chance, _characters(evidence, texts[best]))


def _weights(evidence: Sequence[RowEvidence]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weights = np.array([one.weight for one in evidence])
    return np.asarray(weights / weights.sum() * len(evidence) ** AGREEMENT_GROWTH)


def _characters(evidence: Sequence[RowEvidence], text: str) -> tuple[float, ...]:
    same = [one for one in evidence if one.said.text == text]
    chances = np.exp([one.said.char_log_chances for one in same])
    weights = np.array([one.weight for one in same])
    return tuple(float(chance) for chance in weights @ chances / weights.sum())


def _possible_rows(patches: Sequence[Patch]) -> Iterable[int]:
    if not patches:
        return ()
    shape = float(np.median([aspect(patch.quad) for patch in patches]))
    return (1,) if shape > ONE_ROW_FROM_ASPECT else (2,) if shape < TWO_ROWS_TO_ASPECT else (1, 2)
