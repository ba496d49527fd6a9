"""The next key set from the one in force: each change of keys as a function from value to value."""

from dataclasses import replace
from typing import TypeVar

from kirpik.errors import TrustError
from kirpik.wire import suite
from kirpik.wire.documents import KeySet, OrderEntry, Revoked, Role, Root, SealEntry

DAY_MS = 24 * 3600 * 1000
SET_LIFE_MS = 365 * DAY_MS
ROOT_LIFE_MS = 5 * 365 * DAY_MS
HORIZON_MS = 400 * DAY_MS
"""For how long the central keeps a key that is not sealed to any more: what was sealed to it may arrive so late."""

Document = TypeVar("Document", Root, KeySet)


def renewed(document: Document, *, now_ms: int, life_ms: int) -> Document:
    """The next number, from now on. Raises TrustError when the clock is behind the last one's."""
    if now_ms < document.issued_ms:
        raise TrustError("this machine's clock is behind the last document's date; set it first; nothing was changed")
    return replace(document, version=document.version + 1, issued_ms=now_ms, expires_ms=now_ms + life_ms)


def first_root(root: Role, keys: Role, *, fallback: bytes | None, now_ms: int, life_ms: int = ROOT_LIFE_MS) -> Root:
    return Root(
        version=1, issued_ms=now_ms, expires_ms=now_ms + life_ms, root=root, keys=keys, fallback_seal=fallback
    )  # fmt: skip


def rotate_seal(keyset: KeySet, public: bytes, *, from_ms: int) -> KeySet:
    """Ship the next key; units seal to it from `from_ms` on. Keys that were superseded by now only open."""
    if any(entry.public == public for entry in keyset.seal):
        raise TrustError("this seal key is in the key set already; make a new one: kirpik keys new NAME --for seal")
    begun = [entry for entry in keyset.seal if entry.state == "active" and entry.not_before_ms <= keyset.issued_ms]
    newest = max(begun, key=lambda entry: entry.not_before_ms, default=None)
    kept = tuple(
        replace(entry, state="opening", not_after_ms=keyset.issued_ms) if entry in begun and entry != newest else entry
        for entry in keyset.seal
    )
    return replace(keyset, seal=(*kept, SealEntry(public, from_ms, None, "active")))


def revoke_seal(keyset: KeySet, key_id: bytes) -> KeySet:
    """In the wrong hands: units wrap again what waits sealed to it."""
    if key_id not in {suite.key_id(entry.public) for entry in keyset.seal}:
        raise TrustError(f"{key_id.hex()}: no seal key of the key set; kirpik keys status lists them")
    seal = tuple(
        replace(entry, state="revoked", not_after_ms=keyset.issued_ms)
        if suite.key_id(entry.public) == key_id
        else entry
        for entry in keyset.seal
    )
    return replace(keyset, seal=seal)


def forget_seal(keyset: KeySet, key_id: bytes, *, now_ms: int) -> KeySet:
    """Take a key out for good, once nothing that was sealed to it can still be on its way."""
    entry = next((entry for entry in keyset.seal if suite.key_id(entry.public) == key_id), None)
    if entry is None:
        raise TrustError(f"{key_id.hex()}: no seal key of the key set; kirpik keys status lists them")
    if entry.state == "active" or entry.not_after_ms is None:
        raise TrustError(f"{key_id.hex()}: is still sealed to; rotate first")
    if now_ms < entry.not_after_ms + HORIZON_MS:
        left = (entry.not_after_ms + HORIZON_MS - now_ms) // DAY_MS + 1
        raise TrustError(f"{key_id.hex()}: packets sealed to it may arrive for {left} more days")
    return replace(keyset, seal=tuple(other for other in keyset.seal if other is not entry))


def rotate_receipt(keyset: KeySet, public: bytes, *, compromised: bool) -> KeySet:
    """The new key beside the old ones, or, when those are in the wrong hands, in their place."""
    old = () if compromised else keyset.receipt[-1:]
    return replace(keyset, receipt=(*(key for key in old if key != public), public))


def rotate_order(keyset: KeySet, old: bytes | None, new: OrderEntry | None) -> KeySet:
    """Exchange, add (`old` is None) or take out (`new` is None) an order key."""
    if old is not None and old not in {entry.public for entry in keyset.orders}:
        raise TrustError("the old key is no order key of the key set; kirpik keys status lists them")
    kept = tuple(
        entry for entry in keyset.orders if entry.public != old and (new is None or entry.public != new.public)
    )
    return replace(keyset, orders=(*kept, *([new] if new else [])))


def rotate_broker(keyset: KeySet, brokers: tuple[tuple[str, int], ...], authority: bytes | None) -> KeySet:
    """Endpoints in the order in which to try them, and the authority that certifies them, None for the old one."""
    return replace(keyset, brokers=brokers or keyset.brokers, broker_ca=authority or keyset.broker_ca)


def revoke_unit(keyset: KeySet, unit: bytes, *, epoch: int, sequence: int) -> KeySet:
    """What it sealed after this place is not believed."""
    others = tuple(entry for entry in keyset.revoked if entry.unit != unit)
    return replace(keyset, revoked=(*others, Revoked(unit, epoch, sequence)))
