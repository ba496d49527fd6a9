"""A unit in a few lines: it builds a chain of packets around a small but whole record."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kirpik.values import PlateText
from kirpik.wire import packet, suite
from kirpik.wire.calibration import Calibration, LaneShape, calibration_hash
from kirpik.wire.checkpoint import NONE_WITHHELD, Checkpoint, GivenUp, encode_checkpoint
from kirpik.wire.ids import genesis_link, unit_id
from kirpik.wire.keychange import encode_key_change
from kirpik.wire.packet import Header
from kirpik.wire.record import Record, SignalRow, encode_record
from kirpik.wire.signature import SigningKey
from kirpik.wire.terms import Terms
from kirpik.wire.track import TrackRow

CALIBRATION = Calibration(
    width_px=1456,
    height_px=1088,
    pinhole_mpx=(4_638_000, 4_638_000, 727_500, 543_500),
    distortion_1e9=(0, 0, 0, 0, 0),
    row_time_ns=0,
    focal_uncertainty_ppm=3000,
    position_mm=(0, 0, 6000),
    rotation_1e9=(10**9, 0, 0, 0, -220_000_000, -975_500_000, 0, 975_500_000, -220_000_000),
    position_uncertainty_mm=30,
    angle_uncertainty_udeg=50_000,
    lanes=(
        LaneShape("1", "away", ((-1750, 10_000), (1750, 10_000), (1750, 60_000), (-1750, 60_000))),
        LaneShape("2", "towards", ((1750, 10_000), (5250, 10_000), (5250, 60_000), (1750, 60_000))),
    ),
)
WEBP = bytes.fromhex(
    "524946463c000000574542505650382030000000d001009d012a0100010002003425a0027"
    "4ba01f80003b000feef4ffff8fb7fffe3dfffc78ffff1e3fffe3dfffc780000"
)


def driven(count: int = 20, *, speed_mps: float = 23.0, x_m: float = 0.2) -> tuple[TrackRow, ...]:
    """A plate 0.65 m above the road that drives away from the camera, the offence in the middle."""
    rows = []
    for number in range(count):
        time_s = (number - count // 2) / 30
        y_m = 25.0 + speed_mps * time_s
        corners = [(x_m - 0.26, 0.706), (x_m + 0.26, 0.706), (x_m + 0.26, 0.594), (x_m - 0.26, 0.594)]
        pixels = [value for x, z in corners for value in _project(x, y_m, z)]
        rows.append(TrackRow(round(time_s * 1e6), 1000, 150, tuple(round(32 * value) for value in pixels)))
    return tuple(rows)


def _project(x_m: float, y_m: float, z_m: float) -> tuple[float, float]:
    down, ahead = -0.22 * y_m - 0.9755 * (z_m - 6), 0.9755 * y_m - 0.22 * (z_m - 6)
    return 4638 * x_m / ahead + 727.5, 4638 * down / ahead + 543.5


SPEEDING = Record(
    event_id=bytes(16),
    kind="speeding",
    moment_sensor_ns=1_234_567_890,
    moment_utc_ns=1_795_363_200_000_000_000,
    clock_error_us=800,
    clock_source="network",
    site_id="kz-02-0042",
    lane="1",
    terms=Terms(over_m_per_h=10_000),
    legal_basis="KoAP 592 part 2",
    speed_m_per_h=83_410,
    uncertainty_m_per_h=920,
    charged_m_per_h=80_000,
    limit_m_per_h=60_000,
    height_mm=650,
    frames=20,
    plate=PlateText("123ABC01"),
    plate_format="kz2012_private",
    rows=1,
    confidence_ppm=998_000,
    char_confidence_ppm=(999_000,) * 8,
    crop=WEBP,
    track=driven(),
    signal_changes=(),
    calibration=CALIBRATION,
    models_sha256=bytes(32),
    software_sha256=bytes(32),
    configuration_sha256=bytes(32),
    calibration_sha256=calibration_hash(CALIBRATION),
    keyset_version=1,
    last_receipt=None,
    outcome="charge",
    timezone="Asia/Almaty",
    utc_offset_min=300,
)
RED_LIGHT = replace(
    SPEEDING,
    kind="red_light",
    speed_m_per_h=None,
    uncertainty_m_per_h=None,
    charged_m_per_h=None,
    limit_m_per_h=None,
    signal_changes=(SignalRow(-5_200_000, "A", "amber"), SignalRow(-2_200_000, "A", "red")),
    terms=Terms(
        signal="A",
        line_mm=((-1750, 25_000), (1750, 25_000)),
        exit_mm=3000,
        grace_ms=500,
        clear_mm=18_000,
        amber=False,
    ),
)


@dataclass
class Sender:
    """Builds packets in a row, each naming the one before."""

    identity: SigningKey
    recipient: bytes
    epoch: int = 1
    sequence: int = 0
    previous: bytes = b""
    named: bytes = b""
    """Once the key has changed, the id stays."""

    @property
    def unit(self) -> bytes:
        return self.named or unit_id(self.identity.public)

    def next(self, record: Record = SPEEDING, *, payload: bytes | None = None, kind: int = packet.KIND_PACKET) -> bytes:
        self.sequence += 1
        wire = packet.build(
            encode_record(replace(record, event_id=os.urandom(16))) if payload is None else payload,
            kind=kind,
            signer=self.identity,
            unit=self.unit,
            recipient_public=self.recipient,
            epoch=self.epoch,
            sequence=self.sequence,
            previous=self.previous or genesis_link(self.unit),
        )
        self.previous = packet.link(wire)
        return wire

    def change_key(self, new: SigningKey, *, agrees: SigningKey | None = None) -> bytes:
        """A key change; what comes after is signed by the new key."""
        recipient = suite.key_id(self.recipient)
        before = self.previous or genesis_link(self.unit)
        header = Header(packet.KIND_KEY_CHANGE, recipient, self.unit, self.epoch, self.sequence + 1, before)
        payload = encode_key_change(agrees or new, header=header, keyset_version=1, last_receipt=None)
        if agrees is not None:  # it claims a key whose owner has not agreed
            payload = payload.replace(agrees.public, new.public)
        wire = self.next(payload=payload, kind=packet.KIND_KEY_CHANGE)
        self.named, self.identity = self.unit, new
        return wire

    def checkpoint(self, *given_up: GivenUp, withheld: Sequence[int] = NONE_WITHHELD) -> bytes:
        told = Checkpoint(
            reason="expiry" if given_up else "regular", utc_ns=None, clock_error_us=None, clock_source="none",
            uptime_s=1, waiting=0, parked=0, unsaid=0, software_sha256=bytes(32), configuration_sha256=bytes(32),
            withheld=tuple(withheld), given_up=given_up, keyset_version=1, last_receipt=None,
        )  # fmt: skip
        return self.next(payload=encode_checkpoint(told), kind=packet.KIND_CHECKPOINT)
