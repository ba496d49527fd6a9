"""Vehicles that pass, as corners and nothing else: everything that can be wrong is drawn at random, and the truth kept.

The corner errors are those of the shipped networks on this project's rendered scenes, measured against `truth.json`
(docs/MEASUREMENT.md has the table): place known far better than size, an outline that lies wrong for a whole track and
changes with the plate's width, neighbours that err alike, heavy tails, frames that show something else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.road.camera import project_moving, rotation
from kirpik.site import Camera, Pose
from kirpik.values import TrackPoint
from tests.bench.views import View, level

Array = NDArray[np.float64]

PATTERNS = np.array([[1, 1, 1, 1], [-1, 1, 1, -1], [-1, -1, 1, 1], [1, -1, 1, -1]]) / 2.0
PATTERN_PX = np.array([[0.17, 0.13], [0.38, 0.11], [0.11, 0.46], [0.11, 0.13]])
"""Standard deviations of the shift, sideways, upward and other patterns in x and y, for a plate 90 pixels wide."""
NEIGHBOURS = 0.2
"""Correlation of one frame's error with the next one's."""
TAIL = 5.0
"""Degrees of freedom of Student's t."""
SPOILED = 0.03
"""Share of frames that show something else than the plate."""
OUTLINE_W, OUTLINE_H = ((0.08, 0.17), (0.30, 0.25)), ((0.17, 0.17), (0.55, 0.35))
"""Outward error of a track's outline: mean and spread of the constant, and of what grows by 90 pixels of width."""
OUTLINE_FAR, FAR_WIDTH_PX = (1.0, 0.7), 28.0
"""And what a plate so narrow adds to it, falling with the fourth power of the width."""
RIM_SHARE, RIM = 0.5, (0.008, 0.004)
"""Of that share of plates the finder takes a black line inside the edge for the edge, and so the outline is smaller."""
DEEP_SHARE, DEEP = 0.02, 0.03
"""And of that share on a body as bright as the sheet, by so much."""
HALF_W = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])
EPOCH_S = 100.0
NIGHT_NOISE = 1.15


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What is true of one pass; t = 0 where the plate is at `centre_m`."""

    speed_mps: float
    acceleration: float = 0.0
    brakes_from_s: float = np.inf
    brakes: float = 0.0
    heading: float = 0.0
    x_m: float = 0.0
    height_m: float = 0.6
    size: float = 1.0
    plate_mm: tuple[float, float] = (520.0, 112.0)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Yaw, pitch, roll in radians."""
    bounce_m: float = 0.0
    bounce_hz: float = 1.5
    bounce_phase: float = 0.0
    lane_change: tuple[float, float, float] = (0.0, 0.0, 3.0)
    """Metres aside, when in seconds, for how long."""
    slope: float = 0.0

    def along(self, t: Array) -> Array:
        late = np.maximum(t - self.brakes_from_s, 0.0)
        return self.speed_mps * t + self.acceleration * t**2 / 2 - self.brakes * late**2 / 2

    def aside(self, t: Array) -> Array:
        metres, begin, seconds = self.lane_change
        share = np.clip((t - begin) / seconds, 0.0, 1.0)
        return metres * (share - np.sin(2 * np.pi * share) / (2 * np.pi))

    def speed_at(self, t: float) -> float:
        """Along its own path, in m/s."""
        step = 1e-4
        ends = np.array([t - step, t + step])
        return float(np.hypot(np.diff(self.along(ends)), np.diff(self.aside(ends)))[0] / (2 * step))

    def corners(self, t: Array, view: View) -> Array:
        """Road points (n, 4, 3) at times (n, 4)."""
        s, q = self.along(t), self.aside(t)
        ahead = np.array([np.sin(self.heading), view.way * np.cos(self.heading)])
        right = np.array([np.cos(self.heading), -view.way * np.sin(self.heading)])
        step = 1e-3
        drift = (self.aside(t + step) - self.aside(t - step)) / np.maximum(
            self.along(t + step) - self.along(t - step), 1e-6
        )
        yaw, pitch, roll = self.turn
        flat = HALF_W * self.plate_mm * self.size / 1000
        across, up = (
            np.cos(roll) * flat[:, 0] - np.sin(roll) * flat[:, 1],
            np.sin(roll) * flat[:, 0] + np.cos(roll) * flat[:, 1],
        )
        back, up = -np.sin(pitch) * up, np.cos(pitch) * up
        facing = yaw - view.way * self.heading - view.way * drift
        x = self.x_m + s * ahead[0] + q * right[0] + np.cos(facing) * across - np.sin(facing) * back
        y = view.centre_m + s * ahead[1] + q * right[1] + np.sin(facing) * across + np.cos(facing) * back
        bounce = self.bounce_m * np.sin(2 * np.pi * self.bounce_hz * t + self.bounce_phase)
        return np.stack([x, y, self.height_m + up + bounce + self.slope * (y - view.centre_m)], axis=-1)


