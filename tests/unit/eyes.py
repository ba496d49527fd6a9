"""A unit's memory and sealer in a folder, with a central that reads along: for tests of what happens to packets."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from kirpik.errors import ConfigError, WireError
from kirpik.evidence import Origin
from kirpik.obey import Obedience
from kirpik.seal import Sealer
from kirpik.service.letters import Letters
from kirpik.site import Camera, Header, Lane, Pose, RedLight, Signal, Site, Speeding
from kirpik.store.folder import Disk
from kirpik.store.identity import Identity
from kirpik.store.inbox import InboxView
from kirpik.store.keyring import Keyring
from kirpik.store.ledger import Ledger
from kirpik.store.orders import OrderBook
from kirpik.store.outbox import Outbox
from kirpik.store.settings import Settings
from kirpik.store.wanted import Wanted
from kirpik.values import Luma, PlateText, Reading, SignalChange, TrackPoint, Violation
from kirpik.wire import packet
from kirpik.wire.receipt import Receipt, Refusal, sign_receipt
from tests.unit.wire.samples import RECEIPT_KEY, UNIT, UNIT_KEY, keyset, root

SITE = Site(
    header=Header(id="kz-02-0042", timezone="Asia/Almaty"),
    camera=Camera(width=1456, height=1088, fx=4638.0, fy=4638.0, cx=727.5, cy=543.5),
    pose=Pose(position_m=(0.0, 0.0, 6.0), rotation=(1.0, 0.0, 0.0, 0.0, -0.22, -0.9755, 0.0, 0.9755, -0.22)),
    lanes=(Lane(name="1", polygon_m=((-1.75, 10.0), (1.75, 10.0), (1.75, 60.0), (-1.75, 60.0)), direction="away"),),
    signals=(Signal(name="A"),),
    rules=(
        Speeding(limit_kmh=60, lanes=("1",), legal_basis="Example Act, section 592"),
        RedLight(
            signal="A", line_m=((-1.75, 25.0), (1.75, 25.0)), lanes=("1",), legal_basis="Example Act, section 599"
        ),
    ),
    sha256=hashlib.sha256(b"site").digest(),
)
ORIGIN = Origin(site=SITE, models_sha256=b"m" * 32, software_sha256=b"s" * 32)
MOMENT_NS = 5_000_000_000


def points(frames: int) -> tuple[TrackPoint, ...]:
    """A plate that drives away; one that is seen very long hardly moves."""
    step = np.array([6.0, -8.0]) if frames <= 400 else np.array([0.01, -0.01])
    quad = np.array([[300.0, 900.0], [420.0, 902.0], [420.0, 930.0], [300.0, 928.0]])
    wobble = np.random.default_rng(1).normal(0, 0.3, (frames, 4, 2))
    middle = frames // 2
    return tuple(
        TrackPoint(MOMENT_NS + (n - middle) * 16_667_000, 800, None, quad + n * step + wobble[n], 0.25)
        for n in range(frames)
    )


def crop(height: int = 40, width: int = 130) -> Luma:
    return np.random.default_rng(2).integers(0, 255, (height, width), np.uint8)


def violation(frames: int = 31, picture: Luma | None = None) -> Violation:
    return Violation(
        kind="speeding",
        rule_number=0,
        reading=Reading(PlateText("123ABC01"), "kz2012_private", 1, 0.998, (0.999,) * 8),
        lane="1",
        sensor_timestamp_ns=MOMENT_NS,
        utc_ns=1_790_000_000_000_000_000,
        clock_error_us=2500,
        clock_source="network",
        legal_basis="Example Act, section 592",
        frames=frames,
        crop=crop() if picture is None else picture,
        track=points(frames),
        speed_kmh=83.4104,
        uncertainty_kmh=0.9201,
        charged_kmh=80,
        limit_kmh=60,
        height_m=0.62,
    )


RED = SignalChange(MOMENT_NS - 900_000_000, "A", "red")


def fixed_crop(luma: Luma, quality: int) -> bytes:
    """Stands for an encoder: its size follows the quality."""
    return b"RIFF" + bytes(int(luma.size * quality / 400))


class QuickDisk(Disk):
    """Leaves out what only a power cut would show, and what takes nearly all of the time."""

    def write(self, path: Path, data: bytes, mode: int) -> None:
        path.write_bytes(data)
        path.chmod(mode)

    def sync_folder(self, folder: Path) -> None:
        pass


@dataclass
class NoEffects:
    """Files that orders may change, as one word each; `refuses` stands for contents that are not good."""

    refuses: str = ""
    wiped: bool = False
    changes: int = 0
    lacking: tuple[bytes, ...] = ()

    def in_force(self, kind: str) -> bytes:
        return sha256(kind.encode()).digest()

    def check(self, kind: str, contents: bytes) -> None:
        if self.refuses:
            raise ConfigError(f"{kind}: {self.refuses} ({len(contents)} bytes)")

    def lacks(self, kind: str, contents: bytes) -> Collection[bytes]:
        del contents
        return self.lacking if kind == "models" else ()

    def figures(self) -> dict[str, int]:
        return {"waiting": 2}

    def change_identity(self) -> bytes:
        self.changes += 1
        return b"n" * 32

    def wipe(self) -> None:
        self.wiped = True


class Eye:
    """What `kirpikd eye` puts together at its start."""

    def __init__(
        self, home: Path, *, disk: Disk | None = None, limit_bytes: int = 10**6, keyring: Keyring | None = None,
        clock_s: int | None = None,
    ) -> None:  # fmt: skip
        self.outbox = Outbox(home / "outbox", limit_bytes=limit_bytes, disk=disk)
        self.damaged = self.outbox.set_damaged_aside()
        newest = self.outbox.newest(is_ours)
        self.ledger = Ledger(home / "ledger", unit=UNIT, newest=newest, clock_s=clock_s, disk=disk)
        self.keyring = keyring or Keyring(root(), keyset())
        self.sealer = Sealer(
            ORIGIN, identity=Identity(UNIT, UNIT_KEY), keyring=self.keyring, ledger=self.ledger,
            outbox=self.outbox, encode_crop=fixed_crop, size=4096, now_ms=lambda: 10_000,
        )  # fmt: skip
        self.clock_ms = 10_000
        self.effects = NoEffects()
        self.settings = Settings(home / "settings", disk=disk)
        self.obedience = Obedience(
            Identity(UNIT, UNIT_KEY), groups=("almaty",), keyring=self.keyring,
            book=OrderBook(home / "ledger", home / "results", disk=disk), settings=self.settings,
            effects=self.effects, wanted=Wanted(home / "wanted", disk=disk), now_ms=lambda: self.clock_ms,
        )  # fmt: skip
        self.letters = Letters(
            sealer=self.sealer, ledger=self.ledger, inbox=InboxView(home / "inbox"), keyring=self.keyring,
            obedience=self.obedience,
        )  # fmt: skip

    def links(self) -> dict[tuple[int, int], bytes]:
        """Of all packets that wait."""
        return {(e.epoch, e.sequence): self.outbox.link(e) or b"" for e in self.outbox.waiting()}


def is_ours(data: bytes) -> bool:
    try:
        packet.check_outer(data, UNIT_KEY.public)
    except WireError:
        return False
    return True


def receipt(
    epoch: int, up_to: int, chain: bytes, *, utc_ms: int = 1000, selective: Sequence[tuple[int, bytes]] = (),
    refused: Sequence[Refusal] = (), unit: bytes = UNIT,
) -> bytes:  # fmt: skip
    told = Receipt(
        unit=unit, epoch=epoch, up_to=up_to, chain=chain, selective=tuple(selective), refused=tuple(refused),
        central_utc_ms=utc_ms, root_version=1, keyset_version=3,
    )  # fmt: skip
    return sign_receipt(told, RECEIPT_KEY)


def previous(data: bytes) -> bytes:
    return packet.parse_header(data).previous
