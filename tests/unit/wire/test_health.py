import pytest

from kirpik.errors import WireError
from kirpik.wire import health
from kirpik.wire.health import decode_health, encode_health

GOOD = {"uptime_s": 12, "soc_c": 48.5, "fps": 29.97, "epoch": 4, "chain_48": 2**48 - 1}


def test_health_comes_back_as_it_was() -> None:
    assert decode_health(encode_health(GOOD)) == GOOD


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"violations":3}', "health-field"),
        (b'{"fps":"30"}', "health-number"),
        (b'{"fps":true}', "health-number"),
        (b'{"fps":null}', "health-number"),
        (b'{"fps":{"now":30}}', "health-number"),
        (b'{"fps":NaN}', "health-number"),
        (b'{"fps":1e999}', "health-number"),
        (b'{"fps":1,"fps":2}', "health-json"),
        (b"[1]", "health-json"),
        (b"{", "health-json"),
        (b"\xff", "health-json"),
        (b"[" * 4000, "health-json"),
        (b" " * 5000, "health-size"),
    ],
)
def test_what_is_not_a_flat_list_of_known_numbers_is_refused(data: bytes, name: str) -> None:
    with pytest.raises(WireError) as caught:
        decode_health(data)
    assert caught.value.name == name


def test_what_is_not_on_the_list_cannot_be_said() -> None:
    for values in ({"plate": 1}, {"fps": float("nan")}):
        with pytest.raises(WireError):
            encode_health(values)


def test_no_field_counts_offences_or_passages() -> None:
    assert not [
        name for name in health.FIELDS if {"plate", "violation", "suspect", "track", "pass"} & set(name.split("_"))
    ]


def test_a_link_shortens_to_a_number_that_json_keeps() -> None:
    assert health.chain_48(bytes.fromhex("0102030405060708")) == 0x010203040506
