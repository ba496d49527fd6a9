"""The reader: a suspect's patches become one plate, agreed over all of them, or nothing when they leave a doubt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik.values import Luma, Network, PlateText, Quad, Reading
from kirpik.vision.ctc import Decoded, LogChances, decode, hypotheses, log_chances_of, log_softmax, text_log_chance
from kirpik.vision.patch import Patch
from kirpik.vision.plates import match, shapes_of, told_by_place
from kirpik.vision.rectify import CROP_HEIGHT, CROP_WIDTH, aspect, row_crops
from kirpik.vision.witness import MOST, Statement, Witness, hear

ONE_ROW_FROM_ASPECT = 3.3
"""As seen, a plate wider than this has one row, and one narrower than `TWO_ROWS_TO_ASPECT` has two; between, both
are tried. A long plate seen from 45° aside is 3.3 times as wide as high."""
TWO_ROWS_TO_ASPECT = 1.2
FULL_WEIGHT_WIDTH_PX = 90.0
"""A patch of a narrower plate counts less."""
AGREEMENT_GROWTH = 0.5
"""n patches count as n to this power: they share dirt, light and the net's own errors, so they are no n witnesses."""
LEAST_SAY = 0.1
"""A patch that is sure of nothing still has this much of a sure one's vote."""
DOUBT_FLOOR = 1e-6
"""Least probability that a patch leaves for a text that nobody read."""
OTHER_TEXTS = 20.0
"""Texts among which that probability is spread."""


@dataclass(frozen=True, slots=True)
class RowVote:
    """What all patches say of one row."""

    text: str
    log_chance: float
    chars: tuple[float, ...]
    """Probability of each character, weighted over the patches that read this text."""
    alike_log_chance: float
    """Of this text or any other of the same shapes, O and 0 being one."""


@dataclass(frozen=True, slots=True)
class Vote:
    """A text of one row or two, and the patches that voted."""

    rows: tuple[RowVote, ...]
    patches: tuple[Statement, ...]

    @property
    def text(self) -> str:
        return "".join(row.text for row in self.rows)


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """One row in one patch."""

    chances: LogChances = field(repr=False)
    said: Decoded
    log_chance: float
    """Of what is said."""
    texts: tuple[str, ...]
    """What it may be, likeliest first."""
    weight: float


@dataclass(frozen=True, slots=True)
class Look:
    """What the network says of one patch, taken as a plate of one row and of two, where its shape allows."""

    rows: dict[int, tuple[RowEvidence, ...]] = field(repr=False)


class Reader:
    """Owns the network; stateless between vehicles."""

    def __init__(
        self, network: Network, *, temperature: float, accept: float, formats: Sequence[str] | None = None
    ) -> None:
        if tuple(network.input_size) != (CROP_HEIGHT, CROP_WIDTH):
            raise ModelError(f"expected a reader network of {CROP_HEIGHT}×{CROP_WIDTH}, got {network.input_size}")
        self._network = network
        self._temperature = temperature
        self._accept = accept
        self._formats = formats

    def read(self, patches: Sequence[Patch]) -> Reading | None:
        """The plate, when it is sure enough and stands in a wanted grammar; only the likeliest text is considered."""
        reading = self.judge([self.look(patch.luma, patch.quad) for patch in patches])
        return reading if reading is not None and reading.confidence >= self._accept else None

    def look(self, luma: Luma, quad: Quad) -> Look:
        """Run the network on one plate."""
        weight = min(1.0, _width_px(quad) / FULL_WEIGHT_WIDTH_PX)
        crops = {rows: row_crops(luma, quad, rows) for rows in _possible_rows(quad)}
        return Look({rows: tuple(self.evidence(crop, weight) for crop in each) for rows, each in crops.items()})

    def judge(self, looks: Sequence[Look]) -> Reading | None:
        """The agreed plate, however unsure; None when nothing was read or its text obeys no wanted grammar."""
        vote = self.vote(looks)
        return None if vote is None else self.reading(vote)

    def vote(self, looks: Sequence[Look]) -> Vote | None:
        """What is agreed on, spelt as the place of each round shape demands; None when nothing was read."""
        vote = likeliest(looks)
        return None if vote is None else self._by_place(vote)

    def reading(self, vote: Vote) -> Reading | None:
        """What a vote means; None when its text obeys no wanted grammar."""
        plate_format = match(vote.text, self._formats, rows=len(vote.rows))
        if plate_format is None:
            return None
        return Reading(
            plate=PlateText(vote.text),
            plate_format=plate_format,
            rows=len(vote.rows),
            confidence=self.witness(vote).confidence(),
            char_confidence=tuple(min(MOST, chance) for row in vote.rows for chance in row.chars),
        )

    def _by_place(self, vote: Vote) -> Vote:
        """Where one spelling alone of O and 0 obeys a grammar, it is meant, and what was said for the other counts."""
        rows = len(vote.rows)
        text = told_by_place(vote.text, self._formats, rows=rows)
        if text is None:
            return vote
        meant = ((one, told_by_place(one.text, self._formats, rows=rows)) for one in vote.patches)
        patches = tuple(replace(one, text=spelt or one.text) for one, spelt in meant)
        return Vote(tuple(_respelt(vote.rows, text)), patches)

    def witness(self, vote: Vote) -> Witness:
        """What speaks for and against it."""
        rows = tuple(row.text for row in vote.rows)
        log_chance = sum(row.log_chance for row in vote.rows)
        return hear(rows, log_chance, vote.patches, lambda text: bool(match(text, self._formats, rows=len(rows))))

    def evidence(self, crop: Luma, weight: float) -> RowEvidence:
        """Run the network on one row, even in light and size."""
        (logits,) = self._network.run(crop[None, :, :, None])
        steps = logits.values.reshape(-1, logits.values.shape[-1]).astype(np.float32) - logits.zero_point
        chances = log_softmax(steps * np.float32(logits.scale), self._temperature)
        said = decode(chances)
        return RowEvidence(chances, said, text_log_chance(chances, said.text), hypotheses(chances), weight)


