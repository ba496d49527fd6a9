"""Read a site file, and refuse what cannot be meant: with the file, the line, the field and what was expected."""

import hashlib
import math
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kirpik.errors import ConfigError
from kirpik.site import NoStopping, Point, Polygon, Rule, SignalRule, Site, SiteFile, SolidLine, Speeding
from kirpik.toml_lines import complaint, line_of_field


def load_site(path: Path) -> Site:
    """Read and check a site file. Raises ConfigError with the file, the field, its line and what was expected."""
    data = _read(path)
    try:
        text = data.decode("utf-8")
        raw = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    try:
        file = msgspec.convert(raw, SiteFile)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}{complaint(text, raw, str(error))}") from error
    site = Site(
        header=file.site, camera=file.camera, pose=file.pose, lanes=file.lane, signals=file.signal, rules=file.rule,
        sha256=hashlib.sha256(data).digest(),
    )  # fmt: skip
    for field, said in _wrong(site):
        raise ConfigError(f"{path}{line_of_field(text, field)}: {field}: {said}")
    return site


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the site file: {error.strerror}") from error


Wrong = Iterator[tuple[str, str]]
"""Fields that no type can refuse, each with what is wrong with it."""


def _wrong(site: Site) -> Wrong:
    yield from _wrong_names(site)
    yield from _wrong_place(site)
    yield from _wrong_clock(site)
    for number, lane in enumerate(site.lanes):
        yield from ((f"lane[{number}].polygon_m", said) for said in _wrong_outline(lane.polygon_m))
    for number, signal in enumerate(site.signals):
        if signal.source == "lamp" and signal.lamp_px is None:
            yield (
                f"signal[{number}].source",
                "'lamp' needs lamp_px = [x, y, w, h], where the lamps are",
            )
    for number, rule in enumerate(site.rules):
        yield from ((f"rule[{number}].{field}", said) for field, said in _wrong_rule(rule))


def _wrong_names(site: Site) -> Wrong:
    lanes, signals = [lane.name for lane in site.lanes], [signal.name for signal in site.signals]
    for what, names in (("lane", lanes), ("signal", signals)):
        for number, name in enumerate(names):
            if name in names[:number]:
                yield f"{what}[{number}].name", f"'{name}' is named {names.count(name)} times, expected once"
    if not lanes:
        yield "lane", "at least one [[lane]] is expected"
    for number, rule in enumerate(site.rules):
        for name in rule.lanes:
            if name not in lanes:
                yield f"rule[{number}].lanes", f"'{name}' is not a lane, expected one of {', '.join(lanes)}"
        if isinstance(rule, SignalRule) and rule.signal not in signals:
            yield f"rule[{number}].signal", f"'{rule.signal}' is not a signal, expected one of {signals}"


def _wrong_place(site: Site) -> Wrong:
    for name in ("fx", "fy", "cx", "cy", "distortion"):
        if not _finite(getattr(site.camera, name)):
            yield f"camera.{name}", "expected finite numbers, got nan or inf"
    for name in ("position_m", "rotation"):
        if not _finite(getattr(site.pose, name)):
            yield f"pose.{name}", "expected finite numbers, got nan or inf"
    if not site.pose.position_m[2] > 0:
        yield "pose.position_m", f"height {site.pose.position_m[2]} m, expected above the road (> 0)"
    rotation = site.pose.rotation
    rows = [rotation[0:3], rotation[3:6], rotation[6:9]]
    for i, first in enumerate(rows):
        for j, second in enumerate(rows):
            product = sum(a * b for a, b in zip(first, second, strict=True))
            if not abs(product - (i == j)) < 1e-2:
                yield "pose.rotation", f"row {i} · row {j} = {product:.4f}, expected {int(i == j)}"
    (a, b, c), (d, e, f), (g, h, k) = rows
    if a * (e * k - f * h) - b * (d * k - f * g) + c * (d * h - e * g) < 0:
        yield "pose.rotation", "determinant −1, expected +1: it mirrors the road (x right, y down, z forward)"


def _wrong_clock(site: Site) -> Wrong:
    try:
        ZoneInfo(site.header.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "site.timezone", f"'{site.header.timezone}' is no time zone, expected a name such as Asia/Almaty"


def _wrong_rule(rule: Rule) -> Wrong:
    if isinstance(rule, SignalRule | SolidLine):
        (ax, ay), (bx, by) = rule.line_m
        if not _finite((ax, ay, bx, by)) or math.hypot(bx - ax, by - ay) < 0.1:
            yield "line_m", f"[[{ax}, {ay}], [{bx}, {by}]] is no line, expected two points apart from each other"
    if isinstance(rule, Speeding) and rule.warn_from_kmh_over is not None:
        yield from _wrong_warning(rule, rule.warn_from_kmh_over)
    if isinstance(rule, NoStopping):
        yield from (("polygon_m", said) for said in _wrong_outline(rule.polygon_m))
    for entry in rule.exempt:
        if entry.startswith("sha256:") and not re.fullmatch(r"sha256:[0-9A-Fa-f]{64}", entry):
            yield "exempt", "a hashed entry is not sha256: and 64 hexadecimal digits"


def _wrong_warning(rule: Speeding, from_kmh: int) -> Wrong:
    if from_kmh >= rule.charge_from_kmh_over:
        told = f"{from_kmh} is not below charge_from_kmh_over = {rule.charge_from_kmh_over}, nobody would be warned"
        yield "warn_from_kmh_over", told


def _wrong_outline(polygon: Polygon) -> Iterator[str]:
    if not all(_finite(point) for point in polygon):
        yield "expected finite numbers, got nan or inf"
    elif crosses_itself(polygon):
        yield "the polygon crosses itself, expected a simple one"
    elif abs(_area_m2(polygon)) < 0.1:
        yield "the polygon has no area"


def _finite(numbers: float | Sequence[float]) -> bool:
    return all(math.isfinite(number) for number in ([numbers] if isinstance(numbers, float) else numbers))


def _area_m2(polygon: Sequence[Point]) -> float:
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


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
