"""The terms of the rule that was broken, as the site file set them. Each kind of offence has its own closed list."""

from dataclasses import dataclass

from kirpik.wire import fields
from kirpik.wire.calibration import LINE_MM, NAME, POLYGON_MM, PointMm

LENGTH_MM = fields.whole(0, 10**7)
HOURS = fields.maybe(fields.text(11, 11))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """None where the kind has no such term; `hours` None means always."""

    hours: str | None = None
    over_m_per_h: int | None = None
    """Charged only from the limit plus this."""
    warn_m_per_h: int | None = None
    """Warned from the limit plus this; None: not at all."""
    signal: str | None = None
    line_mm: tuple[PointMm, PointMm] | None = None
    exit_mm: int | None = None
    grace_ms: int | None = None
    clear_mm: int | None = None
    """None, too, where the site leaves it to the side that the plate is on."""
    amber: bool | None = None
    min_length_mm: int | None = None
    polygon_mm: tuple[PointMm, ...] | None = None
    dwell_ms: int | None = None


NUMBERS: dict[str, tuple[int, fields.Check]] = {
    "hours": (1, HOURS),
    "over_m_per_h": (2, fields.whole(0, 100_000)),
    "signal": (3, NAME),
    "line_mm": (4, LINE_MM),
    "exit_mm": (5, LENGTH_MM),
    "grace_ms": (6, fields.whole(0, 10_000)),
    "clear_mm": (7, fields.maybe(LENGTH_MM)),
    "amber": (8, fields.flag),
    "min_length_mm": (9, LENGTH_MM),
    "polygon_mm": (10, POLYGON_MM),
    "dwell_ms": (11, fields.whole(0, 10**8)),
    "warn_m_per_h": (12, fields.maybe(fields.whole(0, 100_000))),
}

SIGNAL_TERMS = ("hours", "signal", "line_mm", "exit_mm", "grace_ms", "clear_mm", "amber")
BY_KIND = {
    "speeding": ("hours", "over_m_per_h", "warn_m_per_h"),
    "red_light": SIGNAL_TERMS,
    "stop_line": SIGNAL_TERMS,
    "bus_lane": ("hours", "min_length_mm"),
    "wrong_way": ("hours", "min_length_mm"),
    "solid_line": ("hours", "line_mm"),
    "no_stopping": ("hours", "polygon_mm", "dwell_ms"),
}
KINDS = tuple(BY_KIND)


def to_map(kind: str, terms: Terms) -> dict[int, object]:
    """All that is set, whether or not the kind may have it: `check` decides."""
    given = {name: getattr(terms, name) for name in NUMBERS}
    return {
        NUMBERS[name][0]: value for name, value in given.items() if value is not None or name in BY_KIND.get(kind, ())
    }


def check(kind: str, value: object) -> Terms:
    allowed = {NUMBERS[name][0]: (f"terms.{name}", NUMBERS[name][1]) for name in BY_KIND.get(kind, ())}
    values = fields.closed_map("terms", value, allowed)
    return Terms(**{name.removeprefix("terms."): item for name, item in values.items()})
