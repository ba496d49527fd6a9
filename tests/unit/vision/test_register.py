"""Patches of one plate come to lie upon each other finer than their outlines did, and strangers are left out."""

import numpy as np
import pytest

from kirpik.values import Luma, Quad, TrackPoint
from kirpik.vision.patch import Patch
from kirpik.vision.register import register
from kirpik.vision.warp import UNIT_SQUARE, move, unit_to_quad

MM = (520.0, 112.0)


def artwork(seed: int) -> Luma:
    """Strokes like letters, two pixels a millimetre."""
    rng = np.random.default_rng(seed)
    art = np.full((224, 1040), 225, np.uint8)
    for left in range(60, 960, 115):
        for _ in range(3):
            x, y = left + int(rng.integers(0, 60)), int(rng.integers(35, 120))
            if rng.random() < 0.5:
                art[40:184, x : x + 16] = 30
            else:
                art[y : y + 18, left : left + 80] = 30
    return art


def seen(art: Luma, quad: Quad, size: tuple[int, int], rng: np.random.Generator, gain: float) -> Luma:
    """The picture: each pixel the mean of sixteen looks at the art, grey around it, noise."""
    wide, high = size
    rows, columns = np.mgrid[: high * 4, : wide * 4].reshape(2, -1)
    points = np.column_stack([columns, rows]).astype(np.float64) / 4 - 0.375
    unit = move(np.asarray(np.linalg.inv(unit_to_quad(quad))), points)
    inside = ((unit >= 0) & (unit < 1)).all(1)
    where = (unit * (art.shape[1], art.shape[0])).astype(int)
    value = np.full(len(points), 90.0)
    value[inside] = art[where[inside, 1], where[inside, 0]] * gain
    picture = value.reshape(high, 4, wide, 4).mean((1, 3)) + rng.normal(0, 2, (high, wide))
    return np.asarray(picture.clip(0, 255), np.uint8)


def outline(width: float, left: float, top: float) -> Quad:
    lean = np.array([(0.0, 0.0), (0.0, 0.02 * width), (-0.01 * width, 0.02 * width), (-0.01 * width, 0.0)])
    return np.asarray(UNIT_SQUARE * (width, width * MM[1] / MM[0]) + (left, top) + lean)


def track(seed: int, art: Luma) -> tuple[list[Patch], list[TrackPoint], list[Quad]]:
    """A plate from 110 to 45 pixels wide, with outlines that are off by a third of a pixel and too wide by one."""
    rng = np.random.default_rng(seed)
    patches, points, truths = [], [], []
    for number, width in enumerate(np.linspace(110, 45, 12)):
        truth = outline(width, 20 + float(rng.uniform(0, 1)), 15 + float(rng.uniform(0, 1)))
        luma = seen(art, truth, (int(width * 1.4) + 40, int(width * 0.4) + 40), rng, float(rng.uniform(0.7, 1.0)))
        found = truth + [(-0.5, 0), (0.5, 0), (0.5, 0), (-0.5, 0)] + rng.normal(0, 0.33, (4, 2))
        origin = (100 + number, 200 - number)
        patches.append(Patch(number, float(width), found, luma, clarity=float(width), origin=origin))
        points.append(TrackPoint(number, 0, None, found + origin, 0.4))
        truths.append(truth + origin)
    return patches, points, truths


def apart(quads: list[Quad], truths: list[Quad]) -> float:
    """Root mean square error, once the share of the plate that all have in common is taken off."""
    widths = np.array([np.hypot(*(truth[1] - truth[0])) for truth in truths])
    error = np.stack(quads) - np.stack(truths)
    common = np.average(error / widths[:, None, None], axis=0, weights=widths**2)
    return float(np.sqrt(np.mean((error - common * widths[:, None, None]) ** 2)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_patches_lie_upon_each_other_several_times_finer_than_their_outlines(seed: int) -> None:
    patches, points, truths = track(seed, artwork(seed))
    found = register(patches, points)
    assert found is not None
    assert len(found) >= 10
    at = [point.sensor_timestamp_ns for point in found]
    truths, before = [truths[n] for n in at], [points[n].quad for n in at]
    after = apart([point.quad for point in found], truths)
    assert at == sorted(at)
    assert after < 0.12
    assert after < apart(before, truths) / 3


def test_its_own_doubt_is_honest() -> None:
    ratios = []
    for seed in range(4):
        patches, points, truths = track(seed, artwork(seed))
        found = register(patches, points)
        assert found is not None
        sigma = float(np.sqrt(np.mean([point.sigma_px**2 for point in found])))
        here = [truths[point.sensor_timestamp_ns] for point in found]
        ratios.append(apart([point.quad for point in found], here) / sigma)
    assert max(ratios) < 2


def test_a_patch_of_another_plate_is_left_out() -> None:
    patches, points, _ = track(1, artwork(1))
    strangers, _, _ = track(1, artwork(9))
    patches[4] = strangers[4]
    found = register(patches, points)
    assert found is not None
    assert 4 not in {point.sensor_timestamp_ns for point in found}
    assert len(found) >= 9


def test_too_few_patches_or_none_that_agree_give_nothing() -> None:
    patches, points, _ = track(1, artwork(1))
    assert register(patches[:2], points) is None
    assert register([], points) is None
    assert register(patches, []) is None
    grey = [
        Patch(patch.sensor_timestamp_ns, patch.width_px, patch.quad, np.full_like(patch.luma, 90)) for patch in patches
    ]
    assert register(grey, points) is None


def test_patches_given_twice_count_once() -> None:
    patches, points, _ = track(2, artwork(2))
    found = register([*patches, *patches], points)
    assert found is not None
    assert len({point.sensor_timestamp_ns for point in found}) == len(found) >= 10
