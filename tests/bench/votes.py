"""How often an accepted plate is wrong, on plates no training made: `python -m tests.bench.votes --vehicles 10000`.

Vehicles pass the simulator's cameras one by one (`passing.py`), and the unit's own reader takes a vote over the patches
of each, with the grammars of the site: over all, over each half and over each third of them. Truth alone says what
is readable: nothing hides it, and in three of its frames the characters are 12 pixels high.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import Models, find_models, load_models
from kirpik.vision.corners import CornerFinder
from kirpik.vision.read import Reader
from tests.bench.passing import Passed, passing
from tests.bench.votes_told import Vote, draw, summary, table
from tests.sim.streets import FORMATS

PARTS = (1, 2, 3)
"""All patches, each half, each third: patches of one part lie evenly over the vehicle's way."""


def main() -> int:
    options = _arguments()
    cv2.setNumThreads(1)
    models = load_models(find_models(options.models), TfliteNetwork)
    accept = models.manifest.networks["reader"].settings["accept"]
    votes = list(vote_all(models, options.seed, options.vehicles, readable_only=options.readable_only))
    for part, told in zip(PARTS, ("all patches", "each half of them", "each third of them"), strict=True):
        print(f"{told}\n{table([vote for vote in votes if vote.part == part], accept)}\n")
    wrong = [vote for vote in votes if vote.wrong(accept)]
    for vote in wrong:
        print(f"wrong: {vote.plate.text} ({vote.plate.plate_format}) read as {vote.said}, {vote.confidence:.4f}")
    if options.gallery is not None and wrong:
        draw(wrong, options.gallery)
    print(json.dumps(summary([vote for vote in votes if vote.readable], accept)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.votes",
        description=__doc__,
        epilog="example: python -m tests.bench.votes --vehicles 2000 --gallery wrong.jpg",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--vehicles", type=int, default=1000, help="that pass")
    parser.add_argument("--readable-only", action="store_true", help="count and render those alone; half the time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", type=Path, metavar="DIR", help="folder of the networks, instead of the one found")
    parser.add_argument("--gallery", type=Path, metavar="FILE.jpg", help="draw the accepted ones that are wrong")
    return parser.parse_args()


def vote_all(models: Models, seed: int, count: int, *, readable_only: bool = False) -> Iterator[Vote]:
    """The first `count` vehicles of that seed. Of most votes the patches are forgotten at once."""
    settings = models.manifest.networks["reader"].settings
    reader = Reader(models.reader, temperature=settings["temperature"], accept=0.0, formats=FORMATS)
    vehicles = passing(seed, CornerFinder(models.corners), readable_only=readable_only)
    for number, passed in enumerate(islice(vehicles, count), 1):
        for vote in votes_of(reader, passed, number):
            yield vote if vote.wrong(settings["accept"]) else vote.forgetting()
        if number % 100 == 0 or number == count:
            print(f"\r{number} of {count}", end="", file=sys.stderr, flush=True)


def votes_of(reader: Reader, passed: Passed, number: int) -> Iterator[Vote]:
    """Of one vehicle."""
    for part in PARTS:
        for some in filter(None, (passed.patches[at::part] for at in range(part))):
            reading = reader.judge(reader.looks(some))
            said, confidence = ("", 0.0) if reading is None else (reading.plate.reveal(), reading.confidence)
            yield Vote(number, passed.plate, passed.night, passed.readable, part, said, confidence, passed.patches)


if __name__ == "__main__":
    sys.exit(main())
