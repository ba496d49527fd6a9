"""Records: what a packet of kind 1 says, field by field, and each way to say it wrongly."""

from dataclasses import replace

from kirpik.wire import cbor, terms
from kirpik.wire.record import Cover, Record, SignalRow, encode_cover, encode_record
from kirpik.wire.track import MAX_POINTS, encode_track
from tests.unit.wire.samples import RECORD
from tests.wire_vectors import Vector, vector


def record_vectors() -> list[Vector]:
    signal = terms.Terms(signal="A", line_mm=((-1750, 25_000), (1750, 25_000)), exit_mm=3000, grace_ms=500, amber=False)
    red = replace(
        RECORD, kind="red_light", terms=signal, signal_changes=(SignalRow(-900_000, "A", "red"),), speed_m_per_h=None
    )
    warned = replace(
        RECORD, outcome="warning", terms=replace(RECORD.terms, warn_m_per_h=5000), speed_m_per_h=69_800,
        charged_m_per_h=66_000, moment_utc_ns=None, clock_error_us=None, clock_source="none", utc_offset_min=None,
    )  # fmt: skip
    data = encode_record(RECORD)
    values = cbor.decode(data)
    assert isinstance(values, dict)
    bad = {
        "unknown key": (values | {36: "blue estate car"}, "field-unknown"),
        "text key": (values | {"name": "A. N. Other"}, "field-unknown"),
        "without a clock source": ({k: v for k, v in values.items() if k != 6}, "field-missing"),
        "speed as text": (values | {11: "83410"}, "field-type"),
        "frames as a boolean": (values | {16: True}, "field-type"),
        "outcome unknown": (values | {33: "fine"}, "field-range"),
        "an offset beyond any zone": (values | {35: 1081}, "field-range"),
        "without a time zone": ({k: v for k, v in values.items() if k != 34}, "field-missing"),
        "kind unknown": (values | {2: "parking"}, "field-range"),
        "plate in lower case": (values | {17: "123abc01"}, "field-range"),
        "terms of another kind": (values | {9: terms.to_map("red_light", signal)}, "field-unknown"),
        "track cut": (values | {23: encode_track(RECORD.track)[:-1]}, "track-short"),
        "a row of the track at the same time": (values | {23: bytes(22)}, "track-time"),
        "covered and yet a record": (values | {32: True}, "field-unknown"),
        "cover that is none": ({0: 1, 30: 3, 31: None, 32: False}, "field-range"),
        "a later version": (values | {0: 2, 36: "new"}, "payload-version"),
        "version as text": (values | {0: "1"}, "payload-version"),
        "without a version": ({k: v for k, v in values.items() if k}, "field-missing"),
        "crop too large": (values | {22: bytes(12_289)}, "field-range"),
        "a number of the track without end": (values | {23: b"\x80"}, "track-number"),
        "a number of the track in a long form": (values | {23: b"\x80\x00"}, "track-number"),
        "a corner out of range": (values | {23: bytes([2, 2, 2, 254, 255, 255, 255, 127]) + bytes(7)}, "track-range"),
        "too many rows": (
            values | {23: (b"\2" + bytes(10)) + (b"\2" + bytes(10)) + bytes(11) * MAX_POINTS},
            "track-points",
        ),
        "an array": ([1], "field-type"),
    }
    raw = {
        "a key twice": (b"\xb8\x24" + data[2:] + b"\x18\x23\xf6", "cbor-duplicate-key"),
        "keys out of order": (b"\xb8\x24" + data[2:] + b"\x01\xf6", "cbor-key-order"),
        "version in a long form": (data[:2] + b"\0\x18\x01" + data[4:], "cbor-not-minimal"),
        "indefinite length": (b"\xbf" + data[2:] + b"\xff", "cbor-indefinite"),
        "cut": (data[:-1], "cbor-short"),
    }
    return [
        _record("speeding", RECORD),
        _record("red light", red),
        _record("a warning, without a clock", warned),
        vector("cover", encode_cover(Cover(keyset_version=3, last_receipt=None)), "record-cover"),
        *[vector(name, cbor.encode(told), refused) for name, (told, refused) in bad.items()],
        *[vector(name, told, refused) for name, (told, refused) in raw.items()],
    ]


def _record(name: str, record: Record) -> Vector:
    rows = [[row.time_us, row.exposure_us, row.sigma_mpx, list(row.corners_px32)] for row in record.track]
    told = {"kind": record.kind, "plate": record.plate.reveal(), "speed_m_per_h": record.speed_m_per_h, "track": rows}
    return vector(name, encode_record(record), says=told)
