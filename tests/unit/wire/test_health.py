import pytest

from kirpik.errors import WireError
from kirpik.wire import health
from kirpik.wire.health import decode_health, decode_standing, encode_health, encode_standing
from kirpik.wire.troubles import TROUBLES

GOOD = {"uptime_s": 12, "soc_c": 48, "load": 1.5, "gain": 2.37}
STANDS = {"epoch": 4, "sequence": 9, "chain_48": 2**48 - 1, "spool_count": 2}


def test_health_and_standing_come_back_as_they_were() -> None:
    assert decode_health(encode_health(GOOD)) == GOOD
    assert decode_standing(encode_standing(STANDS)) == STANDS


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("spool_fill", 4.9, 0),
        ("spool_fill", 65.1, 70),
        ("fps", 29.6, 30),
        ("load", 1.7, 1.5),
        ("soc_c", 48.6, 49),
    ],
)
def test_a_number_is_rounded_before_it_leaves(name: str, value: float, told: float) -> None:
    assert decode_health(encode_health({name: value})) == {name: told}


@pytest.mark.parametrize("name", health.STANDING)
def test_where_a_unit_stands_cannot_be_said_in_a_heartbeat(name: str) -> None:
    with pytest.raises(WireError, match="not on the list"):
        encode_health({name: 1})
    with pytest.raises(WireError, match="not on the list"):
        decode_health(b'{"%s":1}' % name.encode())


def test_no_alarm_waits_for_what_rounding_hides() -> None:
    """A bound on a step is passed by what is told no later than by what is."""
    for trouble in TROUBLES:
        step = health.FIELDS[trouble.field]
        if step and trouble.modulo is None:
            assert trouble.bound % step == 0, trouble.name


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