def likeliest(looks: Sequence[Look]) -> Vote | None:
    """The text that all patches agree on best, in one row or in two; None when there is not a letter."""
    votes = [vote for rows in (1, 2) if (vote := _vote(looks, rows)) and all(row.text for row in vote.rows)]
    return max(votes, key=lambda vote: sum(row.log_chance for row in vote.rows), default=None)


def agree(evidence: Sequence[RowEvidence]) -> RowVote:
    """The likeliest of all texts that any patch may show, against each other and against some text not among them.

    That text would have to be the same in every patch, so each further patch divides its chance by OTHER_TEXTS.
    """
    texts = sorted({text for one in evidence for text in one.texts})
    stack = np.stack([one.chances for one in evidence])
    table = log_chances_of(stack, texts)
    weights = _weights(np.array([one.weight for one in evidence]) * (LEAST_SAY + np.exp(table.max(0))))
    others = np.log(np.maximum(1 - np.exp(table).sum(0), DOUBT_FLOOR))
    unity = float(others @ weights) - (float(weights.sum()) - 1) * np.log(OTHER_TEXTS)
    sums = np.append(table @ weights, unity)
    best = int(sums[:-1].argmax())
    log_chance = float(sums[best] - np.logaddexp.reduce(sums))
    alike = [at for at, text in enumerate(texts) if shapes_of(text) == shapes_of(texts[best])]
    alike_log_chance = float(np.logaddexp.reduce(sums[alike]) - np.logaddexp.reduce(sums))
    return RowVote(texts[best], log_chance, _characters(evidence, texts[best], log_chance), alike_log_chance)


def _respelt(rows: Sequence[RowVote], text: str) -> Iterator[RowVote]:
    for row in rows:
        yield replace(row, text=text[: len(row.text)], log_chance=row.alike_log_chance)
        text = text[len(row.text) :]


def _vote(looks: Sequence[Look], rows: int) -> Vote | None:
    """None when less than half of the patches can have so many rows. A patch without a letter has no say."""
    able = [look.rows[rows] for look in looks if rows in look.rows]
    if not able or 2 * len(able) < len(looks):
        return None
    able = [found for found in able if any(row.said.text for row in found)] or able
    votes = tuple(agree(evidence) for evidence in zip(*able, strict=True))
    return Vote(votes, tuple(_statement(found) for found in able))


def _statement(found: tuple[RowEvidence, ...]) -> Statement:
    """A patch has as much say as in the vote: by its width, and by how sure it is of its own text."""
    own = sum(row.log_chance for row in found)
    say = found[0].weight * (LEAST_SAY + float(np.exp(own)))
    return Statement("".join(row.said.text for row in found), say, tuple(row.chances for row in found))


def _weights(say: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of the vote, which together weigh as much as so many patches may (Kish's effective number)."""
    effective = float(say.sum() ** 2 / (say**2).sum())
    return np.asarray(say / say.sum() * effective**AGREEMENT_GROWTH)


def _characters(evidence: Sequence[RowEvidence], text: str, log_chance: float) -> tuple[float, ...]:
    same = [one for one in evidence if one.said.text == text]
    if not same:  # agreed on, though each patch by itself read something else
        return (float(np.exp(log_chance / max(len(text), 1))),) * len(text)
    chances = np.exp([one.said.char_log_chances for one in same])
    weights = np.array([one.weight for one in same])
    return tuple(float(chance) for chance in weights @ chances / weights.sum())


def _possible_rows(quad: Quad) -> tuple[int, ...]:
    shape = aspect(quad)
    return (1,) if shape > ONE_ROW_FROM_ASPECT else (2,) if shape < TWO_ROWS_TO_ASPECT else (1, 2)


def _width_px(quad: Quad) -> float:
    return float(np.hypot(*(quad[1] - quad[0])) + np.hypot(*(quad[2] - quad[3]))) / 2
