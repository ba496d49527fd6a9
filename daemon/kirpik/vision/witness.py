"""How sure an agreed text is. A vote alone is too sure of itself: patches of one plate share its dirt and the network's
habits, of which the worst is to leave out a narrow character. So dissent counts, and what may have been left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.vision.ctc import LogChances, log_chances_of

OMITTED = ("I", "1", "J", "KG")
"""What a network is apt to leave out: narrow characters, and a state's small sign below its region. The text without
one may still obey a grammar: without its sign a Kyrgyz plate is an Uzbek company's."""
HEARD_FROM = 0.3
"""A patch with this share of the surest one's say may testify that a character was left out."""
SILENT_DISSENT = 0.5
"""Patches that never were: so much of one is counted against, or a single patch would be unanimous."""
FORGOTTEN_RANGE = (-12.0, 6.0)
LEAST_DOUBT = 1e-6
MOST = 0.999
"""No more is claimed than can be shown."""
BIAS = -1.93
WEIGHTS = np.array([1.29, 0.94, 0.57, -1.08, -0.09])
"""Of `Witness.features`: a logistic regression over tracks in faces that the network never saw, one patch to six
(`kirpik-models evaluate votes`)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one patch says of all its rows."""

    text: str
    say: float
    """Its weight in the vote."""
    rows: tuple[LogChances, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Witness:
    """What speaks for and against an agreed text."""

    evidence: float
    """−ln of the doubt that the vote itself leaves, over the square root of `patches`: what one of them brings."""
    patches: float
    """Of equal say, that would count as much (Kish's effective number)."""
    share: float
    """Of the say, that of patches which by themselves read the text."""
    rival: float
    """That of the strongest other text which obeys a wanted grammar."""
    forgotten: float
    """ln of the odds, in the patch where they are best, that the text has one of `OMITTED` more."""

    def confidence(self) -> float:
        """Probability that the text is right."""
        logit = BIAS + float(WEIGHTS @ self.features())
        return min(MOST, float(1 / (1 + np.exp(-logit))))

    def features(self) -> NDArray[np.float64]:
        """Evidence, ln of the patches, share, rival, forgotten."""
        return np.array([self.evidence, np.log(self.patches), self.share, self.rival, self.forgotten])


def hear(
    rows: tuple[str, ...], log_chance: float, patches: Sequence[Statement], wanted: Callable[[str], bool]
) -> Witness:
    """`rows` is the agreed text with the logarithm of its chance; `wanted` says whether a text obeys a grammar."""
    text, said = "".join(rows), np.array([one.say for one in patches])
    whole = float(said.sum() + SILENT_DISSENT * said.max())
    count = float(said.sum() ** 2 / (said**2).sum())
    says: dict[str, float] = {}
    for one in patches:
        says[one.text] = says.get(one.text, 0.0) + one.say
    rivals = [say for other, say in says.items() if other != text and wanted(other)]
    return Witness(
        evidence=-float(np.log(max(-np.expm1(log_chance), LEAST_DOUBT))) / count**0.5,
        patches=count,
        share=says.get(text, 0.0) / whole,
        rival=max(rivals, default=0.0) / whole,
        forgotten=float(np.clip(_forgotten(rows, patches, wanted), *FORGOTTEN_RANGE)),
    )


def _forgotten(rows: tuple[str, ...], patches: Sequence[Statement], wanted: Callable[[str], bool]) -> float:
    """The best odds of all longer texts, over all patches that may testify."""
    heard = [one for one in patches if one.say >= HEARD_FROM * max(each.say for each in patches)]
    best = FORGOTTEN_RANGE[0]
    for number, row in enumerate(rows):
        stack = np.stack([one.rows[number] for one in heard])
        longer = [text for text in _longer(row) if wanted("".join((*rows[:number], text, *rows[number + 1 :])))]
        chances = log_chances_of(stack, [row, *longer])
        best = max(best, float((chances[1:] - chances[0]).max(initial=best)))
    return best


def _longer(row: str) -> set[str]:
    return {row[:at] + sign + row[at:] for at in range(len(row) + 1) for sign in OMITTED}
