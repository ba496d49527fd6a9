"""May what is measured now be believed? The clocks and the camera's stand, watched while the unit runs."""

from dataclasses import dataclass, field
from typing import Literal

from kirpik.road.clocks import ClockWatch
from kirpik.road.drift import DriftWatch
from kirpik.values import Frame, Motion


@dataclass(slots=True)
class Watch:
    clocks: ClockWatch = field(default_factory=ClockWatch)
    drift: DriftWatch = field(default_factory=DriftWatch)

    def see(self, frame: Frame) -> None:
        self.clocks.see(frame.sensor_timestamp_ns, frame.utc_ns)

    def add(self, motion: Motion) -> None:
        """A vehicle's measure, as a witness of how the camera stands."""
        self.drift.add(motion)

    def why_not(self) -> Literal["clock", "calibration"] | None:
        if self.clocks.disagree():
            return "clock"
        return "calibration" if self.drift.has_drifted() else None

    @property
    def clock_error_us(self) -> int:
        """By how much the time of day has been seen to be wrong."""
        return self.clocks.stepped_ns // 1000
