"""The unit's programs on imitated ARM, beside the same on this machine: `python -m tests.arm.programs [--python 3.13]`.

The wheels that are pinned for the board run in QEMU's user mode with Debian's own Python; nothing is installed.
Compared: every byte that the networks return, and the violation in a recording. The link then delivers a packet to a
real broker and central. Minutes, most of them the recording; `--no-replay` leaves that out. Prints one JSON line.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kirpik.store.outbox import OutboxView
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.provision import new_fleet
from tests.arm.cache import PYTHONS, find_python, find_qemu, make_payload, qemu_environment
from tests.arm.road import SITE, short_clip
from tests.pi.root import NoRootError
from tests.system.ground import Daemon, free_port, listens, wait_until

NETWORKS = """\
import hashlib, json, sys
from pathlib import Path
import numpy as np
from kirpik.adapters.engine import TfliteNetwork
told = {}
for name in ("detector", "corners", "reader"):
    network = TfliteNetwork(Path(sys.argv[1]) / f"{name}.tflite", kind="litert", threads=1)
    height, width = network.input_size
    total = hashlib.sha256()
    for shift in range(3):
        luma = ((np.arange(height * width) * 7919 + 31 * shift) % 251).astype(np.uint8).reshape(1, height, width, 1)
        for out in network.run(luma):
            total.update(out.values.tobytes())
    told[name] = total.hexdigest()
print(json.dumps(told))
"""


class Board:
    """Runs the payload's Python through QEMU."""

    def __init__(self, folder: Path, version: str) -> None:
        self.version, self.home = version, make_payload(folder / "opt", version)
        qemu, system = find_qemu(), find_python(version)
        self.python = [str(qemu / "usr/bin/qemu-aarch64"), "-L", str(system), str(system / f"usr/bin/python{version}")]
        self.environment = qemu_environment(qemu)

    def kirpikd(self, *words: str) -> list[str]:
        return [*self.python, "-IB", str(self.home / "bin/kirpikd"), *words]

    def run(self, command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self.environment)
        assert done.returncode == 0, done.stderr[-800:]
        return done.stdout

    def networks(self) -> dict[str, str]:
        packages = self.home / "lib" / f"python{self.version}" / "site-packages"
        code = f"import sys; sys.path.insert(0, {str(packages)!r})\n{NETWORKS}"
        told: dict[str, str] = json.loads(self.run([*self.python, "-IB", "-c", code, str(self.models)]))
        return told

    @property
    def models(self) -> Path:
        return self.home / "share/kirpik/models"


def here(board: Board) -> dict[str, str]:
    words = [sys.executable, "-c", NETWORKS, str(board.models)]
    told: dict[str, str] = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return told


def replays(board: Board, folder: Path) -> dict[str, Any]:
    """The one violation as both tell of it."""
    clip = short_clip(folder / "clip.mp4")
    words = ["replay", str(clip), "--site", str(SITE), "--events", "-"]
    began_s = time.monotonic()
    there = board.run(board.kirpikd(*words)).splitlines()[0]
    took_s = time.monotonic() - began_s
    ours = subprocess.run([_kirpikd(), *words], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    told: dict[str, Any] = json.loads(there)["violation"]
    return {"same_violation": there == ours, "plate": told["plate"], "replay_s": round(took_s)}


def delivers(board: Board, folder: Path) -> int:
    """Packets that this machine's eye sealed and the board's link brought to the central."""
    fleet = new_fleet(folder / "fleet", port=free_port(), run_as="root")
    unit = fleet.add_unit()
    clip = short_clip(folder / "road.mp4")
    unit.write_config(fleet, site=SITE, source=f"replay:{clip}", pace="fast")
    central = [str(Path(sys.executable).parent / "kirpik-central")]
    config = ["--config", str(fleet.central_config)]
    subprocess.run([*central, "migrate", *config], check=True, capture_output=True)
    eye = Daemon([_kirpikd(), "eye", "--config", str(unit.config), "--once"], folder / "eye.log")
    broker = Daemon(mosquitto.command(fleet.broker_settings), folder / "broker.log")
    intake = Daemon([*central, "intake", *config], folder / "intake.log")
    link = Daemon(board.kirpikd("link", "--config", str(unit.config)), folder / "link.log")
    try:
        for daemon in (broker, intake, eye):
            daemon.start()
        wait_until(lambda: listens(fleet.port), what="the broker listens")
        outbox = unit.state / "outbox"
        wait_until(lambda: OutboxView(outbox).waiting(), what="a packet is sealed", timeout_s=300)
        link.start()
        assert eye.process is not None
        return 1 if eye.process.wait(600) == 0 else 0  # it ends when everything has its receipt
    finally:
        for daemon in (link, eye, intake, broker):
            daemon.kill()


def _kirpikd() -> str:
    return str(Path(sys.executable).parent / "kirpikd")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", choices=sorted(PYTHONS), default="3.13")
    parser.add_argument("--no-replay", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-arm-") as scratch:
        folder = Path(scratch)
        try:
            board = Board(folder, options.python)
        except NoRootError as error:
            sys.exit(f"tests.arm.programs: {error}")
        ours, there = here(board), board.networks()
        for name, digest in ours.items():
            same = "same" if digest == there[name] else "DIFFERS"
            print(f"{name:10} x86-64 {digest[:16]}  aarch64 {there[name][:16]}  {same}")
        told: dict[str, Any] = {"python": options.python, "networks_same": ours == there}
        if not options.no_replay:
            told |= replays(board, folder)
        told["delivered"] = delivers(board, folder)
        print(json.dumps(told))
        sys.exit(0 if told["networks_same"] and told["delivered"] and told.get("same_violation", True) else 1)


if __name__ == "__main__":
    main()
