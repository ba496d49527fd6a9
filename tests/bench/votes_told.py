"""The votes of `votes.py` told: tables, one line of figures with what they can show, pictures of what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, factorial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from kirpik.vision.patch import Patch
from tests.sim.plates import Plate

SHOWN, WIDE, HIGH, LINE = 5, 190, 50, 72
"""Patches of a wrong vote, their largest size, and the height of its line, in pixels."""
DOUBT = 0.05
"""Of the upper bound: so often is the true share above it."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What was read of one vehicle, against what stands on its plate."""

    number: int
    """Of the vehicle."""
    plate: Plate = field(repr=False)
    night: bool
    readable: bool
    part: int
    """Which share of the patches voted: 1, a half, a third."""
    said: str = field(repr=False)
    confidence: float
    patches: Sequence[Patch] = field(repr=False)

    @property
    def right(self) -> bool:
        return self.said == self.plate.text

    def wrong(self, accept: float) -> bool:
        return self.confidence >= accept and not self.right

    def forgetting(self) -> "Vote":
        return replace(self, patches=())


def table(votes: Sequence[Vote], accept: float) -> str:
    """Readable plates in all, by day and night and by kind; then those that nobody could read."""
    readable = [vote for vote in votes if vote.readable]
    groups = {"readable": readable}
    groups |= {name: [v for v in readable if v.night == night] for name, night in (("day", False), ("night", True))}
    for kind in sorted({_kind(vote) for vote in readable}):
        groups[kind] = [vote for vote in readable if _kind(vote) == kind]
    groups["not readable"] = [vote for vote in votes if not vote.readable]
    lines = [f"{'plates':<24}{'votes':>7}{'right':>9}{f'from {accept}':>11}{'wrong':>7}"]
    for name, some in groups.items():
        taken = [vote for vote in some if vote.confidence >= accept]
        whole = max(len(some), 1)
        lines.append(
            f"{name:<24}{len(some):>7}{sum(vote.right for vote in some) / whole:>9.2%}{len(taken) / whole:>11.2%}"
            f"{sum(not vote.right for vote in taken):>7}"
        )
    return "\n".join(lines)


def summary(votes: Sequence[Vote], accept: float) -> dict[str, float]:
    """Of whole vehicles (all their patches), and of all votes. A vehicle's votes are alike, so the bound counts those
    vehicles of which any vote was accepted and wrong."""
    whole = [vote for vote in votes if vote.part == 1]
    taken = [vote for vote in votes if vote.confidence >= accept]
    wrong = [vote for vote in votes if vote.wrong(accept)]
    vehicles = len({vote.number for vote in taken})
    return {
        "readable": len(whole),
        "right": round(sum(vote.right for vote in whole) / max(len(whole), 1), 5),
        "accepted": round(sum(vote.confidence >= accept for vote in whole) / max(len(whole), 1), 5),
        "wrong": sum(vote.part == 1 for vote in wrong),
        "votes": len(votes),
        "votes_accepted": len(taken),
        "votes_wrong": len(wrong),
        "wrong_at_most": round(mean_at_most(len({vote.number for vote in wrong})) / max(vehicles, 1), 6),
    }


def mean_at_most(seen: int) -> float:
    """The largest mean of a Poisson count that still shows `seen` or fewer in one case of twenty: 3.0 for none."""
    low, high = float(seen), 3.0 + 3.0 * seen + 10.0
    for _ in range(60):
        mean = (low + high) / 2
        chance = sum(mean**count / factorial(count) for count in range(seen + 1)) * exp(-mean)
        low, high = (mean, high) if chance > DOUBT else (low, mean)
    return high


def draw(votes: Sequence[Vote], path: Path) -> None:
    """The clearest patches of each vote, to be looked at."""
    sheet = Image.new("L", (SHOWN * (WIDE + 8) + 8, len(votes) * LINE + 8), 255)
    pen = ImageDraw.Draw(sheet)
    for number, vote in enumerate(votes):
        told = f"{vote.plate.text} read as {vote.said or 'nothing'}, {vote.confidence:.3f}"
        pen.text((8, number * LINE + 4), told, fill=0)
        for column, patch in enumerate(sorted(vote.patches, key=lambda one: -one.clarity)[:SHOWN]):
            sheet.paste(_shown(patch), (8 + column * (WIDE + 8), number * LINE + 18))
    sheet.save(path, quality=88)


def _shown(patch: Patch) -> Image.Image:
    scale = min(HIGH / patch.luma.shape[0], WIDE / patch.luma.shape[1])
    size = (max(1, round(patch.luma.shape[1] * scale)), max(1, round(patch.luma.shape[0] * scale)))
    return Image.fromarray(np.asarray(patch.luma)).resize(size, Image.Resampling.BICUBIC)


def _kind(vote: Vote) -> str:
    return vote.plate.plate_format + (", two rows" if vote.plate.rows == 2 else "")
