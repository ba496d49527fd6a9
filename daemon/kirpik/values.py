"""The frozen values that travel through the unit. Pixels are luma, times are nanoseconds, angles radians."""

import math
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
"""A grey picture, shape (height, width)."""

Quad = NDArray[np.float64]
"""Four corners, shape (4, 2): x, y in pixels, clockwise from the plate's top left. Pixel centres are whole numbers."""

Phase = Literal["red", "amber", "green", "red_amber", "off"]
Outcome = Literal["charge", "warning"]
"""What a confirmed violation is to lead to: a fine, or a warning only."""

Kind = Literal["speeding", "red_light", "stop_line", "bus_lane", "wrong_way", "solid_line", "no_stopping"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the road, in memory only."""

    number: int
    sensor_timestamp_ns: int
    """Monotonic clock of the sensor at the end of the first row's exposure."""
    exposure_us: int
    utc_ns: int | None
    luma: Luma = field(repr=False)
    """Full resolution."""
    lores: Luma = field(repr=False)
    """The same picture reduced by one factor for both axes, so that it fits the detector."""


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle of the picture, reduced by `factor` for the detector."""

    left: int
    top: int
    size: tuple[int, int]
    """Width and height of the reduced picture."""
    factor: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in the picture; its pixels' outer edges."""
        return (self.left, self.top, self.left + self.size[0] * self.factor, self.top + self.size[1] * self.factor)

    def to_picture(self, quad: Quad) -> Quad:
        """From the view's pixels to the picture's; pixel centres are whole numbers in both."""
        return np.asarray((quad + 0.5) * self.factor - 0.5 + (self.left, self.top))


@dataclass(frozen=True, slots=True)
class Shift:
    """How the whole picture has moved against an earlier one: turned and scaled about its middle, then shifted."""

    x_px: float
    y_px: float
    turn_rad: float
    scale: float
    """0 is unchanged, 0.01 is 1 % larger."""

    def scaled(self, factor: float) -> "Shift":
        """The same in a picture so many times as large."""
        return Shift(self.x_px * factor, self.y_px * factor, self.turn_rad, self.scale)


@dataclass(frozen=True, slots=True)
class SignalChange:
    """A traffic signal begins to show `phase`."""

    sensor_timestamp_ns: int
    signal: str
    phase: Phase


@dataclass(frozen=True, slots=True)
class Sighting:
    """A plate rectangle found in one frame; who it belongs to is not known."""

    quad: Quad
    score: float
    """Between 0 and 1."""
    sigma_px: float
    """One standard deviation of a corner's coordinate, as the finder believes it."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a network returned: int8 values with their scale, real = scale · (value − zero_point)."""

    values: NDArray[np.int8]
    scale: float
    zero_point: int


class Network(Protocol):
    """A loaded int8 network. `run` takes uint8 luma of shape (1, height, width, 1)."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Height, width."""

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        """Outputs in the order of the model's signature."""


class PlateText:
    """A plate's characters, upper case without spaces. They never show in a log: ask with `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "<plate>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlateText) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of one vehicle, agreed over its crops."""

    plate: PlateText
    plate_format: str
    rows: int
    confidence: float
    """Probability that the whole plate is right."""
    char_confidence: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """One sighting of a track, with the moment that belongs to the frame."""

    sensor_timestamp_ns: int
    exposure_us: int
    utc_ns: int | None
    quad: Quad
    sigma_px: float


@dataclass(frozen=True, slots=True)
class RoadPath:
    """Where a plate's foot point was: its centre put down onto the road (Z = 0) along the vertical."""

    start_ns: int
    """Sensor time of the first sighting; `t_s` counts from here."""
    t_s: NDArray[np.float64]
    """Seconds, shape (n,), rising."""
    foot_m: NDArray[np.float64]
    """X, Y in the road frame, shape (n, 2)."""
    sigma_m: NDArray[np.float64]
    """One standard deviation of the foot point along the road, shape (n,)."""
    height_m: float
    height_sigma_m: float
    plate_mm: tuple[float, float] | None
    """Width and height of the plate's class; None when its shape fits no class, or its size no plate at its place."""

    def moment_ns(self, t_s: float) -> int:
        return self.start_ns + round(t_s * 1e9)


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a plate was and how fast, as two estimators say (MEASUREMENT in docs/)."""

    reference_ns: int
    """Sensor time to which the values refer: the middle of the measured track."""
    speed_kmh: float
    """`fit_kmh`, lowered by half of what `gates_kmh` is less."""
    uncertainty_kmh: float
    """One standard deviation."""
    acceleration_mps2: float
    height_m: float
    """Of the plate's centre above the road, by the joint fit."""
    place_m: tuple[float, float]
    """X, Y of the plate's centre."""
    length_m: float
    """Driven between the first and the last frame."""
    chi2_per_dof: float
    frames: int
    """That agree with one another and were measured."""
    fit_kmh: float
    gates_kmh: float
    gates: int
    gates_height_m: float
    gates_spread_kmh: float
    """Root mean square by which the speeds from gate to gate differ from a steady acceleration."""
    heading_deg: float
    """From +Y towards +X."""
    tilt_deg: float
    """How far the camera points higher than it was calibrated, as this plate alone tells."""
    tilt_sigmas: float
    """The same in standard deviations of an ordinary installation."""
    leap: float = 0.0
    """The largest step along the way from some frames to the next, as a multiple of what one vehicle makes."""
    if_small_m: float = math.inf
    """How high the plate would hang if it were a motorcycle's, an eighth smaller than it is taken for; infinite for the
    long one, of whose shape there is no smaller."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An accusation with all that it rests on. Fields that a kind does not have are None."""

    kind: Kind
    rule_number: int
    """Index of the broken rule in the site file."""
    reading: Reading
    lane: str | None
    sensor_timestamp_ns: int
    """The moment of the offence."""
    utc_ns: int | None
    clock_error_us: int | None
    clock_source: str
    """Who vouches for `utc_ns`, one of `wire.record.CLOCK_SOURCES`."""
    legal_basis: str
    frames: int
    crop: Luma = field(repr=False)
    """The plate and a stated margin, never more."""
    track: tuple[TrackPoint, ...] = field(repr=False)
    signal_changes: tuple[SignalChange, ...] = ()
    speed_kmh: float | None = None
    uncertainty_kmh: float | None = None
    charged_kmh: int | None = None
    limit_kmh: int | None = None
    outcome: Outcome = "charge"
    height_m: float | None = None
