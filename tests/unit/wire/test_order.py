from dataclasses import replace
from typing import Any

import pytest
from pycose.keys import OKPKey
from pycose.messages import Sign1Message

from kirpik.errors import WireError
from kirpik.wire import cbor
from kirpik.wire.order import CONTEXT, MAX_ARGUMENT_BYTES, Order, key_id, open_order, sign_order
from kirpik.wire.result import Result, sign_result, verify_result
from kirpik.wire.signature import RECEIPT, SigningKey

KEY = SigningKey.from_seed(b"k" * 32)
ORDER = Order(verb="set-site", target="all", counter=1, not_before_ms=0, expires_ms=1, argument=b"[site]")


def parts(data: bytes) -> tuple[bytes, list[list[object]]]:
    value: Any = cbor.decode(data)
    return value[0], value[1]


def test_what_is_ordered_comes_out() -> None:
    assert open_order(sign_order(ORDER, [KEY])).order == ORDER
    full = replace(ORDER, target=b"u" * 16, expected=b"h" * 32, argument=bytes(MAX_ARGUMENT_BYTES))
    assert open_order(sign_order(full, [KEY])).order == full


def test_another_cose_library_accepts_each_signature() -> None:
    payload, (message,) = parts(sign_order(ORDER, [KEY]))
    seen = Sign1Message.from_cose_obj(list(message), allow_unknown_attributes=False)
    seen.key = OKPKey(crv="ED25519", x=KEY.public, optional_params={})
    seen.external_aad = CONTEXT
    assert seen.verify_signature(payload)
    assert not seen.verify_signature(payload[:-1] + b"!")


BAD: dict[str, tuple[object, str]] = {
    "no array": ({}, "field-type"),
    "nobody signed": ([b"x", []], "field-range"),
    "three signed": ([b"x", [1, 2, 3]], "field-range"),
    "payload no map": ([b"\x00", [[b"a", {}, None, bytes(64)]]], "field-type"),
    "payload attached": ([b"p", [[b"a", {}, b"p", bytes(64)]]], "order-form"),
    "unprotected header": ([b"p", [[b"a", {1: 2}, None, bytes(64)]]], "order-form"),
    "another algorithm": ([b"p", [[cbor.encode({1: -7, 4: bytes(8)}), {}, None, bytes(64)]]], "order-form"),
    "key id too long": ([b"p", [[cbor.encode({1: -8, 4: bytes(16)}), {}, None, bytes(64)]]], "order-form"),
    "signature too short": ([b"p", [[cbor.encode({1: -8, 4: bytes(8)}), {}, None, bytes(63)]]], "field-range"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_form_that_is_not_an_orders(case: str) -> None:
    value, refused = BAD[case]
    good = cbor.decode(sign_order(ORDER, [KEY]))
    assert isinstance(good, list)
    if isinstance(value, list) and value[0] == b"p":
        value = [good[0], value[1]]
    with pytest.raises(WireError) as caught:
        open_order(cbor.encode(value))
    assert caught.value.name == refused


@pytest.mark.parametrize("wrong", [{"verb": "shell"}, {"target": ""}, {"target": b"short"}, {"counter": 0}])
def test_what_may_not_be_ordered_is_not_signed(wrong: dict[str, object]) -> None:
    with pytest.raises(WireError):
        sign_order(replace(ORDER, **wrong), [KEY])  # type: ignore[arg-type]


def test_an_order_that_is_too_long_is_not_read() -> None:
    with pytest.raises(WireError, match="order-size"):
        open_order(bytes(70_000))


RESULT = Result(unit=b"u" * 16, order=b"o" * 32, outcome="done", utc_ms=5, figures=(("fps", 30),))


def test_a_result_is_the_units_own_word() -> None:
    data = sign_result(RESULT, KEY)
    assert verify_result(data, KEY.public) == RESULT
    with pytest.raises(WireError, match="result-signature"):
        verify_result(data, SigningKey.from_seed(bytes(32)).public)
    with pytest.raises(WireError, match="result-signature"):
        verify_result(data[:-64] + KEY.sign(RECEIPT, data[:-64]), KEY.public)
    with pytest.raises(WireError, match="result-size"):
        verify_result(bytes(64), KEY.public)


def test_key_ids_of_orders_are_their_own() -> None:
    assert len(key_id(KEY.public)) == 8
