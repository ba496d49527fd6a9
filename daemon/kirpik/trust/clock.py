"""A clock that cannot be earlier than what is proven: a box without a battery wakes up in 1970.

The floor is the newest of the software's own date, the documents and the last signed receipt. It only rises. A clock
that runs ahead is not mended here: only a receipt can show that, and the link must not trust dates before one has.
"""

from dataclasses import dataclass

from kirpik.trust.trusted import Trusted

NEAR_MS = 24 * 3600 * 1000
"""A clock this near to a signed time is good enough for the dates of a certificate."""


def not_before(trusted: Trusted, now_ms: int, *, floor_ms: int = 0) -> int:
    """`now_ms`, or later: `floor_ms` is the newest of the software's date and the last receipt's."""
    issued_ms = 0 if trusted.keyset is None else trusted.keyset.issued_ms
    return max(now_ms, floor_ms, trusted.root.issued_ms, issued_ms)


@dataclass(frozen=True, slots=True)
class Proof:
    """A receipt's time beside our own at the moment that it was checked, and the boot in which that was."""

    boot: str
    central_ms: int
    own_ms: int

    def holds(self, boot: str) -> bool:
        """Whether our clock was right in this boot, so that a certificate's dates may be judged by it."""
        return self.boot == boot and abs(self.own_ms - self.central_ms) <= NEAR_MS
