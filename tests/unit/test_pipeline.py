"""The chain with a finder that sees points instead of pixels: who is suspected, who is read, what is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from kirpik.pipeline import Pipeline, Register
from kirpik.road.camera import project
from kirpik.site import Header, Lane, Site, Speeding
from kirpik.values import Frame, PlateText, Quad, Reading, Sighting, TrackPoint, Violation
from kirpik.vision.patch import Patch
from tests.unit.road.roads import CAMERA, Pass, pose

LANE = Lane(name="1", polygon_m=((-3.0, 5.0), (3.0, 5.0), (3.0, 80.0), (-3.0, 80.0)), direction="away")


def site(*rules: Speeding) -> Site:
    return Site(
        header=Header(id="t"), camera=CAMERA, pose=pose(), lanes=(LANE,), signals=(), rules=rules, sha256=bytes(32)
    )


@dataclass
class Road:
    """A finder that knows the passes; noise as a detector would have."""

    passes: Sequence[Pass]
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def find(self, frame: Frame, expected: Sequence[Quad]) -> Sequence[Sighting]:  # noqa: ARG002
        t = frame.sensor_timestamp_ns / 1e9 - 100
        found = []
        for plate in self.passes:
            quad = project(plate.corners(np.full((1, 4), t))[0], CAMERA, pose())
            if ((quad > 2) & (quad < (CAMERA.width - 3, CAMERA.height - 3))).all():
                found.append(Sighting(quad + self.rng.normal(0, 0.3, (4, 2)), 0.9, 0.3))
        return found


@dataclass
class Reader:
    plate: str = "123ABC01"
    readable: bool = True
    read: list[list[Patch]] = field(default_factory=list)

    def __call__(self, patches: Sequence[Patch]) -> Reading | None:
        self.read.append(list(patches))
        return Reading(PlateText(self.plate), "kz2012_private", 1, 0.99, (0.99,) * 8) if self.readable else None


def frames(seconds: float = 6.0) -> list[Frame]:
    luma = np.full((CAMERA.height, CAMERA.width), 90, np.uint8)
    count = int(seconds * 30)
    return [Frame(i, round((100 - seconds / 2 + i / 30) * 1e9), 0, None, luma, luma[::4, ::4]) for i in range(count)]


def run(passes: Sequence[Pass], reader: Reader, rule: Speeding) -> Pipeline:
    pipeline = Pipeline(site(rule), Road(passes), reader)
    for frame in frames():
        pipeline.step(frame)
    pipeline.finish()
    return pipeline


RULE = Speeding(limit_kmh=60, charge_from_kmh_over=10)


def test_only_the_one_who_was_too_fast_is_read() -> None:
    reader = Reader()
    pipeline = run([Pass(55.0, x_m=-1.2), Pass(90.0, x_m=1.2), Pass(-40.0, x_m=0.0)], reader, RULE)
    assert pipeline.counts.tracks == 3
    assert pipeline.counts.suspects == pipeline.counts.reader_calls == len(reader.read) == 1
    assert pipeline.counts.violations == 1


def test_innocent_traffic_is_never_read() -> None:
    reader = Reader()
    pipeline = run([Pass(64.0, x_m=x) for x in (-1.5, 0.0, 1.5)], reader, RULE)
    assert reader.read == []
    assert pipeline.counts.withheld == dict.fromkeys(pipeline.counts.withheld, 0)


def test_what_cannot_be_read_is_withheld_and_counted() -> None:
    pipeline = run([Pass(90.0)], Reader(readable=False), RULE)
    assert pipeline.counts.violations == 0
    assert pipeline.counts.withheld["unreadable"] == 1


def test_an_exempt_plate_is_a_count_and_nothing_else() -> None:
    rule = Speeding(limit_kmh=60, exempt=("123ABC01",))
    pipeline = run([Pass(90.0)], Reader(), rule)
    assert pipeline.counts.violations == 0
    assert pipeline.counts.withheld["exempt"] == 1


def test_the_pixels_are_overwritten_when_the_track_has_ended() -> None:
    reader = Reader()
    run([Pass(90.0)], reader, RULE)
    patches = reader.read[0]
    assert patches
    assert all(not patch.luma.any() for patch in patches)


def test_a_violation_says_how_fast_and_never_shows_its_plate() -> None:
    pipeline = Pipeline(site(RULE), Road([Pass(90.0)]), Reader())
    found = [violation for frame in frames() for violation in pipeline.step(frame)] + pipeline.finish()
    assert len(found) == 1
    assert found[0].speed_kmh is not None
    assert abs(found[0].speed_kmh - 90) < 1.5
    assert found[0].charged_kmh in (86, 87)
    assert found[0].kind == "speeding"
    assert found[0].rule_number == 0
    assert "123ABC01" not in repr(found[0])
    assert "123ABC01" not in f"{found[0].reading.plate}"


def told(pipeline: Pipeline, pictures: Sequence[Frame]) -> list[Violation]:
    return [violation for frame in pictures for violation in pipeline.step(frame)] + pipeline.finish()


def shifted(by_kmh: float) -> Register:
    """A registration that finds the same plate this much faster."""

    def again(_: Sequence[Patch], points: Sequence[TrackPoint]) -> list[TrackPoint]:
        share = 90.0 / (90.0 + by_kmh)
        first = points[0].sensor_timestamp_ns
        return [replace(p, sensor_timestamp_ns=first + round((p.sensor_timestamp_ns - first) * share)) for p in points]

    return again


def test_the_lower_of_two_measures_is_told() -> None:
    first = told(Pipeline(site(RULE), Road([Pass(90.0)]), Reader()), frames())
    slower = told(Pipeline(site(RULE), Road([Pass(90.0)]), Reader(), shifted(-1.2)), frames())
    faster = told(Pipeline(site(RULE), Road([Pass(90.0)]), Reader(), shifted(+1.2)), frames())
    assert faster[0].speed_kmh == first[0].speed_kmh
    assert slower[0].speed_kmh == pytest.approx((first[0].speed_kmh or 0.0) - 1.2, abs=0.1)


def test_a_second_measure_that_differs_frees_and_is_counted() -> None:
    pipeline = Pipeline(site(RULE), Road([Pass(90.0)]), Reader(), shifted(+5.0))
    assert told(pipeline, frames()) == []
    assert pipeline.counts.withheld["uncertain_speed"] == 1
    assert pipeline.counts.reader_calls == 1


def test_only_what_shows_the_measured_vehicle_is_read() -> None:
    @dataclass
    class Slips(Road):
        """For a few near frames the finder's corners are those of a sign."""

        def find(self, frame: Frame, expected: Sequence[Quad]) -> Sequence[Sighting]:
            found = super().find(frame, expected)
            slip = frame.number % 40 in (7, 8, 9)
            return [replace(s, quad=s.quad + (0.0, 90.0)) if slip else s for s in found]

    reader = Reader()
    found = told(Pipeline(site(RULE), Slips([Pass(90.0)]), reader), frames())
    assert len(found) == 1
    assert not {p.sensor_timestamp_ns for p in reader.read[0]} & {
        f.sensor_timestamp_ns for f in frames() if f.number % 40 in (7, 8, 9)
    }


