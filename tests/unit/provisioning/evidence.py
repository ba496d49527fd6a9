"""Evidence files of every kind of offence, made the way a unit and a central make them, and ways to spoil them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kirpik.evidence import Origin, record_of
from kirpik.road.motion import choose, measure
from kirpik.road.path import path_of
from kirpik.rules.judge import Case, judge
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion
from kirpik.site import (
    BusLane,
    Header,
    Lane,
    NoStopping,
    RedLight,
    Rule,
    Signal,
    Site,
    SolidLine,
    Speeding,
    StopLine,
    WrongWay,
    kind_of,
)
from kirpik.values import Phase, PlateText, Reading, SignalChange, TrackPoint, Violation
from kirpik.wire import packet
from kirpik.wire.documents import KeySet, OrderEntry
from kirpik.wire.evidence_file import EvidenceFile
from kirpik.wire.ids import genesis_link
from kirpik.wire.keydocs import sign_document
from kirpik.wire.receipt import Receipt, sign_receipt
from kirpik.wire.record import Record, decode_record, encode_record
from kirpik.wire.signature import SigningKey
from kirpik.wire.statement import Statement, sign_statement
from tests.unit.road.roads import CAMERA, drive, pose
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, UNIT, UNIT_KEY

POSE = pose()
SITE_ID = "kz-02-0042"
INSTALLER = SigningKey.from_seed(b"installer".ljust(32, b"\4"))
POLYGON = ((-1.75, 10.0), (1.75, 10.0), (1.75, 70.0), (-1.75, 70.0))
LINE = ((-1.75, 25.0), (1.75, 25.0))
AWAY = Lane(name="1", polygon_m=POLYGON, direction="away")
CROP = bytes.fromhex(
    "524946463c000000574542505650382030000000d001009d012a0100010002003425a0027"
    "4ba01f80003b000feef4ffff8fb7fffe3dfffc78ffff1e3fffe3dfffc780000"
)

YOf = Callable[[float], float]


def steady(speed_kmh: float, y_m: float) -> YOf:
    return lambda t: y_m + speed_kmh / 3.6 * t


def stopping(y_m: float, *, speed_kmh: float, when: float) -> YOf:
    """Brakes by 4 m/s² and stands at `y_m` from `when` on."""

    def y_of(t: float) -> float:
        left, speed = max(0.0, when - t), speed_kmh / 3.6
        braking = speed / 4.0
        return y_m - (2.0 * min(left, braking) ** 2 + speed * max(0.0, left - braking))

    return y_of


class Along:
    """A plate that follows `y_of`, for `roads.drive`."""

    def __init__(self, y_of: YOf, x_of: YOf) -> None:
        self._y_of = y_of
        self._x_of = x_of

    def corners(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        y = np.vectorize(self._y_of)(t)
        x = np.array([-0.26, 0.26, 0.26, -0.26]) + np.vectorize(self._x_of)(t)
        z = 0.6 + np.array([0.056, 0.056, -0.056, -0.056]) + 0 * t
        return np.stack([x, y, z], axis=-1)


def track(y_of: YOf, seconds: tuple[float, float], x_of: YOf = lambda _: 0.0) -> list[TrackPoint]:
    return drive(Along(y_of, x_of), CAMERA, POSE, seconds=seconds, noise_px=0.2)  # type: ignore[arg-type]  # has corners()


SIGNALS: tuple[tuple[float, Phase], ...] = ((-30.0, "green"), (-3.0, "amber"), (0.0, "red"))
CASES: dict[str, tuple[Rule, YOf, tuple[float, float]]] = {
    "speeding": (Speeding(lanes=("1",), limit_kmh=60, legal_basis="592"), steady(87.0, 28.0), (-1.0, 1.0)),
    "red_light": (RedLight(lanes=("1",), signal="A", line_m=LINE, clear_m=1.0), steady(40.0, 5.0), (0.5, 4.0)),
    "stop_line": (
        StopLine(lanes=("1",), signal="A", line_m=LINE, clear_m=1.0, exit_m=5.0),
        stopping(27.0, speed_kmh=30.0, when=4.0), (0.5, 8.0),
    ),
    "bus_lane": (BusLane(lanes=("1",), min_length_m=12.0), steady(50.0, 15.0), (0.0, 3.0)),
    "no_stopping": (
        NoStopping(polygon_m=((-1.5, 20.0), (1.5, 20.0), (1.5, 35.0), (-1.5, 35.0)), dwell_s=5.0),
        stopping(27.0, speed_kmh=30.0, when=2.0), (-1.0, 9.0),
    ),
    "solid_line": (SolidLine(line_m=((0.0, 10.0), (0.0, 60.0))), steady(40.0, 17.0), (0.0, 2.5)),
    "wrong_way": (WrongWay(lanes=("1",), min_length_m=8.0), steady(-30.0, 40.0), (0.0, 3.0)),
}  # fmt: skip


def site_with(rule: Rule) -> Site:
    return Site(
        header=Header(id=SITE_ID), camera=CAMERA, pose=POSE, lanes=(AWAY,), signals=(Signal(name="A"),), rules=(rule,),
        sha256=b"c" * 32,
    )  # fmt: skip


@cache
def record(kind: str) -> Record:
    """As the unit would make it of a plate that drives by."""
    rule, y_of, seconds = CASES[kind]
    x_of: YOf = (lambda t: -1.2 + t) if kind == "solid_line" else (lambda _: 0.0)
    points, site = track(y_of, seconds, x_of), site_with(rule)
    path, motion, timeline = path_of(points, CAMERA, POSE), measure(points, CAMERA, POSE), Timeline()
    for at, phase in SIGNALS:
        timeline.add(SignalChange(round((100 + at) * 1e9), "A", phase))
    case = Case(site=site, path=path, signals=timeline, measure=lambda: motion, utc_ns=lambda _: None)
    found = [v for v in judge(case) if isinstance(v, Suspicion)]
    assert found, f"{kind}: this track breaks no rule"
    shown = timeline.between("A", points[0].sensor_timestamp_ns, points[-1].sensor_timestamp_ns)
    violation = _violation(found[0], points, shown if kind in ("red_light", "stop_line") else ())
    origin = Origin(site=site, models_sha256=b"m" * 32, software_sha256=b"s" * 32)
    made = record_of(violation, origin, event_id=bytes(16), keyset_version=3, last_receipt=None)
    return replace(made, crop=CROP)


def _violation(suspicion: Suspicion, points: Sequence[TrackPoint], shown: tuple[SignalChange, ...]) -> Violation:
    motion = suspicion.motion
    return Violation(
        kind=kind_of(suspicion.rule), rule_number=0, lane=suspicion.lane, sensor_timestamp_ns=suspicion.moment_ns,
        reading=Reading(PlateText("123ABC01"), "kz2012_private", 1, 0.98, (0.99,) * 8), utc_ns=1_790_000_000 * 10**9,
        clock_error_us=900, clock_source="network", legal_basis=suspicion.rule.legal_basis, frames=len(points),
        crop=np.zeros((8, 8), np.uint8), track=tuple(choose(points) if motion else points), signal_changes=shown,
        speed_kmh=motion.speed_kmh if motion else None, uncertainty_kmh=motion.uncertainty_kmh if motion else None,
        charged_kmh=suspicion.charged_kmh, limit_kmh=getattr(suspicion.rule, "limit_kmh", None),
        height_m=0.6,
    )  # fmt: skip


def keyset(version: int = 3, **changes: object) -> KeySet:
    orders = (OrderEntry(INSTALLER.public, ("set-site",)),)
    return replace(samples.keyset(version), orders=orders, **changes)  # type: ignore[arg-type]  # fields of a key set


ROOT = sign_document(samples.root(1), HOLDERS[:2])


def sealed(payload: bytes, *, key: SigningKey = UNIT_KEY, unit: bytes = UNIT, sequence: int = 5) -> tuple[bytes, bytes]:
    """The packet, and the COSE_Sign1 that opens from it."""
    wire = packet.build(
        payload, signer=key, unit=unit, recipient_public=SEAL.public, epoch=7, sequence=sequence,
        previous=genesis_link(unit), size=None,
    )  # fmt: skip
    return wire, packet.open_packet(wire, key.public, SEAL).evidence[packet.HEADER_BYTES :]


def evidence(told: Record | str = "speeding", *, sequence: int = 5) -> EvidenceFile:
    made = record(told) if isinstance(told, str) else told
    wire, inner = sealed(encode_record(made), sequence=sequence)
    said = Receipt(
        unit=UNIT, epoch=7, up_to=sequence, chain=packet.link(wire), central_utc_ms=1_790_000_060_000, root_version=1,
        keyset_version=3,
    )  # fmt: skip
    return EvidenceFile(
        packet=wire,
        inner=inner,
        unit_public=UNIT_KEY.public,
        roots=(ROOT,),
        keyset=sign_document(keyset(), HOLDERS[3:5]),
        receipt=sign_receipt(said, RECEIPT_KEY),
        calibration=statement(made),
    )


def statement(made: Record, *, site_id: str = SITE_ID, key: SigningKey = INSTALLER, **changes: object) -> bytes:
    told = Statement(
        site_id=site_id, calibration_sha256=made.calibration_sha256, made_utc_ms=1_780_000_000_000,
        report_sha256=bytes(32), calibrated_by="Example Metrology",
    )  # fmt: skip
    return sign_statement(replace(told, **changes), key)  # type: ignore[arg-type]  # fields of a statement


def payload(file: EvidenceFile) -> Record:
    opened = packet.check_evidence(file.packet[: packet.HEADER_BYTES] + file.inner, file.unit_public)
    return decode_record(opened.payload)
