import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.road.motion import measure
from kirpik.road.observed import Observed, observe
from kirpik.road.outline import CLASSES, LONG, PlateClass
from kirpik.road.rim import as_found, inside_mm, shape
from kirpik.site import Camera
from tests.unit.road.roads import BENT, CAMERA, Pass, drive, pose

LINE_MM = 7.8
"""A line so far inside takes 3 % off the width and 14 % off the height."""


def seen(plate: Pass, camera: Camera = CAMERA, *, believed: PlateClass = LONG, seed: int = 3) -> Observed:
    depression = 12.7 if camera is CAMERA else 22.0
    points = drive(plate, camera, pose(depression_deg=depression), seconds=(-6, 6), noise_px=0.1, seed=seed)
    return observe(points, believed, camera, pose(depression_deg=depression))


def inside(mm: float, speed_kmh: float = 90.0) -> Pass:
    """A plate whose outline is found that far inside its edge."""
    return Pass(speed_kmh, size_mm=(LONG.width_mm - 2 * mm, LONG.height_mm - 2 * mm))


def test_an_outline_at_the_line_shortens_the_yardstick() -> None:
    assert as_found(seen(inside(LINE_MM))).width_mm == pytest.approx(LONG.width_mm - 2 * LINE_MM, abs=5.0)


def test_an_outline_at_the_edge_leaves_the_yardstick_nearly_as_it_is() -> None:
    found = as_found(seen(inside(0.0)))
    assert LONG.width_mm - 3.0 < found.width_mm <= LONG.width_mm
    assert found.sigma_ln < 2 * LONG.sigma_ln


def test_both_estimators_are_lowered_alike() -> None:
    motion = measure(drive(inside(LINE_MM), CAMERA, pose(), seconds=(-6, 6), noise_px=0.1), CAMERA, pose())
    assert motion is not None
    assert motion.fit_kmh == pytest.approx(90.0, rel=0.015)
    assert motion.gates_kmh == pytest.approx(90.0, rel=0.015)


@pytest.mark.parametrize("speed_kmh", [-150.0, -60.0, 60.0, 150.0])
def test_a_rolling_shutter_makes_a_plate_no_lower(speed_kmh: float) -> None:
    ln_high, _ = shape(seen(Pass(speed_kmh, y_m=16.0), BENT))
    assert ln_high == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("plate", [plate for plate in CLASSES if plate != LONG], ids=lambda plate: f"{plate.width_mm}")
def test_of_other_classes_nothing_is_believed_and_the_doubt_remains(plate: PlateClass) -> None:
    found = as_found(seen(Pass(60.0, size_mm=plate.size_mm), believed=plate))
    assert found.size_mm == plate.size_mm
    assert found.sigma_ln > plate.sigma_ln


@given(st.floats(-0.4, 0.4), st.floats(0.005, 0.2))
def test_the_yardstick_is_never_made_longer(ln_high: float, sigma: float) -> None:
    mean, spread = inside_mm(ln_high, sigma, LONG)
    assert 0 <= mean < LONG.height_mm / 2
    assert spread > 0


@given(st.floats(-0.3, 0.3), st.floats(0.001, 0.1), st.floats(0.01, 0.2))
def test_a_lower_outline_lies_no_less_inside(ln_high: float, lower: float, sigma: float) -> None:
    assert inside_mm(ln_high - lower, sigma, LONG)[0] >= inside_mm(ln_high, sigma, LONG)[0] - 1e-9


def test_of_a_shape_that_says_nothing_the_doubt_is_wider_than_of_one_that_says_edge() -> None:
    assert inside_mm(0.0, 1.0, LONG)[1] > inside_mm(0.04, 0.02, LONG)[1]


def test_a_frame_that_shows_something_else_is_not_asked() -> None:
    clean = seen(inside(0.0))
    spoiled = clean.corners.copy()
    spoiled[5, 2:] -= (0.0, 0.5 * float(np.ptp(spoiled[5, :, 1])))
    points = Observed(clean.scene, spoiled, clean.sigma_px, clean.stated_px, clean.trust, clean.believed, 0)
    assert shape(points)[0] == pytest.approx(shape(clean)[0], abs=0.005)
