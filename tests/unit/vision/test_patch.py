"""Of a track the clearest few patches are kept, spread over time, and what is dropped is wiped."""

import numpy as np
import pytest

from kirpik.values import Frame, Luma, Quad
from kirpik.vision.patch import MOST, TRAIL_MOST, Patch, clarity, cut, keep, keep_trail


def plate(width: float, left: float = 100.0) -> Quad:
    return np.array(
        [(left, 100.0), (left + width, 100.0), (left + width, 100 + width / 4.64), (left, 100 + width / 4.64)]
    )


def bars(contrast: float, width: float, blur: int = 1) -> Luma:
    """A picture of upright strokes as wide as a plate's letters have."""
    stroke = max(width / 32, 1)
    row = 128 + contrast * np.sign(np.sin(np.arange(600) / stroke * np.pi) + 1e-9)
    row = np.convolve(row, np.full(blur, 1 / blur), mode="same")
    return np.tile(row.clip(0, 255), (300, 1)).astype(np.uint8)


def frame(time_s: float, luma: Luma) -> Frame:
    return Frame(0, round(time_s * 1e9), 0, None, luma, luma)


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_of_an_approaching_plate_the_last_patches_stay_and_not_the_last_one_alone(fps: float) -> None:
    patches: list[Patch] = []
    widths = np.linspace(25, 110, int(3 * fps))
    for number, width in enumerate(widths):
        keep(patches, frame(number / fps, bars(60, width)), plate(width), float(width))
    assert len(patches) == MOST
    assert min(patch.width_px for patch in patches) > (75 if fps > 10 else 60)


def test_a_blurred_or_glaring_plate_is_less_clear_than_a_smaller_sharp_one() -> None:
    sharp = clarity(bars(60, 80), plate(80), 80.0)
    assert sharp > clarity(bars(60, 110, blur=7), plate(110), 110.0)
    assert sharp > clarity(bars(15, 110), plate(110), 110.0)
    assert sharp < clarity(bars(60, 110), plate(110), 110.0)


def test_a_plate_that_reaches_out_of_the_picture_counts_little() -> None:
    luma = bars(60, 100)
    assert clarity(luma, plate(100, left=-20), 100.0) < 0.3 * clarity(luma, plate(100), 100.0)
    assert clarity(luma, plate(100, left=-400), 100.0) == 0


def test_what_makes_way_is_wiped() -> None:
    patches: list[Patch] = []
    keep(patches, frame(1.0, bars(20, 80)), plate(80), 80.0)
    dropped = patches[0].luma
    keep(patches, frame(1.01, bars(60, 80)), plate(80), 80.0)
    assert len(patches) == 1
    assert not dropped.any()


@pytest.mark.parametrize("seconds", [0.5, 4.0, 300.0])
def test_the_trail_lies_evenly_over_all_of_the_way(seconds: float) -> None:
    trail: list[Patch] = []
    luma = bars(60, 80)
    for number in range(int(seconds * 20)):
        keep_trail(trail, frame(number / 20, luma), plate(80), 80.0)
    times = np.array([patch.sensor_timestamp_ns for patch in trail]) / 1e9
    assert len(trail) <= TRAIL_MOST
    assert times[0] == 0
    assert times[-1] > 0.85 * seconds - 0.1
    assert np.ptp(np.diff(times)) < 0.051 + 0.002 * seconds


@pytest.mark.parametrize("away", [(-300.0, 0.0), (0.0, -300.0), (900.0, 0.0), (0.0, 700.0), (-160.0, -160.0)])
def test_a_plate_outside_of_the_picture_leaves_nothing_of_it(away: tuple[float, float]) -> None:
    patches: list[Patch] = []
    trail: list[Patch] = []
    outside = plate(40.0) + away
    keep(patches, frame(1.0, bars(60, 40)), outside, 40.0)
    keep_trail(trail, frame(1.0, bars(60, 40)), outside, 40.0)
    assert patches == trail == []


@pytest.mark.parametrize("left", [-45.0, -44.0, -41.0, -8.0])
def test_a_cut_never_counts_backwards_from_an_edge(left: float) -> None:
    cut_out = cut(frame(1.0, bars(60, 40)), plate(40.0, left), 40.0)
    assert cut_out.luma.shape[1] <= 40 + 2 * (0.12 * 40 + 4)
