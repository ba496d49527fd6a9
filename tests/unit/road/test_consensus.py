from dataclasses import replace

from kirpik.road.consensus import agreeing
from kirpik.road.observed import observe
from kirpik.road.outline import LONG
from kirpik.values import TrackPoint
from tests.unit.road.roads import CAMERA, Pass, drive, pose


def agreed(points: list[TrackPoint]) -> list[bool]:
    seen = observe(points, LONG, CAMERA, pose())
    return list(map(bool, agreeing(seen.scene.t_s.mean(axis=1), seen.corners, LONG, CAMERA, pose())))


def test_frames_that_show_a_sign_are_told_from_the_vehicle() -> None:
    points = drive(Pass(80.0), CAMERA, pose(), seconds=(-0.7, 0.7))
    sign = points[3].quad + (0.0, 160.0)
    signs = range(12, len(points), 3)
    for number in signs:
        points[number] = replace(points[number], quad=sign)
    assert agreed(points) == [number not in signs for number in range(len(points))]


def test_what_stands_still_for_most_of_the_track_is_not_what_is_measured() -> None:
    points = drive(Pass(80.0), CAMERA, pose(), seconds=(-0.7, 0.7))
    sign = points[0].quad + (140.0, -60.0)
    for number in range(24):
        points[number] = replace(points[number], quad=sign)
    assert agreed(points)[24:] == [True] * (len(points) - 24)


def test_nothing_agrees_where_nothing_moves() -> None:
    assert not any(agreed(drive(Pass(0.0, y_m=18.0), CAMERA, pose(), seconds=(0, 2.0), noise_px=0.1)))
