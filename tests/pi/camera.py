"""The camera's whole path on the real picamera2 and libcamera, with a virtual camera: `python -m tests.pi.camera`.

`--frames N` passes N frames (10,000 is the promise, five minutes); without it 600. The last line is a JSON object.
"""

import argparse
import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw

from tests.pi.payload import ROOT, unit_packages
from tests.pi.root import NoRootError, find_root
from tests.pi.world import add_camera, bind, chroot, enter, overlay, show

INSIDE = Path(__file__).parent / "inside"
PICTURES = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--trouble", action="store_true", help="try what can go wrong instead")
    options = parser.parse_args()
    try:
        root, packages = find_root(), unit_packages()
    except NoRootError as error:
        sys.exit(f"tests.pi.camera: {error}")
    enter()
    with overlay(root) as merged:
        add_camera(merged)
        draw_pictures(merged / "opt/pictures")
        bind(packages, merged / "opt/kirpik")
        bind(ROOT / "daemon", merged / "opt/code")
        bind(INSIDE, merged / "opt/inside")
        what = "trouble" if options.trouble else "flow"
        done = chroot(
            merged, "/usr/bin/python3", "-B", "/opt/inside/camera_trial.py", what, str(options.frames),
            env={"LIBCAMERA_LOG_LEVELS": "*:FATAL", "VIRTUAL_CAMERA_FPS": "0", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    if done.returncode:
        sys.exit(f"tests.pi.camera: {done.stderr[-2000:]}")
    show(json.loads(done.stdout.splitlines()[-1]))


def draw_pictures(folder: Path) -> None:
    """Each another, so that frames can be told apart."""
    for number in range(PICTURES):
        picture = Image.new("RGB", (1456, 1088), (60 + 4 * number,) * 3)
        ImageDraw.Draw(picture).rectangle((40 * number, 500, 40 * number + 300, 640), fill=(200, 200, 200))
        picture.save(folder / f"{number}.jpg", quality=90)


if __name__ == "__main__":
    main()
