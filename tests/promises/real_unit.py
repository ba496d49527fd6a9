"""`kirpikd eye` as a process on the demo's road: as it is, or with a patch that makes it leak."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kirpik_provisioning.demo import bundled_road
from kirpik_provisioning.provision import UnitFolder, new_fleet
from tests.promises.days import snapshot
from tests.system.ground import PATHS

FROZEN = "import time; time.time = lambda: 1.795e9; time.time_ns = lambda: 1_795_000_000_000_000_000\n"
MAIN = "import sys\nfrom kirpik.cli import main\nsys.exit(main(sys.argv[1:]))"
PATIENCE_S = 280.0


@dataclass(frozen=True, slots=True)
class Ran:
    counts: dict[str, int]
    said: str
    """Standard error; on a unit, the journal."""
    files: dict[str, tuple[int, bytes]]


class RealUnit:
    """A provisioned unit in a folder of its own; each copy is the same unit again."""

    def __init__(self, folder: Path, unit: UnitFolder | None = None) -> None:
        self.folder = folder
        if unit is None:
            self.fleet = new_fleet(folder / "fleet", port=1)
            self.unit = self.fleet.add_unit()

    @property
    def state(self) -> Path:
        return self.folder / "fleet" / "unit" / "state"

    def copy(self, name: str) -> "RealUnit":
        other = RealUnit(self.folder.parent / name, self.unit)
        shutil.copytree(self.folder, other.folder)
        other.fleet, other.unit = self.fleet, UnitFolder(other.folder / "fleet" / "unit", self.unit.identity)
        return other

    def command(
        self, source: Path | None, site: Path | None, *, patch: str = "", frozen_clock: bool = False
    ) -> list[str]:
        """None is the demo's own road."""
        road = bundled_road()
        self.unit.write_config(
            self.fleet, site=site or road.site, source=f"replay:{source or road.source}", pace="fast"
        )
        program = (FROZEN if frozen_clock else "") + patch + "\n" + MAIN
        return [sys.executable, "-c", program, "eye", "--config", str(self.unit.config), "--progress"]

    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        keep = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "OMP_NUM_THREADS"}}
        places = {"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home)}
        return keep | places | {"PYTHONPATH": PATHS, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(
        self, source: Path | None, site: Path | None, *, patch: str = "", frozen_clock: bool = False,
        around: Sequence[str] = (), frames: int | None = None,
    ) -> Ran:  # fmt: skip
        """Until the recording is over, or so many of its frames are through; then it is asked to end."""
        command = [*around, *self.command(source, site, patch=patch, frozen_clock=frozen_clock)]
        process = subprocess.Popen(
            command, cwd=self.unit.folder, env=self.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        counts: dict[str, int] = {}
        assert process.stdout is not None
        for line in process.stdout:
            counts = json.loads(line)["progress"]
            if counts["over"] or (frames is not None and counts["frames"] >= frames):
                break
        _end(process)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, f"the eye ended with {process.returncode}: {said[-300:]}"
        return Ran(counts, said, snapshot(self.folder))


def _end(process: subprocess.Popen[str]) -> None:
    """A tracer passes no signal on: its child is asked."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in children or [str(process.pid)]:
        os.kill(int(pid), signal.SIGTERM)


def innocent_site(folder: Path) -> Path:
    """The demo's road with a limit that nobody breaks, and no signal."""
    text = bundled_road().site.read_text()
    text = re.sub(r"\[\[signal\]\].*?(?=\n\[\[|\Z)", "", text, flags=re.DOTALL)
    blocks = re.split(r"(?=\[\[rule\]\])", text)
    kept = [block for block in blocks if "[[rule]]" not in block or 'kind = "speeding"' in block]
    path = folder / "innocent.toml"
    path.write_text(re.sub(r"limit_kmh = \d+", "limit_kmh = 200", "".join(kept)))
    return path


def stills(folder: Path, *, count: int = 600) -> Path:
    """A folder with a road on which nothing moves and nothing is a plate."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(1).normal(90, 3, (1088, 1456)).clip(0, 255).astype(np.uint8)
    Image.fromarray(noise).save(folder / "road.png")
    rows = "".join(f"road.png,{number * 33_333_333},1000,\n" for number in range(count))
    (folder / "frames.csv").write_text("file,sensor_timestamp_ns,exposure_us,utc_ns\n" + rows)
    return folder
