"""A violation on the unit's whole way, from the camera's buffers to a sealed packet: `python -m tests.pi.scene`.

libcamera's virtual camera shows the demo's first vehicle, which speeds; `kirpikd eye` looks through the real picamera2,
and the packet is opened here with the central's key. The last line is a JSON object.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from PIL import Image

from kirpik.wire.opening import open_any
from kirpik.wire.packet import KIND_PACKET
from kirpik.wire.record import Record, decode_payload
from kirpik.wire.suite import key_id
from kirpik_provisioning.demo import bundled_road
from kirpik_provisioning.provision import ThrowAwayFleet, UnitFolder, new_fleet
from tests.pi.payload import ROOT, unit_packages
from tests.pi.root import NoRootError, find_root
from tests.pi.world import add_camera, bind, chroot, enter, overlay, show

INSIDE = Path(__file__).parent / "inside"
SECONDS, STEP = 3.2, 2
"""Of the clip, and every which picture of it: so many a second are shown as a busy machine can look at."""


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        root, packages = find_root(), unit_packages()
    except NoRootError as error:
        sys.exit(f"tests.pi.scene: {error}")
    enter()
    with tempfile.TemporaryDirectory(prefix="kirpik-scene-") as folder, overlay(root) as merged:
        add_camera(merged)
        fps, count = draw_scene(merged / "opt/pictures")
        fleet = new_fleet(Path(folder) / "fleet", port=1)
        unit = lay_unit(fleet, merged / "opt/unit", fps=fps)
        bind(packages, merged / "opt/kirpik")
        bind(ROOT / "daemon", merged / "opt/code")
        bind(INSIDE, merged / "opt/inside")
        done = chroot(
            merged, "/usr/bin/python3", "-B", "/opt/inside/scene_trial.py",
            env={"LIBCAMERA_LOG_LEVELS": "*:FATAL", "VIRTUAL_CAMERA_FPS": str(fps), "OMP_NUM_THREADS": "1",
                 "VIRTUAL_CAMERA_SCENE": str(count)},
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"tests.pi.scene: {done.stderr[-2000:]}")
        told = json.loads(done.stdout.splitlines()[-1])
        told["violations"] = list(violations(fleet, unit, merged / "opt/unit/state/outbox"))
    show(told)


def draw_scene(folder: Path) -> tuple[float, int]:
    """The clip's pictures as the camera will show them. How many a second, and how many."""
    with av.open(str(bundled_road().source)) as clip:
        stream = clip.streams.video[0]
        assert stream.average_rate is not None
        fps = float(stream.average_rate)
        shown = 0
        for number, picture in enumerate(clip.decode(stream)):
            if number >= SECONDS * fps:
                break
            if number % STEP == 0:
                Image.fromarray(picture.to_ndarray(format="rgb24")).save(folder / f"{shown}.jpg", quality=97)
                shown += 1
    return fps / STEP, shown


def lay_unit(fleet: ThrowAwayFleet, home: Path, *, fps: float) -> UnitFolder:
    """As a provisioned unit lies on its card, for one user."""
    unit = fleet.add_unit()
    text = unit.write_config(fleet, site=Path("site.toml"), source="pi").read_text()
    unit.config.write_text(text.replace("[camera]", f"[camera]\nexposure_us = 1000\nfps = {fps}"))
    shutil.copy(bundled_road().site, unit.folder)
    shutil.copytree(unit.folder, home)
    return unit


def violations(fleet: ThrowAwayFleet, unit: UnitFolder, outbox: Path) -> Iterator[dict[str, Any]]:
    """Of the packets that wait, as the central would read them."""
    public, keys = unit.identity.public, {key_id(fleet.seal.public): fleet.seal}
    for path in sorted(outbox.glob("*.kpk")):
        opened, _ = open_any(path.read_bytes(), lambda _header: [public], keys)
        if opened.header.kind != KIND_PACKET:
            continue
        told = decode_payload(opened.payload)
        if isinstance(told, Record):
            yield {"kind": told.kind, "plate": told.plate.reveal(), "charged_m_per_h": told.charged_m_per_h}


if __name__ == "__main__":
    main()
