from dataclasses import replace

import pytest

from kirpik.errors import WireError
from kirpik.wire import enrol, ids
from kirpik.wire.signature import RESULT, SigningKey

IDENTITY, TLS, OTHER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3))
TOKEN = bytes(range(10))


def request(*, token: bytes | None = None) -> bytes:
    return enrol.make_request(IDENTITY, TLS, utc_ms=0, software="0.1.0", label="Abay 10", token=token)


def test_a_request_is_both_keys_own_word() -> None:
    told = enrol.open_request(request())
    assert (told.unit, told.tls_public, told.label) == (ids.unit_id(IDENTITY.public), TLS.public, "Abay 10")


def test_nobody_asks_with_somebody_elses_key() -> None:
    good = request()
    with pytest.raises(WireError, match="enrol-signature"):
        enrol.open_request(good[:-64] + IDENTITY.sign(RESULT, good[:-64]))
    forged = enrol.make_request(IDENTITY, Borrowed(TLS.public), utc_ms=0, software="")
    with pytest.raises(WireError, match="enrol-tls-proof"):
        enrol.open_request(forged)


class Borrowed:
    """Claims a public key that it does not have the other half of."""

    def __init__(self, public: bytes) -> None:
        self.public = public

    def sign(self, domain: bytes, message: bytes) -> bytes:
        return OTHER.sign(domain, message)


def test_a_flipped_bit_anywhere_is_refused() -> None:
    data = request(token=TOKEN)
    for at in range(len(data)):
        with pytest.raises(WireError):
            enrol.open_request(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_a_token_proves_itself_for_these_two_keys_alone_and_does_not_travel() -> None:
    data = request(token=TOKEN)
    told = enrol.open_request(data)
    assert TOKEN not in data
    assert told.token == enrol.token_id(TOKEN)
    assert enrol.holds_token(told, enrol.token_key(TOKEN))
    assert not enrol.holds_token(told, enrol.token_key(TOKEN[::-1]))
    assert not enrol.holds_token(replace(told, tls_public=OTHER.public), enrol.token_key(TOKEN))
    assert not enrol.holds_token(enrol.open_request(request()), enrol.token_key(TOKEN))


@pytest.mark.parametrize("data", [b"", bytes(64), bytes(5000)])
def test_a_request_of_another_size_is_not_read(data: bytes) -> None:
    with pytest.raises(WireError, match="enrol-size"):
        enrol.open_request(data)


def test_an_answer_comes_out() -> None:
    assert enrol.decode_answer(enrol.encode_answer(b"certificate")) == b"certificate"
    with pytest.raises(WireError, match="enrol-size"):
        enrol.decode_answer(bytes(5000))
