from dataclasses import replace

import pytest

from kirpik.errors import WireError
from kirpik.wire import signature
from kirpik.wire.receipt import MAX_LISTED, Receipt, Refusal, sign_receipt, verify_receipt
from tests.unit.wire.samples import RECEIPT, RECEIPT_KEY, UNIT_KEY

FULL = replace(RECEIPT, selective=((4, b"a" * 32), (7, b"b" * 32)), refused=(Refusal(5, b"c" * 32, "record"),))
NOTHING = replace(RECEIPT, up_to=0, chain=bytes(32))


def name_of_refusal(data: bytes, publics: tuple[bytes, ...] = (RECEIPT_KEY.public,)) -> str:
    with pytest.raises(WireError) as caught:
        verify_receipt(data, publics)
    return caught.value.name


@pytest.mark.parametrize("receipt", [RECEIPT, FULL, NOTHING])
def test_a_receipt_comes_back_as_it_was_by_any_of_the_keys(receipt: Receipt) -> None:
    data = sign_receipt(receipt, RECEIPT_KEY)
    assert verify_receipt(data, [UNIT_KEY.public, RECEIPT_KEY.public]) == receipt


def test_no_flipped_bit_is_accepted() -> None:
    data = sign_receipt(FULL, RECEIPT_KEY)
    for at in range(len(data)):
        assert name_of_refusal(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) == "receipt-signature"


def test_another_key_or_none_is_refused() -> None:
    data = sign_receipt(RECEIPT, UNIT_KEY)
    assert name_of_refusal(data) == "receipt-signature"
    assert name_of_refusal(data, ()) == "receipt-signature"
    assert name_of_refusal(data[:64]) == "receipt-size"
    assert name_of_refusal(bytes(70_000)) == "receipt-size"


def test_a_signature_for_another_purpose_is_refused() -> None:
    body = sign_receipt(RECEIPT, RECEIPT_KEY)[:-64]
    assert name_of_refusal(body + RECEIPT_KEY.sign(signature.OUTER, body)) == "receipt-signature"


@pytest.mark.parametrize(
    ("receipt", "name"),
    [
        (replace(RECEIPT, epoch=0), "field-range"),
        (replace(RECEIPT, unit=b"short"), "field-range"),
        (replace(RECEIPT, up_to=0), "receipt-chain"),
        (replace(RECEIPT, chain=bytes(32)), "receipt-chain"),
        (replace(RECEIPT, refused=(Refusal(1, b"c" * 32, "ugly"),)), "field-range"),
        (replace(RECEIPT, selective=((0, b"a" * 32),)), "field-range"),
        (replace(RECEIPT, selective=((1, b"a" * 32),) * (MAX_LISTED + 1)), "field-range"),
    ],
)
def test_a_receipt_that_cannot_be_meant_is_not_signed(receipt: Receipt, name: str) -> None:
    with pytest.raises(WireError) as caught:
        sign_receipt(receipt, RECEIPT_KEY)
    assert caught.value.name == name
