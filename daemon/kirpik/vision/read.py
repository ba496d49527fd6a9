"""The reader: a suspect's patches become one plate, agreed over all of them, or nothing when they leave a doubt."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from kirpik.errors import ModelError
from kirpik.values import Luma, Network, PlateText, Quad, Reading
from kirpik.vision.agreement import Look, RowEvidence, RowVote, Vote, likeliest
from kirpik.vision.ctc import LogChances, decode, hypotheses, log_softmax, mean_log_chances
from kirpik.vision.glances import MOST as GLANCES
from kirpik.vision.glances import cuts
from kirpik.vision.layouts import log_prior
from kirpik.vision.patch import Patch
from kirpik.vision.plates import ANY, match, told_by_place
from kirpik.vision.rectify import CROP_HEIGHT, CROP_WIDTH, aspect, row_crops
from kirpik.vision.witness import MOST, Witness, hear

ONE_ROW_FROM_ASPECT = 3.3
"""As seen, a plate wider than this has one row, and one narrower than `TWO_ROWS_TO_ASPECT` has two; between, both
are tried. A long plate seen from 45° aside is 3.3 times as wide as high."""
TWO_ROWS_TO_ASPECT = 1.2
FULL_WEIGHT_WIDTH_PX = 90.0
"""A patch of a narrower plate counts less."""
NEVER = float("-inf")


class Reader:
    """Owns the network; stateless between vehicles."""

    def __init__(
        self,
        network: Network,
        *,
        temperature: float,
        accept: float,
        formats: Sequence[str] | None = None,
        glances: int = GLANCES,
    ) -> None:
        """`glances`: so often a plate is looked at, in all of its patches together or more."""
        if tuple(network.input_size) != (CROP_HEIGHT, CROP_WIDTH):
            raise ModelError(f"expected a reader network of {CROP_HEIGHT}×{CROP_WIDTH}, got {network.input_size}")
        self._network = network
        self._temperature = temperature
        self._accept = accept
        self._formats = formats
        self._glances = glances

    def read(self, patches: Sequence[Patch]) -> Reading | None:
        """The plate, when it is sure enough and stands in a wanted grammar; only the likeliest text is considered."""
        reading = self.judge(self.looks(patches))
        return reading if reading is not None and reading.confidence >= self._accept else None

    def looks(self, patches: Sequence[Patch]) -> list[Look]:
        """One of each patch; few patches are each looked at more often."""
        return [self.look(patch.luma, patch.quad, among=len(patches)) for patch in patches]

    def look(self, luma: Luma, quad: Quad, *, among: int = 1) -> Look:
        """Run the network on one plate, of which so many patches are looked at."""
        weight = min(1.0, _width_px(quad) / FULL_WEIGHT_WIDTH_PX)
        glances = cuts(quad, max(1, -(-self._glances // among)))
        return Look({rows: self._rows(luma, glances, rows, weight) for rows in _possible_rows(quad)})

    def judge(self, looks: Sequence[Look]) -> Reading | None:
        """The agreed plate, however unsure; None when nothing was read or its text obeys no wanted grammar."""
        vote = self.vote(looks)
        return None if vote is None else self.reading(vote)

    def vote(self, looks: Sequence[Look]) -> Vote | None:
        """What is agreed on, spelt as the place of each round shape demands; None when nothing was read."""
        vote = likeliest(looks, self._layout_prior)
        return None if vote is None else self._by_place(vote)

    def reading(self, vote: Vote) -> Reading | None:
        """What a vote means; None when its text obeys no wanted grammar."""
        plate_format = match(vote.text, self._formats, rows=len(vote.rows))
        if plate_format is None:
            return None
        return Reading(
            plate=PlateText(vote.text),
            plate_format=plate_format,
            rows=len(vote.rows),
            confidence=self.witness(vote).confidence(),
            char_confidence=tuple(min(MOST, chance) for row in vote.rows for chance in row.chars),
        )

    def witness(self, vote: Vote) -> Witness:
        """What speaks for and against it."""
        rows = tuple(row.text for row in vote.rows)
        log_chance = sum(row.log_chance for row in vote.rows)
        return hear(rows, log_chance, vote.patches, lambda text: self._prior(text, len(rows)))

    def _prior(self, text: str, rows: int) -> float:
        """ln of how likely a text is before anything is seen: a wanted grammar's is even, no other is thought of."""
        return self._layout_prior(text) if match(text, self._formats, rows=rows) else NEVER

    def _layout_prior(self, text: str) -> float:
        """Where no grammar is asked, the world's layouts are; with grammars all is even, as only they may refuse."""
        return log_prior(text) if self._formats is None or ANY in self._formats else 0.0

    def _by_place(self, vote: Vote) -> Vote:
        """Where one spelling alone of O and 0 obeys a grammar, it is meant, and what was said for the other counts."""
        text = told_by_place(vote.text, self._formats, rows=len(vote.rows))
        return vote if text is None else Vote(tuple(_respelt(vote.rows, text)), vote.patches)

    def _rows(self, luma: Luma, glances: Sequence[Quad], rows: int, weight: float) -> tuple[RowEvidence, ...]:
        crops = zip(*(row_crops(luma, quad, rows) for quad in glances), strict=True)
        return tuple(self.evidence(of_a_row, weight) for of_a_row in crops)

    def evidence(self, crops: Sequence[Luma], weight: float) -> RowEvidence:
        """Run the network on each cut of one row, even in light and size."""
        chances = np.stack([self._chances(crop) for crop in crops])
        said = decode(chances[0])
        texts = tuple(dict.fromkeys([*hypotheses(chances[0]), *(decode(one).text for one in chances[1:])]))
        return RowEvidence(chances, said, float(mean_log_chances([chances], [said.text])[0, 0]), texts, weight)

    def _chances(self, crop: Luma) -> LogChances:
        (logits,) = self._network.run(crop[None, :, :, None])
        steps = logits.values.reshape(-1, logits.values.shape[-1]).astype(np.float32) - logits.zero_point
        return log_softmax(steps * np.float32(logits.scale), self._temperature)


def _respelt(rows: Sequence[RowVote], text: str) -> Iterator[RowVote]:
    for row in rows:
        yield replace(row, text=text[: len(row.text)], log_chance=row.alike_log_chance)
        text = text[len(row.text) :]


def _possible_rows(quad: Quad) -> tuple[int, ...]:
    shape = aspect(quad)
    return (1,) if shape > ONE_ROW_FROM_ASPECT else (2,) if shape < TWO_ROWS_TO_ASPECT else (1, 2)


def _width_px(quad: Quad) -> float:
    return float(np.hypot(*(quad[1] - quad[0])) + np.hypot(*(quad[2] - quad[3]))) / 2
