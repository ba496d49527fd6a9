import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.road.camera import on_height, project
from kirpik.values import Frame, Quad, Sighting
from kirpik.vision.patch import MOST, TRAIL_MOST
from kirpik.vision.track import POINTS_MOST, Track, Tracker
from tests.unit.road.roads import CAMERA, Pass, pose

LUMA = np.full((CAMERA.height, CAMERA.width), 90, np.uint8)


def to_picture(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return project(np.column_stack([places, np.full(len(places), 0.65)]), CAMERA, pose())


def tracker_of_the_road() -> Tracker:
    return Tracker(lambda pixels: on_height(pixels, 0.65, CAMERA, pose()), to_picture)


def follow(passes: list[Pass], *, fps: float = 30.0, seconds: float = 6.0, miss: float = 0.0) -> list[Track]:
    rng = np.random.default_rng(1)
    tracker = tracker_of_the_road()
    ended = []
    for number in range(int(seconds * fps)):
        t = number / fps - seconds / 2
        frame = Frame(number, round((100 + t) * 1e9), 0, None, LUMA, LUMA)
        ended += tracker.update(frame, seen(passes, t, rng, miss))
    return ended + tracker.finish()


def seen(passes: list[Pass], t: float, rng: np.random.Generator, miss: float) -> list[Sighting]:
    found = []
    for plate in passes:
        quad = project(plate.corners(np.full((1, 4), t))[0], CAMERA, pose())
        inside = ((quad > 2) & (quad < (CAMERA.width - 3, CAMERA.height - 3))).all()
        if inside and rng.random() >= miss:
            found.append(Sighting(quad + rng.normal(0, 0.4, (4, 2)), 0.9, 0.4))
    return found


@pytest.mark.parametrize("fps", [10.0, 30.0])
@pytest.mark.parametrize("speed_kmh", [3.0, 60.0, 130.0, -130.0, 200.0])
def test_one_vehicle_is_one_track(speed_kmh: float, fps: float) -> None:
    tracks = follow([Pass(speed_kmh)], fps=fps, miss=0.1)
    assert len(tracks) == 1


def test_vehicles_abreast_and_in_line_stay_apart() -> None:
    passes = [Pass(70.0, x_m=-1.5), Pass(65.0, x_m=1.5), Pass(70.0, x_m=-1.5, y_m=22.0), Pass(-50.0, x_m=0.1)]
    assert len(follow(passes)) == 4


@pytest.mark.parametrize(
    ("score", "sigma_px", "begins"),
    [(0.9, 2.0, True), (0.4, 2.0, False), (0.4, 0.4, True), (0.0, 0.4, False)],
    ids=["a sure detection", "a weak one", "a weak one whose corners are sure", "none"],
)
def test_a_track_begins_where_detector_or_corner_finder_is_sure(score: float, sigma_px: float, begins: bool) -> None:
    tracker = tracker_of_the_road()
    [sighting] = seen([Pass(60.0)], 0.0, np.random.default_rng(1), 0.0)
    tracker.update(Frame(0, 1, 0, None, LUMA, LUMA), [Sighting(sighting.quad, score, sigma_px)])
    assert len(tracker.open) == begins


def test_a_stand_of_minutes_is_thinned() -> None:
    tracks = follow([Pass(0.0)], seconds=70)
    assert len(tracks) == 1
    assert len(tracks[0].points) <= POINTS_MOST
    assert tracks[0].points[0].sensor_timestamp_ns == round((100 - 35) * 1e9)


def test_few_patches_are_kept_and_wiped_at_the_end() -> None:
    track = follow([Pass(40.0)])[0]
    assert 0 < len(track.patches) <= MOST
    assert 0 < len(track.trail) <= TRAIL_MOST
    pixels = [patch.luma for patch in (*track.patches, *track.trail)]
    track.forget()
    assert not track.patches
    assert not track.trail
    assert not any(luma.any() for luma in pixels)


def test_a_weak_sighting_goes_on_with_a_track_but_begins_none() -> None:
    tracker = tracker_of_the_road()
    rng = np.random.default_rng(1)
    for number, score in enumerate((0.4, 0.4, 0.9, 0.4, 0.4)):
        frame = Frame(number, round((100 + number / 30) * 1e9), 0, None, LUMA, LUMA)
        strong = seen([Pass(50.0)], number / 30, rng, 0.0)
        tracker.update(frame, [Sighting(each.quad, score, 2.0) for each in strong])
    (track,) = tracker.finish()
    assert len(track.points) == 3


@pytest.mark.parametrize("speed_kmh", [0.0, 60.0, -130.0])
@pytest.mark.parametrize("fps", [10.0, 60.0])
def test_a_track_says_where_its_plate_will_be(speed_kmh: float, fps: float) -> None:
    tracker, plate = tracker_of_the_road(), Pass(speed_kmh, height_m=1.0)

    def outline(number: int) -> Quad:
        return project(plate.corners(np.full((1, 4), number / fps))[0], CAMERA, pose())

    for number in range(4):
        frame = Frame(number, round((100 + number / fps) * 1e9), 0, None, LUMA, LUMA)
        tracker.update(frame, [Sighting(outline(number), 0.9, 0.4)])
    [quad] = tracker.expected(round((100 + 4 / fps) * 1e9), (CAMERA.width, CAMERA.height))
    np.testing.assert_allclose(quad, outline(4), atol=1.0)


@pytest.mark.parametrize(("speed_kmh", "seen_s"), [(20.0, 0.8), (0.0, 5.3)])
def test_what_the_detector_has_long_not_seen_is_expected_no_more(speed_kmh: float, seen_s: float) -> None:
    """Detected for 0.3 s, then seen by the corner finder alone: for half a second, for five where it stands."""
    tracker, rng, plate = tracker_of_the_road(), np.random.default_rng(1), Pass(speed_kmh)
    number, expected = 0, True
    while number < 4 or expected:
        frame = Frame(number, round((100 + number / 30) * 1e9), 0, None, LUMA, LUMA)
        [sighting] = seen([plate], number / 30, rng, 0.0)
        tracker.update(frame, [Sighting(sighting.quad, 0.9 if number < 10 else 0.0, 0.4)])
        number += 1
        expected = bool(tracker.expected(round((100 + number / 30) * 1e9), (CAMERA.width, CAMERA.height)))
    assert number / 30 == pytest.approx(seen_s, abs=0.05)