def test_a_sensor_clock_that_runs_wrong_accuses_nobody() -> None:
    def dated(pace: float) -> list[Frame]:
        idle = [replace(f, sensor_timestamp_ns=f.sensor_timestamp_ns - 30 * 10**9) for f in frames(24.0)]
        return [replace(f, utc_ns=10**18 + round(f.sensor_timestamp_ns * pace)) for f in [*idle, *frames()]]

    wrong, right = (Pipeline(site(RULE), Road([Pass(90.0)]), Reader()) for _ in range(2))
    assert told(wrong, dated(1.01)) == []
    assert wrong.counts.withheld["clock"] == 1
    assert len(told(right, dated(1.0))) == 1


def test_a_camera_that_was_knocked_accuses_nobody() -> None:
    tilted = pose(depression_deg=13.8)

    @dataclass
    class Knocked(Road):
        def find(self, frame: Frame, expected: Sequence[Quad]) -> Sequence[Sighting]:  # noqa: ARG002
            t = frame.sensor_timestamp_ns / 1e9 - 100
            quads = [project(plate.corners(np.full((1, 4), t))[0], CAMERA, tilted) for plate in self.passes]
            inside = [q for q in quads if ((q > 2) & (q < (CAMERA.width - 3, CAMERA.height - 3))).all()]
            return [Sighting(quad + self.rng.normal(0, 0.1, (4, 2)), 0.9, 0.3) for quad in inside]

    pipeline = Pipeline(site(RULE), Knocked([Pass(90.0)]), Reader())
    assert told(pipeline, frames()) == []
    assert pipeline.counts.withheld["calibration"] + pipeline.counts.withheld["uncertain_speed"] == 1
    assert pipeline.counts.reader_calls == 0
