"""How an offence is told in truth.json, and whether a plate can be read at all."""

from dataclasses import dataclass

import numpy as np

from tests.sim.vehicle import Vehicle
from tests.sim.view import View

Json = dict[str, object]
READABLE_PX = 60.0


@dataclass(frozen=True, slots=True)
class Clock:
    """From scene seconds to the sensor's clock."""

    base_ns: int = 0

    def ns(self, time_s: float) -> int:
        return self.base_ns + round(time_s * 1e9)


def kmh(vehicle: Vehicle, time_s: float) -> float:
    return float(vehicle.speed_kmh(np.array(time_s)))


def readable(vehicle: Vehicle, view: View) -> bool:
    """Clean enough, and large enough in some whole frame."""
    widths = [float(np.linalg.norm(view.corners[i, 1] - view.corners[i, 0])) for i in view.whole()]
    return vehicle.plate.legible and max(widths, default=0.0) >= READABLE_PX


def told(kind: str, span_s: tuple[float, float, float], vehicle: Vehicle, *, sure: bool, clock: Clock) -> Json:
    return {
        "kind": kind,
        "expect": "must" if sure else "may",
        "sensor_timestamp_ns": clock.ns(span_s[0]),
        "earliest_ns": clock.ns(span_s[1]),
        "latest_ns": clock.ns(span_s[2]),
        "speed_kmh": round(kmh(vehicle, span_s[0]), 3),
    }
