"""What units are told in tests of their post: two operators, their orders, a key set that knows both."""

from dataclasses import replace
from pathlib import Path

from kirpik.wire.documents import VERBS, OrderEntry
from kirpik.wire.order import Order, sign_order
from kirpik.wire.result import Result, verify_result
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from tests.unit.wire.samples import UNIT, UNIT_KEY, keyset

ANNA, BORIS = (SigningKey.from_seed(bytes([number]) * 32) for number in (21, 22))
ORDERS = (OrderEntry(ANNA.public, VERBS), OrderEntry(BORIS.public, VERBS))
SET = replace(keyset(), orders=ORDERS)
NEW_SEAL = SealKey.from_seed(b"new seal".ljust(32, b"\4"))


def order(verb: str, *, counter: int, target: bytes | str = UNIT, argument: bytes = b"", keys: int = 1) -> bytes:
    told = Order(
        verb=verb, target=target, counter=counter, not_before_ms=0, expires_ms=20_000, argument=argument
    )  # fmt: skip
    return sign_order(told, (ANNA, BORIS)[:keys])


def answers(home: Path) -> list[Result]:
    return [verify_result(path.read_bytes(), UNIT_KEY.public) for path in sorted((home / "results").glob("*.result"))]
