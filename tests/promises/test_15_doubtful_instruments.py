"""Promise 15: the unit refuses when clock, pose or calibration is doubtful. Each is made wrong in turn."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

import kirpik.pipeline
from kirpik.pipeline import Pipeline
from kirpik.road.camera import project
from kirpik.road.watch import Watch
from kirpik.rules import speeding
from kirpik.site import Camera, Pose
from kirpik.values import Frame, Quad, Sighting
from tests.promises.days import RULE
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.road.roads import CAMERA, Pass, pose
from tests.unit.test_pipeline import Reader, Road, frames, site, told

PROMISE = Promise(
    15, "The unit refuses when clock, pose or calibration is doubtful",
    remains="How soon a real mast's creep is noticed. On a board: the camera turned by a screw in steps of 0.05° by "
    "a surveyed road, with reference passes by a GNSS logger.",
)  # fmt: skip
OFFENDER = Pass(90.0)


@dataclass
class Seen(Road):
    """As a camera sees it that is not what its calibration says."""

    camera: Camera = CAMERA
    where: Pose = field(default_factory=pose)

    def find(self, frame: Frame, expected: Sequence[Quad]) -> Sequence[Sighting]:  # noqa: ARG002
        t = frame.sensor_timestamp_ns / 1e9 - 100
        quads = [project(plate.corners(np.full((1, 4), t))[0], self.camera, self.where) for plate in self.passes]
        inside = [q for q in quads if ((q > 2) & (q < (CAMERA.width - 3, CAMERA.height - 3))).all()]
        return [Sighting(quad + self.rng.normal(0, 0.1, (4, 2)), 0.9, 0.3) for quad in inside]


GROSS: dict[str, Seen] = {
    "tilted by 1.1°": Seen([OFFENDER], where=pose(depression_deg=13.8)),
    "zoomed by 6 %": Seen([OFFENDER], camera=msgspec.structs.replace(CAMERA, fx=4638.0 * 1.06, fy=4638.0 * 1.06)),
    "mast sunk by 1 m": Seen([OFFENDER], where=pose(height_m=5.0)),
    "tilted by −1.1°": Seen([OFFENDER], where=pose(depression_deg=11.6)),
}
SLIGHT: dict[str, Seen] = {
    "tilted by 0.3°": Seen([OFFENDER], where=pose(depression_deg=13.0)),
    "mast sunk by 0.6 m": Seen([OFFENDER], where=pose(height_m=5.4)),
    "zoomed by 2 %": Seen([OFFENDER], camera=msgspec.structs.replace(CAMERA, fx=4638.0 * 1.02, fy=4638.0 * 1.02)),
    "mast sunk by 0.3 m": Seen([OFFENDER], where=pose(height_m=5.7)),
}
"""One vehicle alone does not show these; the plate's own size keeps its speed right."""


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    names = list(GROSS)[: effort.of(3, len(GROSS))]
    accused = [name for name in names if _charged(GROSS[name], frames())]
    with _unwatched():
        unwatched = [name for name in names if _charged(GROSS[name], frames())]
    sound = _charged(Seen([OFFENDER]), frames())
    yield Shown(
        "A camera that is not as calibrated accuses nobody; a sound one does",
        f"{len(names)} faults ({', '.join(names)}): accused under {len(accused)}; by a sound camera {len(sound)}",
        holds=not accused and len(sound) == 1,
        control="the same with the guards of the fit taken out",
        caught=len(unwatched) > 0,
    )
    slight = list(SLIGHT)[: effort.of(2, len(SLIGHT))]
    charged = {name: _charged(SLIGHT[name], frames()) for name in slight}
    above = [name for name, speeds in charged.items() if any(speed > OFFENDER.speed_kmh for speed in speeds)]
    with _nothing_deducted():
        bold = _charged(SLIGHT["tilted by 0.3°"], frames())
    yield Shown(
        "A fault too slight to be seen on one vehicle charges nobody more than was driven",
        f"{len(slight)} faults at {OFFENDER.speed_kmh:.0f} km/h, charged {charged}: above the truth {len(above)}",
        holds=not above,
        control="a charge from which nothing is deducted",
        caught=any(speed > OFFENDER.speed_kmh for speed in bold),
    )
    paces = [1.01, 0.99, *([1.005, 0.95] if effort.long else [])]
    wrong = sum(len(_charged(Seen([OFFENDER]), _dated(pace))) for pace in paces)
    with _unwatched():
        deaf = len(_charged(Seen([OFFENDER]), _dated(1.01)))
    right = len(_charged(Seen([OFFENDER]), _dated(1.0)))
    yield Shown(
        "A sensor clock that runs beside the time of day accuses nobody",
        f"paces {paces}: {wrong} accused; at the right pace {right}",
        holds=wrong == 0 and right == 1,
        control="the watch over the clocks taken out",
        caught=deaf == 1,
    )


def _charged(seen: Seen, pictures: Sequence[Frame]) -> list[int]:
    """What each accusation charges."""
    found = told(Pipeline(site(RULE), replace(seen, rng=np.random.default_rng(0)), Reader()), list(pictures))
    return [violation.charged_kmh or 0 for violation in found]


def _dated(pace: float) -> list[Frame]:
    idle = [replace(f, sensor_timestamp_ns=f.sensor_timestamp_ns - 30 * 10**9) for f in frames(24.0)]
    return [replace(f, utc_ns=10**18 + round(f.sensor_timestamp_ns * pace)) for f in [*idle, *frames()]]


@contextmanager
def _unwatched() -> Iterator[None]:
    """Nobody doubts: neither the watches nor the fit's own signs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Watch, "why_not", lambda _self: None)
        patch.setattr(speeding, "doubt", lambda _motion: None)
        patch.setattr(kirpik.pipeline, "doubt", lambda _motion: None)
        yield


@contextmanager
def _nothing_deducted() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speeding, "charged_kmh", lambda speed, _uncertainty: math.floor(speed))
        yield


test_doubtful_instruments_accuse_nobody = as_test(prove)
