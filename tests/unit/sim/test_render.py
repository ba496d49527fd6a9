"""What is saved in drawing is not saved in looks: parts of a picture are what the whole would have been."""

from dataclasses import replace

import numpy as np
import pytest

from tests.sim import road
from tests.sim.render import Renderer, merged
from tests.sim.scenes import scene
from tests.sim.sensor import Sensor
from tests.sim.veil import Veil
from tests.sim.view import moment


@pytest.mark.parametrize("name", ["day_speed", "night_speed"])
def test_a_frame_computed_in_parts_is_the_frame_computed_whole(name: str) -> None:
    played = scene(name, seed=2, seconds=4.0)
    stage, rng = played.stage, np.random.default_rng(0)
    empty = road.render(stage.camera, stage.road, stage.light, rng)
    sensor = Sensor(stage.light, (stage.camera.height, stage.camera.width), rng, noise=False)
    renderer = Renderer(stage.camera, stage.light, empty, sensor)
    for second in (1.0, 3.0):
        now = moment(played, round(second * stage.fps))
        linear = renderer.linear(list(played.vehicles), now)
        assert linear is not None
        whole = sensor.lens(linear, sensor.glare(linear))
        expected = sensor.read(whole, sensor.sigma(whole))
        off = np.abs(renderer.frame(list(played.vehicles), now).astype(int) - expected.astype(int))
        assert off.max() <= 2, second
        assert (off > 0).mean() < 0.02


def test_boxes_that_overlap_become_one() -> None:
    assert merged([(0, 0, 4, 4), (10, 0, 12, 4), (3, 3, 11, 5)]) == [(0, 0, 12, 5)]
    assert sorted(merged([(0, 0, 4, 4), (4, 0, 8, 4)])) == [(0, 0, 4, 4), (4, 0, 8, 4)]


def test_shadows_darken_their_band_and_rain_brightens_the_dark() -> None:
    stage = scene("street", seed=1, seconds=1.0).stage
    weather = replace(stage.weather, rain=0.5, shadows=((20.0, 30.0, 0.5),))
    veil = Veil.of(stage.camera, weather, np.random.default_rng(0))
    flat = np.full((stage.camera.height, stage.camera.width), 0.4, np.float32)
    seen = veil.over(flat, 0, 0, 0)
    x, y = stage.camera.project(np.array([0.0, 25.0, 0.5])).astype(int)
    assert seen[y - 5 : y + 5, x - 5 : x + 5].mean() < 0.3
    assert veil.over(flat * 0, 0, 0, 0).max() > 0.1
    np.testing.assert_allclose(veil.over(flat[100:200, 50:90], 0, 50, 100), seen[100:200, 50:90])
