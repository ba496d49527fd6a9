"""Orders as a table of named cases, refusals first."""

from dataclasses import replace

import pytest

from kirpik.errors import WireError
from kirpik.trust.orders import check_order, is_for
from kirpik.wire.documents import VERBS, OrderEntry
from kirpik.wire.order import Order, co_sign, key_id, open_order, sign_order
from kirpik.wire.signature import SigningKey

ANNA, BORIS, CLERK, STRANGER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3, 4))
ENTRIES = (OrderEntry(ANNA.public, VERBS), OrderEntry(BORIS.public, VERBS), OrderEntry(CLERK.public, ("report",)))
UNIT = b"u" * 16
PAUSE = Order(verb="pause", target=UNIT, counter=7, not_before_ms=1000, expires_ms=2000)
WIPE, REPORT = replace(PAUSE, verb="wipe"), replace(PAUSE, verb="report")
NOTHING: dict[bytes, int] = {}
SEEN = {key_id(ANNA.public): 7}

CASES: dict[str, tuple[Order, tuple[SigningKey, ...], dict[bytes, int], int, str]] = {
    "signed by a stranger": (PAUSE, (STRANGER,), NOTHING, 1500, "order-signature"),
    "signed by a key without that verb": (PAUSE, (CLERK,), NOTHING, 1500, "order-verb"),
    "dangerous, one signature": (WIPE, (ANNA,), NOTHING, 1500, "order-signatures"),
    "dangerous, one key twice": (WIPE, (ANNA, ANNA), NOTHING, 1500, "order-signatures"),
    "dangerous, the second may not": (WIPE, (ANNA, CLERK), NOTHING, 1500, "order-signatures"),
    "dangerous, the second is a stranger": (WIPE, (ANNA, STRANGER), NOTHING, 1500, "order-signatures"),
    "counter as the last": (PAUSE, (ANNA,), SEEN, 1500, "order-counter"),
    "counter below the last": (replace(PAUSE, counter=6), (ANNA,), SEEN, 1500, "order-counter"),
    "a second key does not freshen an old counter": (WIPE, (ANNA, BORIS), SEEN, 1500, "order-counter"),
    "expired": (PAUSE, (ANNA,), NOTHING, 2000, "order-expired"),
    "good": (PAUSE, (ANNA,), NOTHING, 1000, ""),
    "good, its time has not come": (PAUSE, (ANNA,), NOTHING, 999, ""),
    "good, by a key that may only that": (REPORT, (CLERK,), NOTHING, 1999, ""),
    "good, another operator's counter does not matter": (PAUSE, (BORIS,), SEEN, 1500, ""),
    "good, the next counter": (replace(PAUSE, counter=8), (ANNA,), SEEN, 1500, ""),
    "good, dangerous with two": (WIPE, (ANNA, BORIS), NOTHING, 1500, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_an_order(case: str) -> None:
    order, keys, counters, now_ms, refused = CASES[case]
    signed = open_order(sign_order(order, keys))
    if not refused:
        assert check_order(signed, ENTRIES, counters=counters, now_ms=now_ms) == tuple(key_id(k.public) for k in keys)
        return
    with pytest.raises(WireError) as caught:
        check_order(signed, ENTRIES, counters=counters, now_ms=now_ms)
    assert caught.value.name == refused


def test_an_order_is_for_a_unit_a_group_or_everybody() -> None:
    assert is_for(PAUSE, UNIT, ())
    assert not is_for(PAUSE, b"v" * 16, ("all",))
    assert is_for(replace(PAUSE, target="almaty"), UNIT, ("almaty",))
    assert not is_for(replace(PAUSE, target="almaty"), UNIT, ("astana",))
    assert is_for(replace(PAUSE, target="all"), UNIT, ())


def test_a_second_signature_is_added_without_touching_the_first() -> None:
    once = sign_order(WIPE, [ANNA])
    assert co_sign(once, ANNA) == once
    signed = open_order(co_sign(once, BORIS))
    assert check_order(signed, ENTRIES, counters={}, now_ms=1500)
    assert signed.digest == open_order(once).digest


def test_a_flipped_bit_anywhere_is_refused() -> None:
    data = sign_order(WIPE, [ANNA, BORIS])
    for at in range(len(data)):
        with pytest.raises(WireError):
            check_order(
                open_order(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]), ENTRIES, counters={}, now_ms=1500
            )
