"""A plate's outline lands in the picture where geometry says, to hundredths of a pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sim.bodies import Look, build
from tests.sim.camera import CAMERA_MODULE_3, GLOBAL_SHUTTER_16MM, Camera, Lens
from tests.sim.light import Light
from tests.sim.motion import Profile
from tests.sim.plates import HEIGHT_MM, MARGIN_MM, TEXELS_PER_MM, WIDTH_MM, Artwork, Plate
from tests.sim.render import Renderer
from tests.sim.sensor import Sensor
from tests.sim.texture import pyramid
from tests.sim.vehicle import Moment, Mount, Vehicle, seen

Array = NDArray[np.float64]
SIDES = ((0, 1), (1, 2), (2, 3), (3, 0))
REACH_PX = 3


def white_plate() -> Artwork:
    edge = MARGIN_MM * TEXELS_PER_MM
    white = np.zeros(
        ((HEIGHT_MM + 2 * MARGIN_MM) * TEXELS_PER_MM, (WIDTH_MM + 2 * MARGIN_MM) * TEXELS_PER_MM), np.float32
    )
    white[edge:-edge, edge:-edge] = 1.0
    return Artwork(diffuse=pyramid(white), retro=pyramid(np.zeros_like(white)), coverage=pyramid(np.ones_like(white)))


def vehicle(rng: np.random.Generator, y_m: float, speed_mps: float) -> Vehicle:
    turn = rng.normal(0, [2.0, 4.0, 1.0])
    return Vehicle(
        ident=0,
        role="test",
        lane="1",
        way=1,
        x_m=float(rng.uniform(-0.8, 0.8)),
        heading_deg=0.3,
        profile=Profile.steady(at_s=0.0, progress_m=y_m, speed_mps=speed_mps),
        body=build("saloon", "rear", Look(paint=0.0)),
        plate=Plate("123ABC02", "kz2012_private"),
        artwork=white_plate(),
        mount=Mount(height_m=0.7, yaw_deg=float(turn[0]), pitch_deg=float(turn[1]), roll_deg=float(turn[2])),
    )


def edge_errors(picture: NDArray[np.float32], corners: Array, white: float) -> list[float]:
    """Per side, how far outside of the true line the white ends, in pixels: the light across the edge is summed."""
    errors = []
    for a, b in SIDES:
        start, end = corners[a], corners[b]
        across = 0 if abs(end[1] - start[1]) > abs(end[0] - start[0]) else 1
        along = 1 - across
        span = sorted((start[along], end[along]))
        rows = range(int(np.ceil(span[0] + 0.25 * (span[1] - span[0]))), int(span[0] + 0.75 * (span[1] - span[0])))
        outward = np.sign(((start + end) / 2 - corners.mean(0))[across])
        found = []
        for row in rows:
            truth = start[across] + (end[across] - start[across]) * (row - start[along]) / (end[along] - start[along])
            first = round(truth) - REACH_PX
            cells = np.arange(first, first + 2 * REACH_PX + 1)
            line = picture[row, cells] if across == 0 else picture[cells, row]
            lit = float(line.sum()) / white
            edge = (first - 0.5 + lit) if outward > 0 else (cells[-1] + 0.5 - lit)
            found.append(outward * (edge - truth))
        errors.append(float(np.mean(found)))
    return errors


@pytest.mark.parametrize(
    ("lens", "down_deg", "distance_m", "speed_mps"),
    [
        (GLOBAL_SHUTTER_16MM, 12.4, (18.0, 40.0), 0.0),
        (GLOBAL_SHUTTER_16MM, 12.4, (18.0, 40.0), 25.0),
        (CAMERA_MODULE_3, 22.7, (8.5, 14.0), 25.0),
    ],
    ids=["standing", "moving", "moving under a rolling shutter"],
)
def test_white_edges_are_where_the_corners_say(
    lens: Lens, down_deg: float, distance_m: tuple[float, float], speed_mps: float
) -> None:
    rng = np.random.default_rng(5)
    camera = Camera.aimed(lens, position_m=(0.0, 0.0, 6.0), turn_deg=(0.0, down_deg, 0.3))
    light = Light(ambient=1.0, exposure_us=1000)
    size = (camera.height, camera.width)
    renderer = Renderer(camera, light, np.zeros(size, np.float32), Sensor(light, size, rng, noise=False))
    errors = []
    for _ in range(30):
        car = vehicle(rng, float(rng.uniform(*distance_m)), speed_mps)
        moment = Moment(0, 0.0, light.exposure_us)
        picture = renderer.linear([car], moment)
        assert picture is not None
        corners = seen(car, camera, car.plate_points(), moment, light.exposure_us / 2)
        errors.append(edge_errors(picture, corners, 1.0))
    each = np.array(errors)
    assert np.abs(each.mean(0)).max() < 0.01, "bias of a side"
    assert np.abs(each).max() < 0.03, "worst edge"
