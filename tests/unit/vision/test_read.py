"""The reader with a network that says what the test tells it to: votes, doubts, rows, grammar."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik.values import Quad, Tensor
from kirpik.vision.ctc import ALPHABET, decode, log_chances_of, log_softmax, text_log_chance
from kirpik.vision.patch import Patch
from kirpik.vision.read import Reader

STEPS, CLASSES, SCALE = 48, 37, 0.1


class Speaker:
    """A network that says the next of its texts at each run."""

    input_size = (40, 192)

    def __init__(self, *logits: NDArray[np.int8]) -> None:
        self._logits = list(logits)
        self.runs = 0

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        assert image.shape == (1, 40, 192, 1)
        self.runs += 1
        return (Tensor(self._logits[(self.runs - 1) % len(self._logits)], SCALE, 0),)


def says(text: str, *, rival: str = "", rival_share: float = 0.0) -> NDArray[np.int8]:
    """Logits of a sure network, or of one that leaves `rival` (of the same length) a share of each character."""
    chances = np.full((STEPS, CLASSES), 1e-5)
    chances[:, 0] = 1.0
    for place, char in enumerate(text):
        step = 2 + 4 * place
        chances[step] = 1e-5
        chances[step, 1 + ALPHABET.index(char)] = 1.0
        if rival and rival[place] != char:
            chances[step, 1 + ALPHABET.index(char)] = 1 - rival_share
            chances[step, 1 + ALPHABET.index(rival[place])] = rival_share
    logits = np.log(chances) / SCALE
    return np.asarray(np.clip(np.rint(logits), -128, 127), np.int8)[None, None]


def patch(*, width: float = 120.0, height: float = 26.0) -> Patch:
    quad: Quad = np.array([(20.0, 20.0), (20 + width, 20.0), (20 + width, 20 + height), (20.0, 20 + height)])
    luma = np.random.default_rng(0).integers(0, 256, (int(height) + 40, int(width) + 40)).astype(np.uint8)
    return Patch(0, width, quad, luma)


def reader(*logits: NDArray[np.int8], accept: float = 0.9, formats: list[str] | None = None) -> Reader:
    return Reader(Speaker(*logits), temperature=1.0, accept=accept, formats=formats, glances=1)


def test_an_o_that_most_patches_call_zero_is_told_by_its_place() -> None:
    spoken = [says("820YO014", rival="820YOO14", rival_share=share) for share in (0.45, 0.3, 0.4, 0.55)]
    reading = reader(*spoken, formats=["kz"]).read([patch() for _ in range(8)])
    assert reading is not None
    assert reading.plate.reveal() == "820YOO14"
    assert reader(*spoken, formats=["uz"]).judge([]) is None


def test_what_was_said_for_the_other_spelling_of_a_round_shape_is_no_doubt() -> None:
    twin = reader(says("820YOO14", rival="820YO014", rival_share=0.4), accept=0.0, formats=["kz"]).read([patch()])
    other = reader(says("820YOO14", rival="820YOC14", rival_share=0.4), accept=0.0, formats=["kz"]).read([patch()])
    assert twin is not None
    assert other is not None
    assert twin.plate.reveal() == other.plate.reveal() == "820YOO14"
    assert twin.confidence > other.confidence + 0.05


def test_without_a_grammar_the_worlds_layouts_tell_a_round_shape_of_which_the_network_is_not_sure() -> None:
    unsure, sure = (says("B37RY0", rival="B37RYO", rival_share=share) for share in (0.3, 0.01))
    for said, text in ((unsure, "B37RYO"), (sure, "B37RY0")):
        reading = reader(said, accept=0.0).read([patch()])
        assert reading is not None
        assert reading.plate.reveal() == text


def test_without_a_grammar_no_layout_turns_one_shape_into_another() -> None:
    reading = reader(says("B79S8Z", rival="B79SBZ", rival_share=0.45), accept=0.0).read([patch()])
    assert reading is not None
    assert reading.plate.reveal() == "B79S8Z"
    assert reading.confidence < 0.3


def test_a_lone_patch_is_looked_at_twice_and_others_once_each() -> None:
    counts = []
    for patches in (1, 2, 8):
        speaker = Speaker(says("123ABC02"))
        Reader(speaker, temperature=1.0, accept=0.9, formats=["kz"]).read([patch()] * patches)
        counts.append(speaker.runs)
    assert counts == [2, 2, 8]


def test_glances_that_disagree_leave_a_doubt() -> None:
    agreed, torn = (
        Reader(Speaker(*map(says, texts)), temperature=1.0, accept=0.0, glances=2).read([patch()])
        for texts in (("123ABC02", "123ABC02"), ("123ABC02", "128ABC02"))
    )
    assert agreed is not None
    assert torn is not None
    assert torn.confidence < 0.5 < agreed.confidence


def test_a_shape_that_is_not_round_is_never_told_by_its_place() -> None:
    assert reader(says("82BYOO14"), accept=0.0, formats=["kz"]).read([patch()]) is None


def test_a_sure_plate_is_read_with_its_format_and_each_characters_confidence() -> None:
    reading = reader(says("123ABC02"), formats=["kz"]).read([patch()])
    assert reading is not None
    assert reading.plate.reveal() == "123ABC02"
    assert reading.plate_format == "kz2012_private"
    assert reading.rows == 1
    assert reading.confidence > 0.95
    assert len(reading.char_confidence) == 8
    assert min(reading.char_confidence) > 0.95


def test_no_patches_or_an_empty_crop_give_nothing() -> None:
    assert reader(says("")).read([]) is None
    assert reader(says("")).read([patch(), patch()]) is None


def test_a_plate_that_leaves_a_doubt_is_withheld() -> None:
    assert reader(says("123ABC02", rival="128ABC02", rival_share=0.3)).read([patch()]) is None


def test_a_format_that_is_not_wanted_is_withheld() -> None:
    assert reader(says("A123BC77"), formats=["kz"]).read([patch()]) is None


def test_a_lower_hypothesis_is_never_promoted_by_the_grammar() -> None:
    doubtful = says("123ABCD2", rival="123ABC02", rival_share=0.45)
    assert reader(doubtful, accept=0.0, formats=["kz"]).read([patch()]) is None


def test_the_majority_of_patches_outvotes_one_bad_one() -> None:
    texts = [says("123ABC02"), says("123ABC02"), says("728A6C02", rival="123ABC02", rival_share=0.2)]
    reading = reader(*texts).read([patch(), patch(), patch()])
    assert reading is not None
    assert reading.plate.reveal() == "123ABC02"


def test_patches_that_disagree_outright_are_withheld() -> None:
    assert reader(says("123ABC02"), says("123ABD02")).read([patch(), patch()]) is None


def test_patches_that_all_share_one_doubt_are_no_surer_than_one_of_them() -> None:
    logits = says("123ABC02", rival="128ABC02", rival_share=0.2)
    one = reader(logits, accept=0.0).read([patch()])
    many = reader(logits, accept=0.0).read([patch()] * 8)
    assert one is not None
    assert many is not None
    assert one.confidence - 0.15 < many.confidence < one.confidence + 0.15


def test_a_square_plate_is_read_in_two_rows() -> None:
    reading = reader(says("123"), says("ABC02"), formats=["kz"]).read([patch(width=60, height=55)])
    assert reading is not None
    assert (reading.plate.reveal(), reading.rows) == ("123ABC02", 2)


def test_a_short_plate_may_have_one_row_or_two_and_the_likelier_is_taken() -> None:
    one = reader(says("JLN390"), says(""), says("")).read([patch(width=80, height=30)])
    assert one is not None
    assert (one.plate.reveal(), one.rows) == ("JLN390", 1)
    two = reader(says(""), says("123"), says("ABC02")).read([patch(width=80, height=42)])
    assert two is not None
    assert (two.plate.reveal(), two.rows) == ("123ABC02", 2)


def test_a_reading_does_not_show_its_plate() -> None:
    reading = reader(says("123ABC02")).read([patch()])
    assert "123ABC02" not in f"{reading!r} {reading}"


def test_a_network_of_another_size_is_refused() -> None:
    network = Speaker(says(""))
    network.input_size = (32, 100)
    with pytest.raises(ModelError, match="40×192"):
        Reader(network, temperature=1.0, accept=0.9)


def test_the_chances_of_all_texts_of_a_short_sequence_sum_to_one() -> None:
    logits = np.random.default_rng(1).normal(0, 1, (2, CLASSES)).astype(np.float32)
    chances = log_softmax(logits, 1.0)
    texts = ["", *ALPHABET, *(a + b for a in ALPHABET for b in ALPHABET if a != b)]
    assert sum(np.exp(text_log_chance(chances, text)) for text in texts) == pytest.approx(1.0)


def test_texts_of_any_length_are_weighed_together_as_each_by_itself() -> None:
    logits = np.random.default_rng(2).normal(0, 2, (3, 9, CLASSES)).astype(np.float32)
    stack, texts = log_softmax(logits, 1.0), ["", "7", "77", "A1B2", "AAA"]
    together = log_chances_of(stack, texts)
    assert together.shape == (5, 3)
    alone = [[text_log_chance(chances, text) for chances in stack] for text in texts]
    np.testing.assert_allclose(together, alone)


def test_a_doubled_character_needs_a_blank_between() -> None:
    chances = log_softmax(says("1123").reshape(STEPS, CLASSES).astype(np.float32) * SCALE, 1.0)
    assert decode(chances).text == "1123"
