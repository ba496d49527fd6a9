"""What the site file says of where plates can be seen."""

import numpy as np

from kirpik.road.spots import plate_spots
from kirpik.site import Camera, Header, Lane, Site
from tests.unit.road.roads import CAMERA, pose


def site(lane: Lane, camera: Camera = CAMERA) -> Site:
    return Site(
        header=Header(id="t"), camera=camera, pose=pose(), lanes=(lane,), signals=(), rules=(), sha256=bytes(32)
    )


def lane(near: float, far: float) -> Lane:
    return Lane(name="1", polygon_m=((-3.0, near), (3.0, near), (3.0, far), (-3.0, far)), direction="away")


def test_spots_lie_in_the_picture_and_are_as_wide_as_plates_there() -> None:
    spots = plate_spots(site(lane(5.0, 80.0)))
    assert ((spots[:, :2] >= 0) & (spots[:, :2] < (CAMERA.width, CAMERA.height))).all()
    upper, lower = spots[spots[:, 1].argmin()], spots[spots[:, 1].argmax()]
    assert upper[2] < lower[2]
    assert 0.5 * CAMERA.fx * 0.52 / 82 < spots[:, 2].min() < spots[:, 2].max() < CAMERA.fx * 0.52 / 5


def test_a_lane_behind_the_camera_has_no_spots() -> None:
    assert len(plate_spots(site(lane(-40.0, -10.0)))) == 0


def test_a_lens_s_distortion_folds_no_far_place_into_the_picture() -> None:
    bent = Camera(width=1280, height=720, fx=900.0, fy=900.0, cx=640.0, cy=360.0, distortion=(-0.35, 0.1, 0, 0, 0))
    wide = Lane(name="1", polygon_m=((-60.0, 5.0), (60.0, 5.0), (60.0, 40.0), (-60.0, 40.0)), direction="away")
    spots = plate_spots(site(wide, bent))
    assert np.isfinite(spots).all()
    assert (spots[:, 2] > 0.52 * 900 / 80 / 3).all()
