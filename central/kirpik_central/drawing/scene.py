"""What a plan is drawn from: lanes, the rule's line or zone, where the plate was and when, what the signal showed.

Road frame: X to the right, Y ahead as the camera looks, metres; times in seconds from the moment of the offence.
"""

from dataclasses import dataclass
from typing import Literal

from kirpik_central.drawing.picture import Point


@dataclass(frozen=True, slots=True)
class LaneDrawn:
    name: str
    direction: str
    """ "away" is +Y, "towards" is −Y."""
    polygon_m: tuple[Point, ...]

    @property
    def onward(self) -> Literal[1, -1]:
        return -1 if self.direction == "towards" else 1


@dataclass(frozen=True, slots=True)
class Shown:
    """A signal began to show a phase."""

    t_s: float
    signal: str
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    site: str
    lane: str | None
    lanes: tuple[LaneDrawn, ...]
    feet: tuple[tuple[float, Point], ...]
    """Time and place of each sighting."""
    line_m: tuple[Point, ...] = ()
    exit_m: float | None = None
    zone_m: tuple[Point, ...] = ()
    signals: tuple[Shown, ...] = ()
    speed_kmh: float | None = None

    @property
    def onward(self) -> Literal[1, -1]:
        """Which way is lawful in the lane of the offence."""
        return next((lane.onward for lane in self.lanes if lane.name == self.lane), 1)

    def phase_at(self, t_s: float) -> str:
        """What the rule's signal showed; empty when no signal is told of."""
        shown = [signal.phase for signal in self.signals if signal.t_s <= t_s]
        return shown[-1] if shown else ""
