"""From what a unit believes to the newest that can be had, one root after the other, then the newest key set.

A shelf is any place where documents lie: the inbox (retained topics), a folder on a stick, memory. What lies there is
not trusted and may be in any order; what cannot be followed is refused by name and changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.trust.trusted import Trusted
from kirpik.wire import keydocs

MAX_ROOTS = 256
"""Followed in one go; a unit that has slept through more needs two."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Documents by the number that they claim. Several may claim one: then each is tried."""

    roots: Mapping[int, tuple[bytes, ...]] = field(default_factory=dict, repr=False)
    sets: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    """Highest number first."""

    @classmethod
    def of(cls, documents: Iterable[bytes]) -> "Shelf":
        """What is no document at all is left out."""
        roots: dict[int, tuple[bytes, ...]] = {}
        sets: list[tuple[int, bytes]] = []
        for data in documents:
            try:
                seen = keydocs.peek(data)
            except WireError:
                continue
            if seen.what == "root":
                roots[seen.version] = (*roots.get(seen.version, ()), data)
            else:
                sets.append((seen.version, data))
        return cls(roots, tuple(sorted(sets, reverse=True)))


@dataclass(frozen=True, slots=True)
class Progress:
    trusted: Trusted
    roots: tuple[tuple[int, bytes], ...]
    """Number and bytes of those that were followed, in their order: to be kept before the set is."""
    new_set: bytes | None
    refused: tuple[str, ...]
    """Names of refusals, of newer documents alone: an old one is only old."""


def catch_up(trusted: Trusted, shelf: Shelf) -> Progress:
    roots: list[tuple[int, bytes]] = []
    refused: list[str] = []
    while len(roots) < MAX_ROOTS:
        followed = _next(trusted, shelf, refused)
        if followed is None:
            break
        trusted, data = followed
        roots.append((trusted.root.version, data))
    for _, data in [row for row in shelf.sets if row[0] > trusted.keyset_version]:
        try:
            return Progress(trusted.after_keyset(data), tuple(roots), data, tuple(refused))
        except WireError as error:
            refused.append(error.name)
    return Progress(trusted, tuple(roots), None, tuple(refused))


def _next(trusted: Trusted, shelf: Shelf, refused: list[str]) -> tuple[Trusted, bytes] | None:
    for data in shelf.roots.get(trusted.root.version + 1, ()):
        try:
            return trusted.after_root(data), data
        except WireError as error:
            refused.append(error.name)
    return None
