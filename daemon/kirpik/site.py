"""The site file: one camera, one stretch of road, the rules in force. Values as in `site.toml`, checked."""

import hashlib
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, cast

import msgspec

from kirpik.errors import ConfigError
from kirpik.toml_lines import line_of
from kirpik.values import Kind

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Pixels = Annotated[int, msgspec.Meta(ge=16, le=16384)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9._-]+$")]
Point = tuple[float, float]
Polygon = Annotated[tuple[Point, ...], msgspec.Meta(min_length=3, max_length=64)]
Line = tuple[Point, Point]
Hours = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
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
    hours: Hours | None = None
    exempt: tuple[str, ...] = ()
    exempt_salt: str = ""
    lanes: tuple[Name, ...] = ()
    """Lanes that the rule is for; none named means all."""


class Speeding(BaseRule, frozen=True, kw_only=True, tag="speeding"):
    limit_kmh: Annotated[int, msgspec.Meta(ge=5, le=200)]
    charge_from_kmh_over: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10


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


def load_site(path: Path) -> Site:
    """Read and check a site file. Raises ConfigError with the file, the field, its line and what was expected."""
    data = _read(path)
    try:
        raw = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    try:
        file = msgspec.convert(raw, SiteFile)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}{line_of(data.decode(), str(error))}: {error}") from error
    site = Site(
        header=file.site, camera=file.camera, pose=file.pose, lanes=file.lane, signals=file.signal, rules=file.rule,
        sha256=hashlib.sha256(data).digest(),
    )  # fmt: skip
    _check(path, site)
    return site


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the site file: {error.strerror}") from error


def _check(path: Path, site: Site) -> None:
    lanes = [lane.name for lane in site.lanes]
    signals = [signal.name for signal in site.signals]
    _refuse_duplicates(path, "lane", lanes)
    _refuse_duplicates(path, "signal", signals)
    if not lanes:
        raise ConfigError(f"{path}: lane: at least one [[lane]] is expected")
    for number, rule in enumerate(site.rules):
        where = f"{path}: rule[{number}] ({kind_of(rule)})"
        for name in rule.lanes:
            if name not in lanes:
                raise ConfigError(f"{where}: lanes: '{name}' is not a lane, expected one of {', '.join(lanes)}")
        if isinstance(rule, SignalRule) and rule.signal not in signals:
            raise ConfigError(f"{where}: signal: '{rule.signal}' is not a signal, expected one of {signals}")
    _check_finite(path, site)
    _check_rotation(path, site.pose.rotation)
    for lane in site.lanes:
        if crosses_itself(lane.polygon_m):
            raise ConfigError(f"{path}: lane '{lane.name}': polygon_m crosses itself, expected a simple polygon")


def _refuse_duplicates(path: Path, what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: {what} '{name}' is named {names.count(name)} times, expected once")


def _check_finite(path: Path, site: Site) -> None:
    numbers = (*msgspec.structs.astuple(site.camera)[2:6], *site.camera.distortion, *site.pose.position_m)
    if not all(math.isfinite(number) for number in numbers):
        raise ConfigError(f"{path}: camera and pose: expected finite numbers, got nan or inf")
    if site.pose.position_m[2] <= 0:
        raise ConfigError(f"{path}: pose.position_m: height {site.pose.position_m[2]} m, expected above the road (> 0)")


def _check_rotation(path: Path, rotation: Sequence[float]) -> None:
    rows = [rotation[0:3], rotation[3:6], rotation[6:9]]
    for i, first in enumerate(rows):
        for j, second in enumerate(rows):
            product = sum(a * b for a, b in zip(first, second, strict=True))
            if not abs(product - (i == j)) < 1e-2:
                raise ConfigError(f"{path}: pose.rotation: row {i} · row {j} = {product:.4f}, expected {int(i == j)}")


def crosses_itself(polygon: Sequence[Point]) -> bool:
    """Whether two edges that are not neighbours meet."""
    edges = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    for i, (a, b) in enumerate(edges):
        for j, (c, d) in enumerate(edges):
            if abs(i - j) in (0, 1, len(edges) - 1):
                continue
            if _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0:
                return True
    return False


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
