"""One camera, one stretch of road, the rules in force: values as in `site.toml`."""

from typing import Annotated, Literal, cast

import msgspec

from kirpik.values import Kind, Outcome

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Pixels = Annotated[int, msgspec.Meta(ge=16, le=16384)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9._-]+$")]
Point = tuple[float, float]
Polygon = Annotated[tuple[Point, ...], msgspec.Meta(min_length=3, max_length=64)]
Line = tuple[Point, Point]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
LegalBasis = Annotated[str, msgspec.Meta(max_length=200)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: a field that is not named below is refused."""


class Header(Strict, frozen=True, kw_only=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
    timezone: str = "UTC"
    plate_formats: tuple[str, ...] = ("kz",)
    """Prefixes or ids of national grammars that may be read here; "any" turns the grammars off."""


class Camera(Strict, frozen=True, kw_only=True):
    """Pinhole with OpenCV's distortion; pixels of the full-resolution stream."""

    width: Pixels
    height: Pixels
    fx: Positive
    fy: Positive
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    row_time_us: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    focal_uncertainty_percent: Annotated[float, msgspec.Meta(ge=0, le=50)] = 0.3


class Pose(Strict, frozen=True, kw_only=True):
    """x_cam = R · (X_road − C); camera x right, y down, z forward."""

    position_m: tuple[float, float, float]
    rotation: tuple[float, float, float, float, float, float, float, float, float]
    position_uncertainty_m: NotNegative = 0.03
    angle_uncertainty_deg: NotNegative = 0.05


class Lane(Strict, frozen=True, kw_only=True):
    name: Name
    polygon_m: Polygon
    direction: Literal["away", "towards"]
    class_: Literal["general", "bus"] = msgspec.field(name="class", default="general")


class Signal(Strict, frozen=True, kw_only=True):
    name: Name
    source: Annotated[str, msgspec.Meta(pattern=r"^(replay|lamp|gpio:.+|unix:.+)$")] = "replay"
    lamp_px: tuple[int, int, int, int] | None = None
    period_s: Positive | None = None
    """A source silent for longer is "unknown"; without it the last change holds."""
    error_ms: NotNegative | None = None
    """How late its word may be; None means what is usual for the kind of source."""


class BaseRule(Strict, frozen=True, kw_only=True, tag_field="kind"):
    legal_basis: LegalBasis = ""
    outcome: Outcome = "charge"
    """A "warning" never becomes a charge."""
    hours: Hours | None = None
    exempt: tuple[str, ...] = ()
    exempt_salt: str = ""
    lanes: tuple[Name, ...] = ()
    """Lanes that the rule is for; none named means all."""


class Speeding(BaseRule, frozen=True, kw_only=True, tag="speeding"):
    limit_kmh: Annotated[int, msgspec.Meta(ge=5, le=200)]
    charge_from_kmh_over: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    warn_from_kmh_over: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    """From the limit plus this, and below what is charged, a warning; None: nothing."""

    @property
    def least_kmh(self) -> int:
        """The least deducted speed that anything follows from."""
        over = self.charge_from_kmh_over if self.warn_from_kmh_over is None else self.warn_from_kmh_over
        return self.limit_kmh + over

    def outcome_of(self, charged_kmh: int) -> Outcome:
        return self.outcome if charged_kmh >= self.limit_kmh + self.charge_from_kmh_over else "warning"


class SignalRule(BaseRule, frozen=True, kw_only=True):
    signal: Name
    line_m: Line
    exit_m: NotNegative = 3.0
    grace_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 500
    clear_m: NotNegative | None = None
    """None means 18.0 for rear plates and 0.5 for front plates."""
    amber: bool = False


class RedLight(SignalRule, frozen=True, kw_only=True, tag="red_light"):
    pass


class StopLine(SignalRule, frozen=True, kw_only=True, tag="stop_line"):
    pass


class BusLane(BaseRule, frozen=True, kw_only=True, tag="bus_lane"):
    min_length_m: Positive = 20.0


class WrongWay(BaseRule, frozen=True, kw_only=True, tag="wrong_way"):
    min_length_m: Positive = 8.0


class SolidLine(BaseRule, frozen=True, kw_only=True, tag="solid_line"):
    line_m: Line


class NoStopping(BaseRule, frozen=True, kw_only=True, tag="no_stopping"):
    polygon_m: Polygon
    dwell_s: Positive = 30.0


Rule = Speeding | RedLight | StopLine | BusLane | WrongWay | SolidLine | NoStopping


def kind_of(rule: Rule) -> Kind:
    return cast("Kind", rule.__struct_config__.tag)


class SiteFile(Strict, frozen=True, kw_only=True):
    site: Header
    camera: Camera
    pose: Pose
    lane: tuple[Lane, ...]
    signal: tuple[Signal, ...] = ()
    rule: tuple[Rule, ...] = ()


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A checked site file, with the hash of its bytes."""

    header: Header
    camera: Camera
    pose: Pose
    lanes: tuple[Lane, ...]
    signals: tuple[Signal, ...]
    rules: tuple[Rule, ...]
    sha256: bytes


def as_recorded(site: Site) -> Site:
    """The same site for a recording: its signals are told by `signals.csv`, a row at each change, whoever told them on
    the road; only a picture of the lamps speaks for itself."""
    told = tuple(s if s.source == "lamp" else msgspec.structs.replace(s, source="replay") for s in site.signals)
    return msgspec.structs.replace(site, signals=told)
