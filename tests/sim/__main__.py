"""`python -m tests.sim OUT --scene NAME --seed N`: writes a scene for `kirpikd replay`, with the truth beside it."""

import argparse
import sys
import time
from pathlib import Path

import cv2

from tests.sim.scenes import SCENES, scene
from tests.sim.write import write


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sim",
        description=__doc__,
        epilog="example: python -m tests.sim /tmp/road --scene demo --seed 1",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write")
    parser.add_argument("--scene", choices=sorted(SCENES), default="demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="length; each scene has its own usual one")
    parser.add_argument("--format", choices=["png", "jpg", "mp4"], default="mp4")
    parser.add_argument("--crf", type=int, default=20, help="quality of the video, lower is better")
    parser.add_argument("--preset", default="veryfast", help="x264's effort for the video")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    cv2.setNumThreads(1)
    began = time.monotonic()

    def tell(done: int, total: int) -> None:
        if done % 25 == 0 or done == total:
            rate = done / (time.monotonic() - began)
            print(f"\r{done}/{total} frames, {rate:.1f}/s", end="", file=sys.stderr, flush=True)

    built = scene(arguments.scene, seed=arguments.seed, seconds=arguments.seconds)
    write(built, arguments.out, kind=arguments.format, crf=arguments.crf, preset=arguments.preset, progress=tell)
    print(f"\n{arguments.out}: {built.frame_count} frames, {len(built.vehicles)} vehicles", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
