"""One unit, one central and one record, the same in every run."""

from kirpik.values import PlateText
from kirpik.wire import packet
from kirpik.wire.calibration import Calibration, LaneShape
from kirpik.wire.checkpoint import Checkpoint, GivenUp
from kirpik.wire.dualsign import DocumentKey
from kirpik.wire.ids import genesis_link, unit_id
from kirpik.wire.keydocs import KeySet, Role, Root, SealEntry
from kirpik.wire.receipt import Receipt
from kirpik.wire.record import Record
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from kirpik.wire.terms import Terms
from kirpik.wire.track import TrackRow

UNIT_KEY = SigningKey.from_seed(b"unit".ljust(32, b"\1"))
UNIT = unit_id(UNIT_KEY.public)
SEAL_SEED = b"seal".ljust(32, b"\2")
SEAL = SealKey.from_seed(SEAL_SEED)
RECEIPT_KEY = SigningKey.from_seed(b"receipt".ljust(32, b"\3"))

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
    lanes=(LaneShape("1", "away", ((-1750, 10_000), (1750, 10_000), (1750, 60_000), (-1750, 60_000))),),
)


def track(frames: int = 31) -> tuple[TrackRow, ...]:
    """A plate that drives away; a fixed wobble of half a pixel stands for noise."""
    rows = []
    for n in range(frames):
        x, y, wide, high = 9600 + 190 * n, 28_800 - 250 * n, 3840 - 16 * n, 900 - 3 * n
        corners = (x, y, x + wide, y + 60, x + wide, y + high + 60, x, y + high)
        wobbling = tuple(value + (7 * value + 13 * n) % 17 - 8 for value in corners)
        rows.append(TrackRow(-500_000 + 16_667 * n, 800, 240 + n % 5, wobbling))
    return tuple(rows)


RECORD = Record(
    event_id=bytes(range(16)),
    kind="speeding",
    moment_sensor_ns=1_234_567_890,
    moment_utc_ns=1_790_000_000_000_000_000,
    clock_error_us=2500,
    clock_source="network",
    site_id="kz-02-0042",
    lane="1",
    terms=Terms(over_m_per_h=10_000),
    legal_basis="Example Act, section 592",
    speed_m_per_h=83_410,
    uncertainty_m_per_h=920,
    charged_m_per_h=80_000,
    limit_m_per_h=60_000,
    height_mm=620,
    frames=31,
    plate=PlateText("123ABC01"),
    plate_format="kz2012_private",
    rows=1,
    confidence_ppm=998_000,
    char_confidence_ppm=(999_000,) * 8,
    crop=b"RIFF" + bytes(60),
    track=track(),
    signal_changes=(),
    calibration=CALIBRATION,
    models_sha256=b"m" * 32,
    software_sha256=b"s" * 32,
    configuration_sha256=b"c" * 32,
    calibration_sha256=b"k" * 32,
    keyset_version=3,
    last_receipt=None,
    outcome="charge",
    timezone="Asia/Almaty",
    utc_offset_min=300,
)


CHECKPOINT = Checkpoint(
    reason="expiry",
    utc_ns=1_790_000_000_000_000_000,
    clock_error_us=2500,
    clock_source="network",
    uptime_s=86_400,
    waiting=12,
    parked=1,
    unsaid=0,
    withheld=(3, 0, 1, 0, 2, 0),
    software_sha256=b"s" * 32,
    configuration_sha256=b"c" * 32,
    given_up=(GivenUp(1, 7, b"x" * 32),),
    keyset_version=3,
    last_receipt=None,
)


def build(payload: bytes = b"payload", *, epoch: int = 1, sequence: int = 1, size: int | None = 4096) -> bytes:
    return packet.build(
        payload, signer=UNIT_KEY, unit=UNIT, recipient_public=SEAL.public,
        epoch=epoch, sequence=sequence, previous=genesis_link(UNIT), size=size,
    )  # fmt: skip


RECEIPT = Receipt(
    unit=UNIT, epoch=1, up_to=2, chain=b"h" * 32, central_utc_ms=1_790_000_000_000, root_version=1, keyset_version=3
)

HOLDERS = tuple(DocumentKey(bytes([number]) * 32) for number in range(6))


def role(*numbers: int, threshold: int) -> Role:
    return Role(threshold, tuple(HOLDERS[number].public for number in numbers))


def root(version: int = 1, *, root_role: Role | None = None, keys_role: Role | None = None) -> Root:
    """Holders 0 and 1 for the root, 3 and 4 for the keys role, two of two each."""
    return Root(
        version=version,
        issued_ms=1000,
        expires_ms=9_000_000,
        root=root_role or role(0, 1, threshold=2),
        keys=keys_role or role(3, 4, threshold=2),
        fallback_seal=None,
    )


def keyset(version: int = 3, *, seal: tuple[SealEntry, ...] | None = None) -> KeySet:
    return KeySet(
        version=version,
        issued_ms=2000,
        expires_ms=8_000_000,
        seal=seal or (SealEntry(SEAL.public, 0, None, "active"),),
        receipt=(RECEIPT_KEY.public,),
        brokers=(("broker.example", 8883),),
    )
