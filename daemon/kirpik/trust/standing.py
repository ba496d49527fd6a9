"""What the documents that we believe allow at this moment: whom to seal to, whose word to take, whether to go on.

Expiry never bricks a unit: with expired documents it goes on sealing, obeys no orders and says so; only after a long
grace does it stop to accuse, because evidence for a central that nobody answers for any more is a hoard.
"""

from dataclasses import dataclass

from kirpik import __version__
from kirpik.trust.software import is_older
from kirpik.trust.trusted import Trusted
from kirpik.wire import suite
from kirpik.wire.documents import KeySet, OrderEntry, SealEntry

DAY_MS = 24 * 3600 * 1000
GRACE_MS = 180 * DAY_MS
"""How long after their expiry the documents are still good for an accusation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    seal_to: bytes | None
    """Public key; None: nobody could open it, so nobody is accused."""
    fallback: bool
    """`seal_to` is the root's own, whose other half lies in escrow."""
    stale: bool
    """Root or key set has expired."""
    may_accuse: bool
    too_old: bool
    """The key set asks for newer software than this: nobody is accused by what may be known to be wrong."""
    receipts: tuple[bytes, ...]
    """Keys whose receipts are believed. Stale ones too: a receipt only ever lets go of what the central has."""
    orders: tuple[OrderEntry, ...]
    safe_recipients: frozenset[bytes]
    """Ids of seal keys to which a packet may stay sealed; what is sealed to any other is to be wrapped again."""


def standing(
    trusted: Trusted, now_ms: int, *, grace_ms: int = GRACE_MS, software: str = __version__
) -> Standing:  # fmt: skip
    """`now_ms` comes from a clock that is never earlier than the documents (`trust.clock`)."""
    root, keyset = trusted.root, trusted.keyset
    entry = None if keyset is None else active_seal(keyset, now_ms)
    expires_ms = root.expires_ms if keyset is None else min(root.expires_ms, keyset.expires_ms)
    stale = now_ms >= expires_ms
    too_old = keyset is not None and is_older(software, keyset.minimum_software)
    seal_to = root.fallback_seal if entry is None else entry.public
    return Standing(
        seal_to=seal_to,
        fallback=entry is None and seal_to is not None,
        stale=stale,
        may_accuse=seal_to is not None and now_ms < expires_ms + grace_ms and not too_old,
        too_old=too_old,
        receipts=() if keyset is None else keyset.receipt,
        orders=() if keyset is None or stale else keyset.orders,
        safe_recipients=_safe(root.fallback_seal, keyset),
    )


def active_seal(keyset: KeySet, now_ms: int) -> SealEntry | None:
    """The newest key that has begun. One that has ended is taken rather than none."""
    begun = [entry for entry in keyset.seal if entry.state == "active" and entry.not_before_ms <= now_ms]
    return max(begun, key=lambda entry: (not _ended(entry, now_ms), entry.not_before_ms), default=None)


def _ended(entry: SealEntry, now_ms: int) -> bool:
    return entry.not_after_ms is not None and entry.not_after_ms <= now_ms


def _safe(fallback: bytes | None, keyset: KeySet | None) -> frozenset[bytes]:
    publics = [] if keyset is None else [entry.public for entry in keyset.seal if entry.state != "revoked"]
    return frozenset(suite.key_id(public) for public in [*publics, *([fallback] if fallback else [])])
