"""What each step of a calibration found. One JSON file a step in one working folder; each step can be done again."""

from pathlib import Path
from typing import TypeVar

import msgspec

from kirpik.errors import InputError

Vector = tuple[float, float, float]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Raised against its file when it cannot be read."""


class LensStep(Step, frozen=True, kw_only=True):
    width: int
    height: int
    focal_px: float
    centre_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float]
    focal_uncertainty_percent: float
    """One standard deviation."""
    rms_px: float
    model: str
    pictures: tuple[str, ...]
    covered: float
    corners: tuple[tuple[float, float, float, float], ...]
    """x, y of each corner and its residual, pixels."""


class PointFound(Step, frozen=True, kw_only=True):
    name: str
    place_m: Vector
    pixel: tuple[float, float]
    off_px: tuple[float, float]
    off_m: float
    """The residual on the road."""
    share: float
    """Residual in standard deviations."""


class PoseStep(Step, frozen=True, kw_only=True):
    position_m: Vector
    rotation: tuple[float, float, float, float, float, float, float, float, float]
    position_sigma_m: Vector
    angle_sigma_deg: Vector
    """About the camera's own axes: tilt, yaw, roll."""
    taped_height_m: float
    points: tuple[PointFound, ...]
    chi2_per_dof: float


class TimeStep(Step, frozen=True, kw_only=True):
    row_time_us: float | None = None
    row_time_sigma_us: float | None = None
    offset_ms: float | None = None
    """Of the recording's UTC against the lamp's."""
    offset_sigma_ms: float | None = None
    flashes: int = 0


class TrafficStep(Step, frozen=True, kw_only=True):
    tracks: int
    rotation: tuple[float, float, float, float, float, float, float, float, float]
    """Of survey and traffic together."""
    angle_sigma_deg: Vector
    tilt_deg: float
    """What the plates alone say beyond the survey: about the camera's x axis."""
    tilt_sigma_deg: float
    roll_deg: float
    roll_sigma_deg: float
    plate_height_m: float
    plate_height_sigma_m: float
    taped_plate_height_m: float | None = None


class ReferenceStep(Step, frozen=True, kw_only=True):
    passes: tuple[tuple[str, float, float, float], ...]
    """Name, reference, measured, standard deviation of their difference; km/h."""
    scale: float
    """Measured by reference."""
    low: float
    high: float
    """Of the scale, 95 % confidence."""


S = TypeVar("S", bound=Step)
FILES: dict[type[Step], str] = {
    LensStep: "lens.json", PoseStep: "pose.json", TimeStep: "time.json", TrafficStep: "traffic.json",
    ReferenceStep: "reference.json",
}  # fmt: skip


class Work:
    """The working folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, step: Step) -> Path:
        path = self.folder / FILES[type(step)]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".new")
            beside.write_bytes(msgspec.json.format(msgspec.json.encode(step), indent=1) + b"\n")
            beside.replace(path)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
        return path

    def load(self, kind: type[S]) -> S | None:
        """None when the step has not been done. Raises InputError for a file that cannot be its own."""
        path = self.folder / FILES[kind]
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        except msgspec.DecodeError as error:
            raise InputError(f"{path}: {error}") from error

    def need(self, kind: type[S], command: str) -> S:
        step = self.load(kind)
        if step is None:
            raise InputError(f"{self.folder}: {FILES[kind]} is missing: run kirpik calibrate {command} first")
        return step
