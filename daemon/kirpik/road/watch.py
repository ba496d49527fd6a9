"""May what is measured now be believed? The clocks and the camera's stand, watched while the unit runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from kirpik.clock import OF_A_RECORDING, Clock
from kirpik.road.clocks import ClockWatch
from kirpik.road.drift import DriftWatch
from kirpik.road.fixed_points import FixedPoints
from kirpik.road.outlook import Outlook
from kirpik.site import Camera
from kirpik.values import Frame, Motion, Shift


@dataclass(slots=True)
class Watch:
    clocks: ClockWatch = field(default_factory=ClockWatch)
    drift: DriftWatch = field(default_factory=DriftWatch)
    fixed: FixedPoints = field(default_factory=FixedPoints)
    outlook: Outlook | None = None
    """Of a camera that hangs over a road. A recording is too short to tell how it stands."""
    clock: Callable[[], Clock] = lambda: OF_A_RECORDING

    def see(self, frame: Frame) -> None:
        self.clocks.see(frame.sensor_timestamp_ns, frame.utc_ns)
        if self.outlook is not None:
            self.outlook.see(frame)

    def look(self, shift: Shift | None, camera: Camera) -> None:
        """How far the fixed scene seems to have moved, where that could be told."""
        if shift is not None:
            self.fixed.add(shift, camera)

    def add(self, motion: Motion) -> None:
        """A vehicle's measure, as a witness of how the camera stands."""
        self.drift.add(motion)

    def why_not(self) -> Literal["clock", "calibration"] | None:
        if not self.clock().is_set or self.clocks.disagree():
            return "clock"
        if self.outlook is not None and not self.outlook.view.sound:
            return "calibration"
        return "calibration" if self.fixed.have_moved() or self.drift.has_drifted() else None

    @property
    def clock_error_us(self) -> int:
        """By how much the time of day may be wrong, as its keeper says, and has been seen to be."""
        return self.clocks.stepped_ns // 1000 + (self.clock().error_us or 0)
