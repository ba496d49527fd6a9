"""What a detector is held against: labels, and what somebody's eye added to them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from kirpik.values import Luma, Quad
from kirpik_models.evaluate_detector import LOOSE, OVERLAP, figures, from_score, search
from kirpik_models.pose import outline
from kirpik_models.realframes import RealFrame, load_frames

PLATE, FAR = outline(100, 100, 60, 14), outline(300, 50, 16, 4)


def _frame(**places: tuple[Quad, ...]) -> RealFrame:
    return RealFrame(np.zeros((200, 400), np.uint8), "a.jpg", "day", (PLATE, FAR), (True, False), **places)


def _finds(*plates: tuple[Quad, float]) -> dict[str, float]:
    return figures(search(lambda _: list(plates), [_frame()]))


def test_a_far_plate_that_is_missed_counts_among_all_and_not_among_those_wide_enough() -> None:
    got = _finds((PLATE, 0.9))
    assert (got["recall"], got["recall_wide"], got["recall_all"], got["precision"]) == (1.0, 1.0, 0.5, 1.0)


def test_what_lies_beside_a_plate_is_false() -> None:
    assert _finds((PLATE + (0, 12), 0.9))["false"] == 1


def test_an_exact_outline_may_be_smaller_than_a_hand_drawn_box() -> None:
    exact = outline(110, 104, 42, 8)
    found = {least: search(lambda _: [(exact, 0.9)], [_frame()], least=least)[0].hit[0] for least in (OVERLAP, LOOSE)}
    assert found == {OVERLAP: False, LOOSE: True}


def test_a_find_where_nobody_can_tell_counts_for_nothing() -> None:
    somewhere = outline(20, 20, 60, 14)
    got = figures(search(lambda _: [(somewhere, 0.9)], [_frame(doubtful=(somewhere,))]))
    assert got["false"] == 0


def test_a_higher_score_leaves_out_what_is_unsure() -> None:
    found = search(lambda _: [(PLATE, 0.9), (outline(20, 20, 60, 14), 0.4)], [_frame()])
    assert [figures(from_score(found, score))["false"] for score in (0.3, 0.5)] == [1, 0]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    picture: Luma = np.zeros((200, 400), np.uint8)
    cv2.imwrite(str(tmp_path / "a.jpg"), picture)
    plates = [{"box": [90, 90, 90, 30], "legible": True}]
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps({"file": "a.jpg", "split": "val", "light": "day", "plates": plates}) + "\n")
    return path


def test_an_outline_drawn_again_takes_the_place_of_the_label_that_it_lies_in(labels: Path) -> None:
    judged = labels.with_name("judged.json")
    judged.write_text(json.dumps({"a.jpg": {"corrected": [PLATE.tolist()], "sure": [FAR.tolist()]}}))
    (frame,) = load_frames(labels, "val", judged=judged)
    assert [plate.tolist() for plate in frame.plates] == [PLATE.tolist(), FAR.tolist()]
    assert frame.legible == (True, False)


@pytest.mark.parametrize("part", ["train", "val"])
def test_the_lists_that_are_kept_name_places_and_nothing_else(part: str) -> None:
    kept = json.loads((Path(__file__).parents[3] / "models" / "judged" / f"romanian-eu-{part}.json").read_text())
    assert {verdict for picture in kept.values() for verdict in picture} <= {"sure", "unsure", "refused", "corrected"}
    quads = [quad for picture in kept.values() for places in picture.values() for quad in places]
    assert all(np.array(quad).shape == (4, 2) for quad in quads)
