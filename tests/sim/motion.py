"""Movement along a lane: stretches of constant acceleration, evaluated at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Progress s in metres over time; each row of `knots` is (t, s, v, a) from that time on."""

    knots: Array

    @classmethod
    def steady(cls, *, at_s: float, progress_m: float, speed_mps: float, acceleration_mps2: float = 0.0) -> Self:
        """Known at one moment; the acceleration holds for all time, so keep it small."""
        return cls(np.array([[at_s, progress_m, speed_mps, acceleration_mps2]]))

    @classmethod
    def steps(cls, start: tuple[float, float, float], legs: Sequence[tuple[float, float]]) -> Self:
        """From (t, s, v), legs of (duration, acceleration); afterwards the last speed is kept."""
        t, s, v = start
        rows = []
        for duration, acceleration in legs:
            rows.append((t, s, v, acceleration))
            t, s, v = t + duration, s + v * duration + acceleration * duration**2 / 2, v + acceleration * duration
        rows.append((t, s, v, 0.0))
        return cls(np.array(rows))

    @classmethod
    def halt(cls, *, stand: tuple[float, float], brake: tuple[float, float], leave: tuple[float, float, float]) -> Self:
        """Stands from (t, s) on; came with (speed, deceleration); leaves at (t, acceleration, speed)."""
        speed, deceleration = brake
        braking_s = speed / deceleration
        begin_s = stand[0] - braking_s
        start = (begin_s, stand[1] - speed * braking_s / 2, speed)
        legs = [(braking_s, -deceleration), (leave[0] - stand[0], 0.0), (leave[2] / leave[1], leave[1])]
        return cls.steps(start, legs)

    def shifted(self, by_m: float) -> Self:
        """The same movement, so much further on."""
        return type(self)(self.knots + np.array([0.0, by_m, 0.0, 0.0]))

    def when_at(self, progress_m: float) -> float:
        """The first moment at which it has come so far."""
        time_s = np.arange(-20.0, 150.0, 0.02)
        there = self.progress_m(time_s) >= progress_m
        return float(time_s[np.argmax(there)])

    def _leg(self, time_s: Array) -> tuple[Array, Array]:
        index = np.clip(np.searchsorted(self.knots[:, 0], time_s, side="right") - 1, 0, None)
        row = self.knots[index]
        before = (index == 0) & (time_s < self.knots[0, 0]) & (len(self.knots) > 1)
        acceleration = np.where(before, 0.0, row[..., 3])
        return np.concatenate([row[..., :3], acceleration[..., None]], axis=-1), time_s - row[..., 0]

    def progress_m(self, time_s: Array) -> Array:
        row, dt = self._leg(np.asarray(time_s, np.float64))
        return np.asarray(row[..., 1] + row[..., 2] * dt + row[..., 3] * dt * dt / 2)

    def speed_mps(self, time_s: Array) -> Array:
        row, dt = self._leg(np.asarray(time_s, np.float64))
        return np.asarray(row[..., 2] + row[..., 3] * dt)

    def acceleration_mps2(self, time_s: Array) -> Array:
        row, _ = self._leg(np.asarray(time_s, np.float64))
        return np.asarray(row[..., 3])
