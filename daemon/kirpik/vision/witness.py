"""How sure an agreed text is. A vote alone is too sure of itself: patches of one plate share its dirt and the network's
habits. So it is asked what one patch brings, how near the nearest other text comes, and what may have been left out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.vision.ctc import LogChances, mean_log_chances
from kirpik.vision.neighbours import longer, replaced, shorter

HEARD_FROM = 0.3
"""A patch with this share of the surest one's say may testify that a character was left out."""
ODDS_RANGE = (-14.0, 6.0)
LEAST_DOUBT = 1e-12
MOST = 0.999
"""No more is claimed than can be shown."""
DISSENT_MOST = 0.25
"""So large a share of the say may err alike. Where more of it reads one and the same other plate, none is told."""
BIAS = -1.97
WEIGHTS = np.array([0.66, 0.57, -0.76, -0.04])
"""Of `Witness.features`: a logistic regression over tracks in faces that the network never saw, one patch to ten
(`kirpik-models evaluate votes`)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one patch says of all its rows."""

    text: str
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
    """ln of the odds of the other text that comes nearest, on the average of all patches."""
    forgotten: float
    """ln of the odds, in the patch where they are best, that a narrow character or a small sign more is there."""

    def confidence(self) -> float:
        """Probability that the text is right."""
        logit = BIAS + float(WEIGHTS @ self.features())
        return min(MOST, float(1 / (1 + np.exp(-logit))))

    def features(self) -> NDArray[np.float64]:
        """Evidence, ln of the patches, nearest, forgotten."""
        return np.array([self.evidence, np.log(self.patches), self.nearest, self.forgotten])


Prior = Callable[[str], float]
"""ln of how likely a text is before anything is seen; −∞ where it obeys no grammar."""


def hear(rows: tuple[str, ...], log_chance: float, patches: Sequence[Statement], prior: Prior) -> Witness:
    """`rows` is the agreed text with the logarithm of its chance."""
    say = np.array([one.say for one in patches])
    count = float(say.sum() ** 2 / (say**2).sum())
    left_out, other = [], []
    for number, row in enumerate(rows):
        left_out.append(_odds(rows, number, longer(row), patches, prior))
        other.append(_odds(rows, number, replaced(row) | shorter(row), patches, prior))
    forgotten = np.concatenate(left_out)
    nearest = np.concatenate([forgotten, *other]) @ (say / say.sum())
    heard = forgotten[:, say >= HEARD_FROM * say.max()]
    return Witness(
        evidence=-float(np.log(max(-np.expm1(log_chance), LEAST_DOUBT))) / count**0.5,
        patches=count,
        nearest=float(nearest.max(initial=ODDS_RANGE[0])),
        forgotten=float(heard.max(initial=ODDS_RANGE[0])),
    )


def accord(text: str, patches: Sequence[Statement], may_be: Callable[[str], bool]) -> float:
    """1 where the patches read `text`, each by itself, or nothing in common; else the say of those who do not read the
    one other plate that most of the rest agree on. Few who are sure never outvote many who see something else."""
    whole = sum(one.say for one in patches)
    others = {one.text for one in patches if one.text != text and may_be(one.text)}
    most = max((sum(one.say for one in patches if one.text == other) / whole for other in others), default=0.0)
    return 1.0 - most if most > DISSENT_MOST else 1.0


def _odds(
    rows: tuple[str, ...], number: int, texts: Iterable[str], patches: Sequence[Statement], prior: Prior
) -> NDArray[np.float64]:
    """ln of the odds of each text in place of that row, in each patch: (texts that obey a grammar, patches)."""
    row = rows[number]
    likely = {text: prior("".join((*rows[:number], text, *rows[number + 1 :]))) for text in (row, *texts)}
    others = sorted(text for text, before in likely.items() if text != row and before > -np.inf)
    chances = mean_log_chances([one.rows[number] for one in patches], [row, *others])
    gain = np.array([likely[text] - likely[row] for text in others])
    return np.asarray(np.clip(chances[1:] - chances[0] + gain[:, None], *ODDS_RANGE))
