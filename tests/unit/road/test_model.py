"""The joint fit's world: its derivatives are those of its pixels, and its pixels those of the camera."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.road.camera import project
from kirpik.road.model import COUNT, LN_HIGH, TURN_X, TURN_Z, UNKNOWNS, A, H, Scene, V, X, Y, predict
from kirpik.road.outline import LONG
from kirpik.site import Camera
from tests.unit.road.roads import BENT, CAMERA, Pass, pose


def scene(camera: Camera) -> Scene:
    t_s = np.linspace(-0.4, 0.4, 9)[:, None] + np.zeros(4)
    return Scene(t_s, np.linspace(-0.4, 0.6, 9), LONG, camera, pose(depression_deg=12.7 if camera is CAMERA else 22.0))


SPREAD = {
    "x": 0.5, "heading": 0.02, "acceleration": 1.5, "jerk": 1.0, "aside_2": 0.5, "aside_3": 0.5, "yaw": 0.05,
    "pitch": 0.1, "roll": 0.03, "ln_size": 0.01, "ln_high": 0.05, "turn_x": 2e-3, "turn_y": 2e-3, "turn_z": 2e-3,
    "mast": 0.03, "ln_focal": 3e-3, "bias_wide": 0.3, "bias_high": 0.3,
    "grow_wide": 0.2, "grow_high": 0.3, "bounce_sin": 3e-3, "bounce_cos": 3e-3,
}  # fmt: skip


def somewhere(camera: Camera, seed: int) -> NDArray[np.float64]:
    drawn = np.random.default_rng(seed).normal(0, 1, COUNT)
    theta: NDArray[np.float64] = drawn * np.array([SPREAD.get(name, 0.0) for name in UNKNOWNS])
    theta[[Y, H, V]] = 30.0 if camera is CAMERA else 16.0, 0.6, 20.0
    return theta


@pytest.mark.parametrize("camera", [CAMERA, BENT], ids=["global shutter", "bent lens"])
@pytest.mark.parametrize("seed", range(3))
def test_derivatives_are_those_of_the_pixels(camera: Camera, seed: int) -> None:
    given, theta = scene(camera), somewhere(camera, seed)
    _, slopes = predict(theta, given)
    for number in range(COUNT):
        step = np.zeros(COUNT)
        step[number] = 1e-5
        numeric = (predict(theta + step, given)[0] - predict(theta - step, given)[0]) / 2e-5
        most = max(float(np.abs(numeric).max()), 1e-3)
        assert np.abs(numeric - slopes[..., number]).max() < 2e-3 * most, UNKNOWNS[number]


@pytest.mark.parametrize("way", [1.0, -1.0], ids=["away", "towards"])
def test_pixels_are_the_cameras(way: float) -> None:
    plate = Pass(72.0 * way, y_m=30.0, x_m=0.3, acceleration=1.0)
    theta = np.zeros(COUNT)
    theta[[X, Y, H, V, A]] = 0.3, 30.0, 0.6, 20.0, way
    theta[UNKNOWNS.index("heading")] = 0.0 if way > 0 else np.pi
    given = scene(CAMERA)
    expected = project(plate.corners(given.t_s), CAMERA, given.pose)
    assert np.abs(predict(theta, given)[0] - expected).max() < 1e-6


def test_the_unknowns_lie_in_the_order_that_the_model_counts_on() -> None:
    assert UNKNOWNS[X : H + 1] == ("x", "y", "height")
    assert UNKNOWNS[TURN_X : TURN_Z + 1] == ("turn_x", "turn_y", "turn_z")
    assert UNKNOWNS[LN_HIGH] == "ln_high"
