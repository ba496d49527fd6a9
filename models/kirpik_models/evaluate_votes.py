"""How often an accepted vote is wrong, on synthetic tracks in faces never seen, from a lone patch to ten."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kirpik.vision.agreement import Look
from kirpik.vision.read import Reader
from kirpik_models.fit_witness import fit
from kirpik_models.reliability import bins, draw
from kirpik_models.vote_tracks import Track

SEEN = (1, 2, 3, 6, 10)
"""So many of a track's patches vote in turn: a still has one."""
SIZES = (8.0, 10.0, 12.0, 16.0, 20.0, 26.0)
BOUNDS = (0.9, 0.95, 0.98, 0.99, 0.995)


@dataclass(frozen=True, slots=True)
class Heard:
    """One vote, and whether it named the plate's text; one that named none has no features and no confidence."""

    char_px: float
    patches: int
    abroad: bool
    right: bool = False
    confidence: float = 0.0
    features: NDArray[np.float64] | None = field(default=None, repr=False)


def listen(home: Reader, abroad: Reader, tracks: Iterator[Track], rng: np.random.Generator) -> list[Heard]:
    """Let parts of each track vote: before the readers of one network, one with grammars and one without."""
    heard: list[Heard] = []
    for track in tracks:
        reader = abroad if track.abroad else home
        for count in SEEN:
            some = [track.patches[at] for at in rng.permutation(len(track.patches))[:count]]
            heard.append(_judge(reader, [reader.look(*patch, among=count) for patch in some], track))
    return heard


def fitted(heard: Sequence[Heard], *, lone: bool) -> NDArray[np.float64]:
    """The weights for `kirpik.vision.witness` that make confidence true: of lone patches' votes, or of several'."""
    named = [one for one in heard if one.features is not None and (one.patches == 1) == lone]
    return fit(np.array([one.features for one in named]), np.array([one.right for one in named]))


def by_bound(heard: Sequence[Heard]) -> Iterator[tuple[str, str, str]]:
    """For each bound: what share of all votes is accepted, and how many of those are wrong."""
    for bound in BOUNDS:
        yield f"{bound}", *_accepted(heard, bound)


def by_size(heard: Sequence[Heard], accept: float) -> Iterator[tuple[str, str, str, str]]:
    """For each range of character heights: what share of votes is right, what is accepted, and of that wrong."""
    for low, high in pairwise(SIZES):
        yield f"{low:g} to {high:g} px", *_row([one for one in heard if low <= one.char_px < high], accept)


def by_patches(heard: Sequence[Heard], accept: float) -> Iterator[tuple[str, str, str, str]]:
    """The same for each number of patches, with grammars and without."""
    for abroad, told in ((False, "grammars on"), (True, "grammars off")):
        for count in SEEN:
            name = f"{count} {'patch' if count == 1 else 'patches'}, {told}"
            yield name, *_row([one for one in heard if one.patches == count and one.abroad == abroad], accept)


def reliability(heard: Sequence[Heard]) -> str:
    """Lone patches and votes: what was claimed against what was right."""
    series = []
    for name, colour, counts in (("a lone patch", "#c0392b", SEEN[:1]), ("votes of 2 to 10", "#2c6fbb", SEEN[1:])):
        some = [one for one in heard if one.features is not None and one.patches in counts]
        series.append((name, colour, bins([one.confidence for one in some], [one.right for one in some])))
    return draw(series)


def _row(heard: Sequence[Heard], accept: float) -> tuple[str, str, str]:
    return f"{sum(one.right for one in heard) / max(len(heard), 1):.1%}", *_accepted(heard, accept)


def _accepted(heard: Sequence[Heard], bound: float) -> tuple[str, str]:
    taken = [one for one in heard if one.confidence >= bound]
    wrong = sum(not one.right for one in taken)
    return f"{len(taken) / max(len(heard), 1):.1%}", f"{wrong} of {len(taken)}"


def _judge(reader: Reader, looks: Sequence[Look], track: Track) -> Heard:
    vote = reader.vote(looks)
    reading = None if vote is None else reader.reading(vote)
    if reading is None or vote is None:
        return Heard(track.char_px, len(looks), track.abroad)
    right = reading.plate.reveal() == track.text
    features = reader.witness(vote).features()
    return Heard(track.char_px, len(looks), track.abroad, right, reading.confidence, features)
