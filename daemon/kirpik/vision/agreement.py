"""What all patches of a plate say together: one text a row, against each other text that any of them may show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.vision.ctc import Decoded, LogChances, mean_log_chances
from kirpik.vision.plates import shapes_of
from kirpik.vision.witness import Statement

AGREEMENT_GROWTH = 0.5
"""n patches count as n to this power: they share dirt, light and the net's own errors, so they are no n witnesses."""
LEAST_SAY = 0.1
"""A patch that is sure of nothing still has this much of a sure one's vote."""
DOUBT_FLOOR = 1e-6
"""Least probability that a patch leaves for a text that nobody read."""
OTHER_TEXTS = 20.0
"""Texts among which that probability is spread."""

Prior = Callable[[str], float]
"""ln of how likely a text is before anything is seen."""


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
    """Of each glance, shape (glances, steps, 37)."""
    said: Decoded
    """At the first glance."""
    log_chance: float
    """Of what is said, over all glances."""
    texts: tuple[str, ...]
    """What it may be."""
    weight: float


@dataclass(frozen=True, slots=True)
class Look:
    """What the network says of one patch, taken as a plate of one row and of two, where its shape allows."""

    rows: dict[int, tuple[RowEvidence, ...]] = field(repr=False)


def likeliest(looks: Sequence[Look], prior: Prior) -> Vote | None:
    """The text that all patches agree on best, in one row or in two; None when there is not a letter."""
    votes = [vote for rows in (1, 2) if (vote := _vote(looks, rows, prior)) and all(row.text for row in vote.rows)]
    return max(votes, key=lambda vote: sum(row.log_chance for row in vote.rows), default=None)


def agree(evidence: Sequence[RowEvidence], prior: Prior) -> RowVote:
    """The likeliest of all texts that any patch may show, against each other and against some text not among them.

    That text would have to be the same in every patch, so each further patch divides its chance by OTHER_TEXTS. The
    prior has a say in what is doubted, and in the choice between texts of the same shapes alone.
    """
    texts = sorted({text for one in evidence for text in one.texts})
    table = mean_log_chances([one.chances for one in evidence], texts)
    weights = _weights(np.array([one.weight for one in evidence]) * (LEAST_SAY + np.exp(table.max(0))))
    others = np.log(np.maximum(1 - np.exp(table).sum(0), DOUBT_FLOOR))
    unity = float(others @ weights) - (float(weights.sum()) - 1) * np.log(OTHER_TEXTS)
    seen = table @ weights
    weighed = seen + [prior(text) for text in texts]
    shapes = shapes_of(texts[int(seen.argmax())])
    alike = [at for at, text in enumerate(texts) if shapes_of(text) == shapes]
    best = max(alike, key=lambda at: float(weighed[at]))
    whole = float(np.logaddexp.reduce(np.append(weighed, unity)))
    log_chance = float(weighed[best]) - whole
    alike_log_chance = float(np.logaddexp.reduce(weighed[alike])) - whole
    return RowVote(texts[best], log_chance, _characters(evidence, texts[best], log_chance), alike_log_chance)


def _vote(looks: Sequence[Look], rows: int, prior: Prior) -> Vote | None:
    """None when less than half of the patches can have so many rows. A patch without a letter has no say."""
    able = [look.rows[rows] for look in looks if rows in look.rows]
    if not able or 2 * len(able) < len(looks):
        return None
    able = [found for found in able if any(row.said.text for row in found)] or able
    of_a_row = prior if rows == 1 else _even
    votes = tuple(agree(evidence, of_a_row) for evidence in zip(*able, strict=True))
    return Vote(votes, tuple(_statement(found) for found in able))


def _even(_: str) -> float:
    """Of a part of a text nothing is known."""
    return 0.0


def _statement(found: tuple[RowEvidence, ...]) -> Statement:
    """A patch has as much say as in the vote: by its width, and by how sure it is of its own text."""
    own = sum(row.log_chance for row in found)
    say = found[0].weight * (LEAST_SAY + float(np.exp(own)))
    return Statement(tuple(row.said.text for row in found), say, tuple(row.chances for row in found))


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
