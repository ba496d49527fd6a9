"""The record: everything that an accusation says, and nothing else. The list of fields is closed on both sides.

Whole numbers only, each with its unit in the name. There is no field for a name, face, make or colour, and what is not
on the list can neither be encoded nor decoded.
"""

from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.values import PlateText
from kirpik.wire import calibration, cbor, fields, payload, terms, track
from kirpik.wire.calibration import Calibration
from kirpik.wire.terms import KINDS, Terms
from kirpik.wire.track import TrackRow

EVENT_ID_BYTES = 16
MAX_CROP_BYTES = 12288
MAX_TRACK_BYTES = 14000
PHASES = ("red", "amber", "green", "red_amber", "off")
OUTCOMES = ("charge", "warning")
CLOCK_SOURCES = ("none", "recording", "unsynchronised", "network", "satellite")
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A traffic signal began to show `phase`, `time_us` after the moment of the offence."""

    time_us: int
    signal: str
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    event_id: bytes
    kind: str
    moment_sensor_ns: int
    """The moment of the offence by the sensor's monotonic clock."""
    moment_utc_ns: int | None
    clock_error_us: int | None
    """Bound on the error of `moment_utc_ns`."""
    clock_source: str
    site_id: str
    lane: str | None
    terms: Terms
    legal_basis: str
    speed_m_per_h: int | None
    uncertainty_m_per_h: int | None
    """One standard deviation."""
    charged_m_per_h: int | None
    limit_m_per_h: int | None
    height_mm: int | None
    """Of the plate's centre above the road."""
    frames: int
    """Of the track that the measurement rests on."""
    plate: PlateText
    plate_format: str
    rows: int
    confidence_ppm: int
    char_confidence_ppm: tuple[int, ...]
    crop: bytes = field(repr=False)
    """WebP, grey."""
    track: tuple[TrackRow, ...] = field(repr=False)
    signal_changes: tuple[SignalRow, ...]
    calibration: Calibration = field(repr=False)
    models_sha256: bytes
    software_sha256: bytes
    configuration_sha256: bytes
    calibration_sha256: bytes
    keyset_version: int
    last_receipt: bytes | None
    """SHA-256 of the newest receipt that the unit had seen."""
    outcome: str
    """One of OUTCOMES: what the rule asks for."""
    timezone: str
    """Of the site, by its name in the IANA data base."""
    utc_offset_min: int | None
    """Local time minus UTC at the moment, as the unit took it; None where UTC was not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What a packet holds that was sent only to fill its slot."""

    keyset_version: int
    last_receipt: bytes | None


def _check_plate(name: str, value: object) -> PlateText:
    text = fields.text(1, 16)(name, value)
    if text != text.upper() or any(letter.isspace() for letter in text):
        raise WireError("field-range", f"{name}: expected upper case without spaces")
    return PlateText(text)


def _check_track(name: str, value: object) -> tuple[TrackRow, ...]:
    return track.decode_track(fields.blob(0, MAX_TRACK_BYTES)(name, value))


def _check_signals(name: str, value: object) -> tuple[SignalRow, ...]:
    return tuple(SignalRow(*row) for row in SIGNALS(name, value))


MOMENT_NS = fields.whole(0, 2**63 - 1)
SPEED = fields.maybe(fields.whole(0, 1_000_000))
PROBABILITY = fields.whole(0, PPM)
SHA256 = fields.blob(fields.SHA256_BYTES)
TIME_US = fields.whole(*track.LIMITS[track.TIME])
SIGNALS = fields.many(fields.row(TIME_US, calibration.NAME, fields.one_of(*PHASES)), 0, 32)
COVER = 32

ALLOWED: dict[int, tuple[str, fields.Check]] = {
    1: ("event_id", fields.blob(EVENT_ID_BYTES)),
    2: ("kind", fields.one_of(*KINDS)),
    3: ("moment_sensor_ns", MOMENT_NS),
    4: ("moment_utc_ns", fields.maybe(MOMENT_NS)),
    5: ("clock_error_us", fields.maybe(fields.whole(0, 10**12))),
    6: ("clock_source", fields.one_of(*CLOCK_SOURCES)),
    7: ("site_id", fields.text(1, 64)),
    8: ("lane", fields.maybe(calibration.NAME)),
    9: ("terms", lambda _, value: value),
    10: ("legal_basis", fields.text(0, 200)),
    11: ("speed_m_per_h", SPEED),
    12: ("uncertainty_m_per_h", SPEED),
    13: ("charged_m_per_h", SPEED),
    14: ("limit_m_per_h", SPEED),
    15: ("height_mm", fields.maybe(fields.whole(-10_000, 100_000))),
    16: ("frames", fields.whole(0, 10**6)),
    17: ("plate", _check_plate),
    18: ("plate_format", fields.text(1, 48)),
    19: ("rows", fields.whole(1, 2)),
    20: ("confidence_ppm", PROBABILITY),
    21: ("char_confidence_ppm", fields.many(PROBABILITY, 0, 16)),
    22: ("crop", fields.blob(0, MAX_CROP_BYTES)),
    23: ("track", _check_track),
    24: ("signal_changes", _check_signals),
    25: ("calibration", calibration.check),
    26: ("models_sha256", SHA256),
    27: ("software_sha256", SHA256),
    28: ("configuration_sha256", SHA256),
    29: ("calibration_sha256", SHA256),
    33: ("outcome", fields.one_of(*OUTCOMES)),
    34: ("timezone", fields.text(1, 64)),
    35: ("utc_offset_min", fields.maybe(fields.whole(-1080, 1080))),
    **payload.COMMON,
}
ALLOWED_COVER = {**payload.COMMON, COVER: ("cover", fields.flag)}


def encode_record(record: Record) -> bytes:
    """Raises WireError with the field's name for a value that is not on the list or out of its range."""
    values: dict[int, object] = {key: getattr(record, name) for key, (name, _) in ALLOWED.items()}
    data = payload.encode(values | _forms(record))
    decode_record(data)
    return data


def _forms(record: Record) -> dict[int, object]:
    """The fields whose form on the wire is not their value."""
    return {
        9: terms.to_map(record.kind, record.terms),
        17: record.plate.reveal(),
        23: track.encode_track(record.track),
        24: [[row.time_us, row.signal, row.phase] for row in record.signal_changes],
        25: calibration.to_map(record.calibration),
    }


def decode_record(data: bytes) -> Record:
    """Raises WireError unless `data` is a record whose every field is on the list, there, and within its range."""
    record = decode_payload(data)
    if isinstance(record, Cover):
        raise WireError("record-cover", "the packet only filled its slot")
    return record


def encode_cover(cover: Cover) -> bytes:
    common = {payload.KEYSET_VERSION: cover.keyset_version, payload.LAST_RECEIPT: cover.last_receipt}
    return payload.encode({**common, COVER: True})


def decode_payload(data: bytes) -> Record | Cover:
    """What a packet of kind 1 holds."""
    value = cbor.decode(data)
    if isinstance(value, dict) and COVER in value:
        values = payload.read("cover", value, ALLOWED_COVER)
        if not values["cover"]:
            raise WireError("field-range", "cover: left out unless it is true")
        return Cover(keyset_version=values["keyset_version"], last_receipt=values["last_receipt"])
    values = payload.read("record", value, ALLOWED)
    values["terms"] = terms.check(values["kind"], values["terms"])
    return Record(**values)
