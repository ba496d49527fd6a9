"""What a proof is: evidence with a figure, and a broken variant that must be caught, or the proof proves nothing.

Each `test_NN_….py` here has `PROMISE`, `prove(effort, folder)` and a test that plays the short form. `kirpik-prove`
plays the long one and prints a table.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Promise:
    number: int
    text: str
    remains: str
    """What cannot be shown on a desk, and how it would be shown on a board; empty where all is shown."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried: little in CI, much on a quiet machine; the pieces are the same, so that none of them rots."""

    long: bool

    def of(self, short: int, long: int) -> int:
        return long if self.long else short


SHORT, LONG = Effort(long=False), Effort(long=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence. `skipped` says why it could not be had here; such a piece proves nothing."""

    evidence: str
    figure: str
    holds: bool
    control: str
    """The broken variant."""
    caught: bool
    skipped: str = ""


Prove = Callable[[Effort, Path], Iterable[Shown]]


def skipped(evidence: str, why: str) -> Shown:
    return Shown(evidence, "", holds=True, control="", caught=True, skipped=why)


def play(prove: Prove, effort: Effort, folder: Path) -> Iterator[Shown]:
    for number, shown in enumerate(prove(effort, folder)):
        assert shown.holds, f"{number}: {shown.evidence}: {shown.figure}"
        assert shown.caught, f"{number}: a control ran through: {shown.control}"
        yield shown


def as_test(prove: Prove) -> Callable[[Path], None]:
    """The short form: it holds, and each broken variant is caught."""

    def test(tmp_path: Path) -> None:
        done = list(play(prove, SHORT, tmp_path))
        assert done
        if all(shown.skipped for shown in done):
            pytest.skip("; ".join(shown.skipped for shown in done))

    return test
