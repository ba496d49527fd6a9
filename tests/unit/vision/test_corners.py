"""The corner finder's looks, with a network that sees perfectly, or not at all."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik.values import Quad, Tensor
from kirpik.vision.corners import (
    BINS,
    LEAST_SPREAD,
    LOOKS,
    MARGIN,
    PATCH_HEIGHT,
    PATCH_WIDTH,
    CornerFinder,
    from_patch,
    to_patch,
    unfold,
)
from kirpik.vision.warp import move, patch_to_picture

TRUTH = np.array([(200.3, 150.2), (300.1, 155.7), (299.8, 180.0), (200.0, 174.5)])
LUMA = np.full((360, 640), 90, np.uint8)


class Knowing:
    """Knows the true corners and where the patch was cut; answers as a trained network would."""

    input_size = (PATCH_HEIGHT, PATCH_WIDTH)

    def __init__(self, truth: Quad, *, sharpness: float = 40.0) -> None:
        self.truth, self.sharpness, self.start = truth, sharpness, truth
        self.looks = 0

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        assert image.shape == (1, PATCH_HEIGHT, PATCH_WIDTH, 1)
        self.looks += 1
        inverse = np.asarray(np.linalg.inv(patch_to_picture(self.start, PATCH_WIDTH, PATCH_HEIGHT, MARGIN)), np.float64)
        wanted = from_patch(move(inverse, self.truth)).T.reshape(8, 1).clip(-1, 1)
        logits = np.maximum(-self.sharpness * (np.linspace(-1, 1, BINS) - wanted) ** 2 * 8, -12)
        values = (logits / 0.1 + 100).round().astype(np.int8).reshape(1, -1)
        said, _ = unfold((values.astype(np.float32) - 100) * np.float32(0.1))
        self.start = move(np.asarray(np.linalg.inv(inverse), np.float64), to_patch(said))
        return (Tensor(values, 0.1, 100),)


class Dazzled(Knowing):
    """Sees next to nothing at its first look."""

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        sharpness, self.sharpness = self.sharpness, self.sharpness if self.looks else 0.3
        try:
            return super().run(image)
        finally:
            self.sharpness = sharpness


def looked(start: Quad, network: Knowing, score: float = 0.8) -> list[Quad]:
    network.start = start
    return [sighting.quad for sighting in CornerFinder(network).refine(LUMA, [(start, score)])]


def test_a_quad_off_by_three_percent_is_put_right() -> None:
    start = TRUTH + np.array([(3.0, -1.0), (-2.5, 1.0), (2.0, 1.5), (-3.0, 0.5)])
    network = Knowing(TRUTH)
    [quad] = looked(start, network)
    assert 2 <= network.looks <= LOOKS
    np.testing.assert_allclose(quad, TRUTH, atol=0.1)


def test_a_start_beyond_the_bins_is_walked_from() -> None:
    network = Knowing(TRUTH)
    [quad] = looked(TRUTH + np.array([18.0, 5.0]), network)
    assert network.looks > 2
    np.testing.assert_allclose(quad, TRUTH, atol=0.1)


def test_a_truth_between_two_bins_is_no_doubt() -> None:
    logits = np.full((8, BINS), -50, np.float32)
    logits[:, 10], logits[:, 11] = 10.0, 9.0
    _, spread = unfold(logits)
    assert (spread < 1.0 / (BINS - 1)).all()


def test_the_score_is_the_detectors_and_sigma_is_in_pixels() -> None:
    [sighting] = CornerFinder(Knowing(TRUTH)).refine(LUMA, [(TRUTH, 0.8)])
    assert sighting.score == 0.8
    assert 0 < sighting.sigma_px < 1.5


def test_a_network_that_does_not_know_gives_no_sighting() -> None:
    assert looked(TRUTH, Knowing(TRUTH, sharpness=0.0)) == []


def test_only_a_sure_detection_gets_a_second_look_where_the_first_saw_nothing() -> None:
    assert looked(TRUTH + np.array([9.0, 4.0]), Dazzled(TRUTH), score=0.5) == []
    [quad] = looked(TRUTH + np.array([9.0, 4.0]), Dazzled(TRUTH), score=0.9)
    np.testing.assert_allclose(quad, TRUTH, atol=0.1)


def test_corners_in_the_wrong_order_give_no_sighting() -> None:
    crossed = TRUTH[[0, 2, 1, 3]]
    assert looked(crossed, Knowing(crossed)) == []


def test_places_and_patch_pixels_are_each_others_inverse() -> None:
    places = np.random.default_rng(3).uniform(-1, 1, (4, 2))
    np.testing.assert_allclose(from_patch(to_patch(places)), places)


def test_one_certain_bin_has_no_spread() -> None:
    logits = np.full((8, BINS), -50, np.float32)
    logits[:, 0] = 50
    mean, spread = unfold(logits)
    np.testing.assert_allclose(mean, -1)
    np.testing.assert_allclose(spread, LEAST_SPREAD)


def test_a_network_of_another_size_is_refused() -> None:
    network = Knowing(TRUTH)
    network.input_size = (32, 96)
    with pytest.raises(ModelError, match="expected a corner network of 48×160"):
        CornerFinder(network)
