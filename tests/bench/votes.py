"""How often an accepted plate is wrong, on plates no training made: `python -m tests.bench.votes --vehicles 10000`.

Vehicles pass the simulator's cameras one by one (`passing.py`), and the unit's own reader takes a vote over the patches
of each, with the grammars of the site: over all, over each half and over each third of them. Truth alone says what
is readable: nothing hides it, and in three of its frames the characters are 12 pixels high.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import Models, find_models, load_models
from kirpik.vision.corners import CornerFinder
from kirpik.vision.patch import Patch
from kirpik.vision.read import Reader
from tests.bench.passing import Passed, passing
from tests.sim.streets import FORMATS

PARTS = (1, 2, 3)
"""All patches, each half, each third: patches of one part lie evenly over the vehicle's way."""
SHOWN, WIDE, HIGH, LINE = 5, 190, 50, 72
"""Patches of a wrong vote, their largest size, and the height of its line, in pixels."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What was read of one vehicle, against what stands on its plate."""

    passed: Passed
    part: int
    """One of `PARTS`."""
    said: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.said == self.passed.plate.text


def main() -> int:
    options = _arguments()
    cv2.setNumThreads(1)
    models = load_models(find_models(options.models), TfliteNetwork)
    accept = models.manifest.networks["reader"].settings["accept"]
    votes = list(vote_all(models, options.seed, options.vehicles))
    for part, told in zip(PARTS, ("all patches", "each half of them", "each third of them"), strict=True):
        print(f"{told}\n{table([vote for vote in votes if vote.part == part], accept)}\n")
    wrong = [vote for vote in votes if vote.confidence >= accept and not vote.right]
    for vote in wrong:
        plate = vote.passed.plate
        print(f"wrong: {plate.text} ({plate.plate_format}) read as {vote.said}, {vote.confidence:.4f}")
    if options.gallery is not None and wrong:
        draw(wrong, options.gallery)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.votes",
        description=__doc__,
        epilog="example: python -m tests.bench.votes --vehicles 2000 --gallery wrong.jpg",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--vehicles", type=int, default=1000, help="that pass, readable or not")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", type=Path, metavar="DIR", help="folder of the networks, instead of the one found")
    parser.add_argument("--gallery", type=Path, metavar="FILE.jpg", help="draw the accepted ones that are wrong")
    return parser.parse_args()


def vote_all(models: Models, seed: int, count: int) -> Iterator[Vote]:
    """The first `count` vehicles of that seed."""
    settings = models.manifest.networks["reader"].settings
    reader = Reader(models.reader, temperature=settings["temperature"], accept=0.0, formats=FORMATS)
    vehicles = islice(passing(seed, CornerFinder(models.corners)), count)
    for number, passed in enumerate(vehicles, 1):
        yield from votes_of(reader, passed)
        if number % 100 == 0 or number == count:
            print(f"\r{number} of {count}", end="", file=sys.stderr, flush=True)


def votes_of(reader: Reader, passed: Passed) -> Iterator[Vote]:
    """Of one vehicle, whose patches are looked at once."""
    looks = [reader.look(patch.luma, patch.quad) for patch in passed.patches]
    for part in PARTS:
        for some in filter(None, (looks[at::part] for at in range(part))):
            reading = reader.judge(some)
            said, confidence = ("", 0.0) if reading is None else (reading.plate.reveal(), reading.confidence)
            yield Vote(passed, part, said, confidence)


def table(votes: Sequence[Vote], accept: float) -> str:
    """Readable plates in all, by day and night and by kind; then those that nobody could read."""
    readable = [vote for vote in votes if vote.passed.readable]
    groups = {"readable": readable}
    groups |= {
        name: [v for v in readable if v.passed.night == night] for name, night in (("day", False), ("night", True))
    }
    for kind in sorted({_kind(vote) for vote in readable}):
        groups[kind] = [vote for vote in readable if _kind(vote) == kind]
    groups["not readable"] = [vote for vote in votes if not vote.passed.readable]
    lines = [f"{'plates':<24}{'votes':>7}{'right':>9}{f'from {accept}':>11}{'wrong':>7}"]
    for name, some in groups.items():
        taken = [vote for vote in some if vote.confidence >= accept]
        whole = max(len(some), 1)
        lines.append(
            f"{name:<24}{len(some):>7}{sum(vote.right for vote in some) / whole:>9.2%}{len(taken) / whole:>11.2%}"
            f"{sum(not vote.right for vote in taken):>7}"
        )
    return "\n".join(lines)


def draw(votes: Sequence[Vote], path: Path) -> None:
    """The clearest patches of each vote, to be looked at."""
    sheet = Image.new("L", (SHOWN * (WIDE + 8) + 8, len(votes) * LINE + 8), 255)
    pen = ImageDraw.Draw(sheet)
    for number, vote in enumerate(votes):
        told = f"{vote.passed.plate.text} read as {vote.said or 'nothing'}, {vote.confidence:.3f}"
        pen.text((8, number * LINE + 4), told, fill=0)
        for column, patch in enumerate(sorted(vote.passed.patches, key=lambda one: -one.clarity)[:SHOWN]):
            sheet.paste(_shown(patch), (8 + column * (WIDE + 8), number * LINE + 18))
    sheet.save(path, quality=88)


def _shown(patch: Patch) -> Image.Image:
    scale = min(HIGH / patch.luma.shape[0], WIDE / patch.luma.shape[1])
    size = (max(1, round(patch.luma.shape[1] * scale)), max(1, round(patch.luma.shape[0] * scale)))
    return Image.fromarray(np.asarray(patch.luma)).resize(size, Image.Resampling.BICUBIC)


def _kind(vote: Vote) -> str:
    plate = vote.passed.plate
    return plate.plate_format + (", two rows" if plate.rows == 2 else "")


if __name__ == "__main__":
    sys.exit(main())
