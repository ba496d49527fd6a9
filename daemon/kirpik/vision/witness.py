"""How sure an agreed text is. A vote alone is too sure of itself: patches of one plate share its dirt and the network's
habits. So it is asked what one patch brings, how near the nearest other text comes, and what may have been left out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.vision.ctc import LogChances, mean_log_chances
from kirpik.vision.neighbours import longer, replaced, shorter
from kirpik.vision.plates import shapes_of

HEARD_FROM = 0.3
"""A patch with this share of the surest one's say may testify that a character was left out."""
ODDS_RANGE = (-14.0, 6.0)
FIRMEST = -6.0
"""No patch speaks more firmly against another text than 400 to 1: few who are sure do not outvote many who saw it."""
LEAST_DOUBT = 1e-12
MOST = 0.999
"""No more is claimed than can be shown."""
LONE, SEVERAL = np.array([-2.13, 1.14, -0.41, -0.08]), np.array([-1.92, 0.65, -0.71, -0.07])
"""Bias and weights of `Witness.features`, of a lone patch and of more: logistic regressions over tracks in faces that
the network never saw (`kirpik-models evaluate votes`). How many there are has no weight: they share their dirt."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one patch says of all its rows."""

    texts: tuple[str, ...] = field(repr=False)
    """Of each row what it reads, by itself."""
    say: float
    """Its weight in the vote."""
    rows: tuple[LogChances, ...] = field(repr=False)
    """Of each row all glances, shape (glances, steps, 37)."""


@dataclass(frozen=True, slots=True)
class Witness:
    """What speaks for and against an agreed text."""

    evidence: float
    """−ln of the doubt that the vote itself leaves, over the square root of `patches`, as the vote counts them."""
    patches: float
    """Of equal say, that would count as much (Kish's effective number)."""
    nearest: float
    """ln of the odds of the other text that comes nearest, on the average of all patches, none below `FIRMEST`."""
    forgotten: float
    """ln of the odds, in the patch where they are best, that a narrow character or a small sign more is there."""

    def confidence(self) -> float:
        """Probability that the text is right."""
        weights = LONE if self.patches == 1 else SEVERAL
        logit = float(weights[0] + weights[1:] @ self.features())
        return min(MOST, float(1 / (1 + np.exp(-logit))))

    def features(self) -> NDArray[np.float64]:
        """Evidence, nearest, forgotten."""
        return np.array([self.evidence, self.nearest, self.forgotten])


Prior = Callable[[str], float]
"""ln of how likely a text is before anything is seen; −∞ where it obeys no grammar."""


def hear(rows: tuple[str, ...], log_chance: float, patches: Sequence[Statement], prior: Prior) -> Witness:
    """`rows` is the agreed text with the logarithm of its chance."""
    say = np.array([one.say for one in patches])
    count = float(say.sum() ** 2 / (say**2).sum())
    left_out, other = [], []
    for number, row in enumerate(rows):
        said = {one.texts[number] for one in patches}
        left_out.append(_odds(rows, number, longer(row), patches, prior))
        other.append(_odds(rows, number, replaced(row) | shorter(row) | said, patches, prior))
    forgotten = np.concatenate(left_out)
    nearest = np.maximum(np.concatenate([forgotten, *other]), FIRMEST) @ (say / say.sum())
    heard = forgotten[:, say >= HEARD_FROM * say.max()]
    return Witness(
        evidence=-float(np.log(max(-np.expm1(log_chance), LEAST_DOUBT))) / count**0.5,
        patches=count,
        nearest=float(nearest.max(initial=FIRMEST)),
        forgotten=float(heard.max(initial=ODDS_RANGE[0])),
    )


def _odds(
    rows: tuple[str, ...], number: int, texts: Iterable[str], patches: Sequence[Statement], prior: Prior
) -> NDArray[np.float64]:
    """ln of the odds of each text in place of that row, in each patch: (texts that obey a grammar, patches)."""
    row, said = rows[number], {one.texts[number] for one in patches}
    likely = {text: prior("".join((*rows[:number], text, *rows[number + 1 :]))) for text in {row, *texts, *said}}
    others = sorted(text for text in texts if text != row and likely[text] > -np.inf)
    same = [text for text in said if shapes_of(text) == shapes_of(row) and text != row and likely[text] == -np.inf]
    chances = mean_log_chances([one.rows[number] for one in patches], [row, *same, *others])
    own = np.logaddexp.reduce(chances[: 1 + len(same)])
    gain = np.array([likely[text] - likely[row] for text in others])
    return np.asarray(np.clip(chances[1 + len(same) :] - own + gain[:, None], *ODDS_RANGE))
