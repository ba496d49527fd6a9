"""Single vehicles before the simulator's cameras: one seed, one traffic; truth alone says what can be read."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models, load_models
from kirpik.vision.corners import CornerFinder
from kirpik.vision.patch import MOST
from tests.bench.passing import Passed, coded, passing
from tests.bench.votes_told import Vote, mean_at_most, summary
from tests.sim.plates import Plate

VEHICLES = 4


@pytest.fixture(scope="module")
def passed() -> list[Passed]:
    return list(islice(passing(5, CornerFinder(load_models(find_models(None), TfliteNetwork).corners)), VEHICLES))


def test_a_vehicle_leaves_what_a_track_would_keep_and_no_more(passed: list[Passed]) -> None:
    assert any(one.patches for one in passed)
    assert all(len(one.patches) <= min(MOST, len(one.char_px)) for one in passed)
    assert all(len(one.outlines) == len(one.char_px) for one in passed)


def test_outlines_are_found_near_the_true_ones(passed: list[Passed]) -> None:
    off = [
        float(np.abs(found.quad - truth).max())
        for one in passed
        for truth, found in one.outlines
        if found is not None and one.plate.legible
    ]
    assert np.median(off) < 1.5


def test_readable_is_what_is_large_in_three_frames_and_hidden_by_nothing() -> None:
    clean = Passed(Plate("123ABC02", "kz2012_private"), False, (12.0, 12.5, 13.0, 8.0), [], [])
    assert clean.readable
    assert not replace(clean, char_px=(12.0, 12.5, 11.9)).readable
    assert not replace(clean, plate=replace(clean.plate, dirt=0.95)).readable
    assert not replace(clean, plate=replace(clean.plate, covered=(0.2, 0.5))).readable


def test_a_codec_keeps_the_picture_but_for_its_loss() -> None:
    ramp = np.tile(np.arange(0, 256, 2, dtype=np.uint8), (96, 1))
    packed = coded(ramp, 20)
    assert packed.shape == ramp.shape
    assert np.abs(packed.astype(int) - ramp).mean() < 3


def test_none_wrong_of_so_many_shows_three_in_as_many_and_no_less() -> None:
    assert mean_at_most(0) == pytest.approx(3.0, abs=0.01)
    assert mean_at_most(2) == pytest.approx(6.3, abs=0.01)


def test_votes_of_one_vehicle_count_once_in_the_bound() -> None:
    plate = Plate("123ABC02", "kz2012_private")
    votes = [Vote(n, plate, False, True, part, plate.text, 0.99, ()) for n in range(100) for part in (1, 2)]
    votes += [replace(votes[part], said="123ABC03") for part in (0, 1)]
    told = summary(votes, 0.98)
    assert (told["wrong"], told["votes_wrong"]) == (1, 2)
    assert told["wrong_at_most"] == pytest.approx(4.744 / 100, abs=1e-4)
