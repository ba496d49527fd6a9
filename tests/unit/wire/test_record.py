from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.errors import WireError
from kirpik.values import PlateText
from kirpik.wire import cbor, record
from kirpik.wire.record import Cover, Record, SignalRow, decode_payload, decode_record, encode_cover, encode_record
from kirpik.wire.terms import BY_KIND, Terms
from tests.unit.wire.samples import RECORD, track

LINE = ((-1750, 25_000), (1750, 25_000))
SIGNAL = Terms(signal="A", line_mm=LINE, exit_mm=3000, grace_ms=500, clear_mm=18_000, amber=False)
TERMS = {
    "speeding": Terms(over_m_per_h=10_000),
    "red_light": SIGNAL,
    "stop_line": replace(SIGNAL, clear_mm=None),
    "bus_lane": Terms(min_length_mm=20_000, hours="07:00-21:00"),
    "wrong_way": Terms(min_length_mm=8000),
    "solid_line": Terms(line_mm=LINE),
    "no_stopping": Terms(polygon_mm=(*LINE, (0, 30_000)), dwell_ms=30_000),
}


def name_of_refusal(data: bytes) -> str:
    with pytest.raises(WireError) as caught:
        decode_record(data)
    return caught.value.name


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_kind_of_offence_comes_back_as_it_was(kind: str) -> None:
    changes = (SignalRow(-900_000, "A", "red"),) if BY_KIND[kind] == BY_KIND["red_light"] else ()
    told = replace(RECORD, kind=kind, terms=TERMS[kind], signal_changes=changes)
    assert decode_record(encode_record(told)) == told


@given(
    moment=st.integers(0, 2**63 - 1),
    utc=st.none() | st.integers(0, 2**63 - 1),
    plate=st.text("ABCXYZ0123456789京А", min_size=1, max_size=16),
    confidence=st.integers(0, 1_000_000),
    crop=st.binary(max_size=4000),
    lane=st.none() | st.text("abc123.-", min_size=1, max_size=32),
    frames=st.integers(0, 120),
)
def test_a_record_comes_back_as_it_was(
    *, moment: int, utc: int | None, plate: str, confidence: int, crop: bytes, lane: str | None, frames: int
) -> None:
    told = replace(
        RECORD, moment_sensor_ns=moment, moment_utc_ns=utc, plate=PlateText(plate), confidence_ppm=confidence,
        crop=crop, lane=lane, track=track(frames), frames=frames,
    )  # fmt: skip
    assert decode_record(encode_record(told)) == told


def test_the_list_of_fields_is_the_list_of_the_record() -> None:
    assert {name for name, _ in record.ALLOWED.values()} == {field.name for field in fields(Record)}


@given(st.integers(-(2**64), 2**64 - 1).filter(lambda key: key not in {0, *record.ALLOWED}) | st.text(max_size=20))
def test_a_key_that_is_not_on_the_list_is_refused(key: int | str) -> None:
    values = cbor.decode(encode_record(RECORD))
    assert isinstance(values, dict)
    values[key] = "blue estate car"
    with pytest.raises(WireError) as caught:
        decode_payload(cbor.encode(values))
    assert caught.value.name in {"field-unknown", "field-range", "field-type"}


@pytest.mark.parametrize("key", record.ALLOWED)
def test_a_missing_field_is_refused(key: int) -> None:
    values = cbor.decode(encode_record(RECORD))
    assert isinstance(values, dict)
    del values[key]
    assert name_of_refusal(cbor.encode(values)) == "field-missing"


@pytest.mark.parametrize("key", record.ALLOWED)
@pytest.mark.parametrize("value", [2**64 - 1, -(2**64), "x" * 300, b"x" * 20_000, [[]], {}, {9: 9}, True, "name\n"])
def test_a_value_of_another_type_or_out_of_range_is_refused(key: int, value: object) -> None:
    values = cbor.decode(encode_record(RECORD))
    assert isinstance(values, dict)
    refusal = name_of_refusal(cbor.encode(values | {key: value}))
    assert refusal in {"field-type", "field-range", "field-unknown", "field-missing"} or refusal.startswith("track-")


@pytest.mark.parametrize(
    "change",
    [
        {"plate": PlateText("123abc01")},
        {"plate": PlateText("123 ABC")},
        {"plate": PlateText("")},
        {"kind": "parking"},
        {"terms": Terms()},
        {"terms": SIGNAL},
        {"clock_source": "wristwatch"},
        {"speed_m_per_h": 83_410.5},
        {"speed_m_per_h": -1},
        {"signal_changes": (SignalRow(0, "A", "blue"),)},
        {"confidence_ppm": 1_000_001},
        {"models_sha256": b"short"},
        {"track": track(2)[::-1]},
        {"site_id": "two\nlines"},
    ],
)
def test_what_is_not_on_the_list_cannot_be_encoded(change: dict[str, object]) -> None:
    with pytest.raises(WireError):
        encode_record(replace(RECORD, **change))  # type: ignore[arg-type]  # wrong on purpose


def test_neither_plate_nor_picture_nor_track_is_shown() -> None:
    shown = repr(RECORD)
    assert "123ABC01" not in shown
    assert "RIFF" not in shown
    assert "TrackRow" not in shown


def test_a_refusal_does_not_repeat_the_plate() -> None:
    with pytest.raises(WireError) as caught:
        encode_record(replace(RECORD, plate=PlateText("secret1")))
    assert "secret1" not in str(caught.value)


def test_a_cover_is_told_apart_only_inside() -> None:
    cover = Cover(keyset_version=3, last_receipt=b"r" * 32)
    assert decode_payload(encode_cover(cover)) == cover
    assert name_of_refusal(encode_cover(cover)) == "record-cover"
    assert name_of_refusal(cbor.encode({0: 1, 30: 1, 31: None, 32: False})) == "field-range"


def test_a_usual_record_leaves_most_of_the_packet_to_the_picture() -> None:
    assert len(encode_record(replace(RECORD, crop=b""))) < 1000