@dataclass(frozen=True, slots=True)
class Pass:
    """What the unit is given of one pass, and what it does not know."""

    points: list[TrackPoint]
    camera: Camera
    pose: Pose
    vehicle: Vehicle

    @property
    def length_m(self) -> float:
        """Truly driven from the first frame to the last."""
        if len(self.points) < 2:
            return 0.0
        ends = np.array([point.sensor_timestamp_ns / 1e9 - EPOCH_S for point in (self.points[0], self.points[-1])])
        return float(np.ptp(self.vehicle.along(ends)))

    def speed_kmh(self, sensor_timestamp_ns: int) -> float:
        return 3.6 * self.vehicle.speed_at(sensor_timestamp_ns / 1e9 - EPOCH_S)


@dataclass(slots=True)
class Road:
    """Draws passes."""

    rng: np.random.Generator
    stands: tuple[Camera, Pose] | None = None
    """What the camera truly is, where it is the same for all passes."""
    spoiled: float = SPOILED
    other: Callable[[Vehicle], Vehicle] = field(default=lambda vehicle: vehicle)

    def vehicle(self, view: View, speed_kmh: float) -> Vehicle:
        rng = self.rng
        brakes = rng.random() < 0.1
        changes = rng.random() < 0.1
        turn = np.radians(rng.normal(0, (2.0, 4.0, 1.0)))
        return self.other(Vehicle(
            speed_mps=speed_kmh / 3.6,
            acceleration=float(rng.normal(0, 0.6)),
            brakes_from_s=float(rng.uniform(-1, 1)) if brakes else np.inf,
            brakes=float(rng.uniform(0.5, 3.0)) if brakes else 0.0,
            heading=float(np.radians(rng.normal(0, 0.7))),
            x_m=float(rng.uniform(-view.aside_m, view.aside_m)),
            height_m=float(np.clip(rng.normal(0.65, 0.2), 0.3, 1.1)),
            size=float(np.exp(rng.normal(0, 0.003))),
            turn=(float(turn[0]), float(turn[1]), float(turn[2])),
            bounce_m=abs(float(rng.normal(0, 0.004))),
            bounce_hz=float(rng.uniform(1.0, 2.0)),
            bounce_phase=float(rng.uniform(0, 2 * np.pi)),
            lane_change=(
                float(rng.choice((-3.5, 3.5))) if changes else 0.0, float(rng.uniform(-3, 1)), float(rng.uniform(3, 5)),
            ),
            slope=float(np.radians(rng.normal(0, 0.04))),
        ))  # fmt: skip

    def passes(self, view: View, speed_kmh: float, *, night: bool) -> Pass:
        """One vehicle, as the finder would follow it from one end of the picture to the other."""
        vehicle = self.vehicle(view, speed_kmh)
        told_camera, told_pose = view.camera, level(view)
        camera, pose = self.stands or self.stand(told_camera, told_pose)
        t, seen = self._seen(view, vehicle, camera, pose)
        exposure_us = int(self.rng.choice((2000, 3000) if night else (500, 1000)))
        quads, stated = self._found(seen, NIGHT_NOISE if night else 1.0)
        jitter_s = float(self.rng.choice((2e-5, 5e-5, 2e-4)))
        end_ns = np.round((t + EPOCH_S + self.rng.normal(0, jitter_s, len(t))) * 1e9) + exposure_us * 500
        points = [
            TrackPoint(int(end), exposure_us, None, quad, float(sigma))
            for end, quad, sigma in zip(end_ns, quads, stated, strict=True)
        ]
        return Pass(points, told_camera, told_pose, vehicle)

    def stand(self, camera: Camera, pose: Pose) -> tuple[Camera, Pose]:
        """What the camera really is, where the site file says `camera` and `pose`."""
        rng = self.rng
        zoom = float(np.exp(rng.normal(0, camera.focal_uncertainty_percent / 100)))
        turned = turn_by(np.radians(rng.normal(0, pose.angle_uncertainty_deg, 3))) @ rotation(pose)
        place = np.array(pose.position_m) + rng.normal(0, pose.position_uncertainty_m, 3)
        true_camera = Camera(
            width=camera.width, height=camera.height, fx=camera.fx * zoom, fy=camera.fy * zoom, cx=camera.cx,
            cy=camera.cy, distortion=camera.distortion, row_time_us=camera.row_time_us * float(rng.normal(1, 0.003)),
        )  # fmt: skip
        x, y, z = place
        return true_camera, Pose(position_m=(x, y, z), rotation=tuple(turned.ravel()))  # type: ignore[arg-type]  # nine

    def _seen(self, view: View, vehicle: Vehicle, camera: Camera, pose: Pose) -> tuple[Array, Array]:
        """Times and true corners of the frames in which the plate is whole, less the frames that got lost."""
        half_s = 1.6 * view.centre_m / max(vehicle.speed_mps, 1.0)
        t = np.arange(-half_s, half_s, 1 / view.fps) + self.rng.uniform(0, 1 / view.fps)
        if len(t) > 400:
            t = t[:: len(t) // 400 + 1]
        seen = project_moving(lambda at: vehicle.corners(at, view), np.repeat(t[:, None], 4, 1), camera, pose)
        inside = ((seen > 3) & (seen < (camera.width - 4, camera.height - 4))).all(axis=(1, 2))
        wide = np.linalg.norm(seen[:, 1] - seen[:, 0], axis=-1) > 30
        kept = inside & wide & (self.rng.random(len(t)) > 0.05)
        return t[kept], seen[kept]

    def _found(self, seen: Array, noise: float) -> tuple[Array, Array]:
        """The finder's corners and what it says of their spread."""
        rng, frames = self.rng, len(seen)
        width = np.linalg.norm(seen[:, 1] - seen[:, 0], axis=-1)
        noise = noise * float(rng.uniform(0.7, 1.4))
        white = rng.standard_t(TAIL, (frames, 4, 2)) * np.sqrt((TAIL - 2) / TAIL)
        for k in range(1, frames):
            white[k] = NEIGHBOURS * white[k - 1] + np.sqrt(1 - NEIGHBOURS**2) * white[k]
        scale = noise * np.hypot(0.5, 0.85 * width / 90)[:, None, None]
        error = white * PATTERN_PX * scale
        error[:, 1, 0] += 2 * _outline(rng, OUTLINE_W, width)
        error[:, 2, 1] += 2 * _outline(rng, OUTLINE_H, width)
        error[:, (1, 2), (0, 1)] += 2 * float(rng.normal(*OUTLINE_FAR)) * (FAR_WIDTH_PX / width[:, None]) ** 4
        error[:, (1, 2), (0, 1)] -= _inside(rng) * np.linalg.norm(seen[:, [1, 3]] - seen[:, :1], axis=-1)
        quads = seen + PATTERNS.T @ error
        spoiled = rng.random(frames) < self.spoiled
        quads[spoiled] += rng.normal(0, 0.1, (int(spoiled.sum()), 4, 2)) * width[spoiled, None, None]
        true_px = 0.29 * scale[:, 0, 0]
        stated = true_px * float(rng.uniform(0.5, 1.5)) * np.where(spoiled, 3.0, 1.0)
        return quads, stated


def _inside(rng: np.random.Generator) -> Array:
    """By which share of its width and height a track's outline is too small; a line lies as deep on all sides."""
    deep = DEEP if rng.random() < DEEP_SHARE else max(0.0, float(rng.normal(*RIM))) * (rng.random() < RIM_SHARE)
    return np.array([deep, deep * 520.0 / 112.0])


def _outline(rng: np.random.Generator, law: tuple[tuple[float, float], tuple[float, float]], width: Array) -> Array:
    constant, growing = (float(rng.normal(*part)) for part in law)
    return np.asarray(constant + growing * (width / 90 - 1))


def turn_by(angles: Array) -> Array:
    """Rotation by a small vector of angles."""
    x, y, z = angles
    u, _, v = np.linalg.svd(np.array([[1.0, -z, y], [z, 1.0, -x], [-y, x, 1.0]]))
    return np.asarray(u @ v)
