"""Whether an order is to be obeyed: by whom it is signed, whether it is for us, now, and newer than the last.

Counters are kept for each order key, so that two operators with keys of their own need not agree on numbers. Refused is
by name.
"""

from collections.abc import Collection, Mapping, Sequence

from kirpik.errors import WireError
from kirpik.wire.documents import OrderEntry
from kirpik.wire.order import EVERYBODY, Order, Signed, key_id


def is_for(order: Order, unit: bytes, groups: Collection[str]) -> bool:
    return order.target == unit if isinstance(order.target, bytes) else order.target in (EVERYBODY, *groups)


def check_order(
    signed: Signed, entries: Sequence[OrderEntry], *, counters: Mapping[bytes, int], now_ms: int
) -> tuple[bytes, ...]:
    """Ids of the keys whose word counted. Raises WireError. `entries` are the key set's, `now_ms` a floored clock's.

    An order whose time has not come is as good as any: it is for the caller to hold it.
    """
    order = signed.order
    signers = {key_id(entry.public): entry for entry in entries if signed.signed_by(entry.public)}
    if not signers:
        raise WireError("order-signature", "signed by no order key of the key set")
    allowed = tuple(key for key, entry in signers.items() if order.verb in entry.verbs)
    if not allowed:
        raise WireError("order-verb", f"no key that signed may order {order.verb}")
    if len(allowed) < order.signatures_needed:
        raise WireError("order-signatures", f"{order.verb} needs two keys, got {len(allowed)}")
    last = max(counters.get(key, 0) for key in allowed)
    if order.counter <= last:
        raise WireError("order-counter", f"expected above {last}, got {order.counter}")
    if now_ms >= order.expires_ms:
        raise WireError("order-expired", f"at {order.expires_ms}, it is {now_ms}")
    return allowed
