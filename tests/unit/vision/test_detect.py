"""The detector's answer becomes quads: on ground truth written into the tensors by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik.values import Quad, Tensor
from kirpik.vision.detect import FILL, MOST, STRIDE, Detector, fold, peaks, unfold

SCALE, ZERO = 0.035, -5
TILTED = np.array([(100.0, 60.0), (160.0, 66.0), (159.0, 80.0), (99.0, 74.0)])


class Written:
    """A network that always answers the same and keeps what it was shown."""

    input_size = (384, 640)

    def __init__(self, heat: Tensor, corners: Tensor) -> None:
        self.answer = (heat, corners)
        self.seen: list[NDArray[np.uint8]] = []

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        self.seen.append(image.copy())
        return self.answer


def answer(*plates: tuple[Quad, float], spread: int = 0) -> tuple[Tensor, Tensor]:
    """Heat and corners as a perfect network would give them, `spread` cells around each plate's middle."""
    heat = np.full((1, 48, 80, 1), -128, np.int8)
    corners = np.zeros((1, 48, 80, 8), np.int8)
    for quad, logit in plates:
        column, row = np.round((quad.mean(0) - (STRIDE - 1) / 2) / STRIDE).astype(int)
        for y in range(row - spread, row + spread + 1):
            for x in range(column - spread, column + spread + 1):
                beside = 0.5 * max(abs(y - row), abs(x - column))
                heat[0, y, x, 0] = round((logit - beside) / 0.1) + 7
                offsets = fold(quad - (np.array([x, y]) * STRIDE + (STRIDE - 1) / 2))
                corners[0, y, x] = (offsets.ravel() / SCALE).round() + ZERO
    return Tensor(heat, 0.1, 7), Tensor(corners, SCALE, ZERO)


def test_a_plate_comes_back_within_its_rounding() -> None:
    [(quad, score)] = peaks(*answer((TILTED, 3.0)))
    np.testing.assert_allclose(quad, TILTED, atol=0.5)
    assert score == pytest.approx(1 / (1 + np.exp(-3.0)), abs=1e-6)


def test_neighbouring_cells_are_one_plate_and_average_its_corners() -> None:
    [(quad, _)] = peaks(*answer((TILTED, 3.0), spread=1))
    np.testing.assert_allclose(quad, TILTED, atol=0.5)


def test_two_plates_come_best_first() -> None:
    other = TILTED + (300, 200)
    assert [round(score, 2) for _, score in peaks(*answer((TILTED, 1.0), (other, 4.0)))] == [0.98, 0.73]


def test_a_plate_within_a_better_one_is_dropped() -> None:
    large = np.array([(40.0, 40.0), (240.0, 40.0), (240.0, 110.0), (40.0, 110.0)])
    small = np.array([(170.0, 70.0), (200.0, 70.0), (200.0, 80.0), (170.0, 80.0)])
    [(quad, _)] = peaks(*answer((large, 4.0), (small, 2.0)))
    assert quad[0, 0] < 50


def test_a_weak_peak_is_no_plate() -> None:
    assert peaks(*answer((TILTED, -1.2))) == []


def test_a_texture_full_of_peaks_is_cut_off() -> None:
    many = [
        (np.array([(x, y), (x + 12, y), (x + 12, y + 4), (x, y + 4)], float), 2.0)
        for x in range(20, 600, 24)
        for y in range(20, 360, 24)
    ]
    assert len(peaks(*answer(*many))) == MOST


def test_folding_and_unfolding_are_each_others_inverse() -> None:
    offsets = np.linspace(-160, 160, 101)
    np.testing.assert_allclose(unfold(fold(offsets)), offsets)


def test_the_reduced_picture_lies_top_left_and_the_rest_is_grey() -> None:
    network = Written(*answer((TILTED, 3.0)))
    detector = Detector(network)
    detector.find(np.full((384, 640), 9, np.uint8))
    [(quad, _)] = detector.find(np.full((360, 600), 200, np.uint8))
    seen = network.seen[-1][0, :, :, 0]
    assert (seen[:360, :600] == 200).all()
    assert (seen[360:] == FILL).all()
    assert (seen[:, 600:] == FILL).all()
    np.testing.assert_allclose(quad, TILTED, atol=0.5)


def test_a_picture_larger_than_the_input_is_refused() -> None:
    with pytest.raises(ModelError, match="at most 640×384, got 800×450"):
        Detector(Written(*answer())).find(np.zeros((450, 800), np.uint8))
