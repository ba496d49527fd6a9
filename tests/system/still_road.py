"""A unit whose camera shows one second of an empty road, with the real eye and link as processes under supervision."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from kirpik.wire.result import Result, verify_result
from kirpik_provisioning.demo_road import __file__ as demo_road
from tests.system.desktop import Desktop
from tests.system.ground import Fleet, wait_until
from tests.system.supervised import Supervised

SITE = Path(demo_road).with_name("site.toml")
FRAMES = 24
PERIOD_NS = 50_000_000


def empty_road(folder: Path) -> Path:
    folder.mkdir()
    Image.fromarray(np.full((1088, 1456), 90, np.uint8)).save(folder / "road.jpg")
    rows = [f"road.jpg,{PERIOD_NS * (number + 1)},500," for number in range(FRAMES)]
    (folder / "frames.csv").write_text("\n".join(["file,sensor_timestamp_ns,exposure_us,utc_ns", *rows]) + "\n")
    return folder


class StillRoad:
    def __init__(self, fleet: Fleet, home: Path, *, limit_kbit_s: int = 0) -> None:
        self.fleet, self.desk = fleet, Desktop(fleet.things.desk)
        self.unit = fleet.things.add_unit("one")
        self.recording = empty_road(home / "recording")
        self.card = self.unit.write_config(fleet.things, site=SITE, source=f"replay:{self.recording}")
        self.card.write_text(self.card.read_text() + f"limit_kbit_s = {limit_kbit_s}\n")
        kirpikd = str(Path(sys.executable).parent / "kirpikd")
        self.link = Supervised("kirpik-link.service", [kirpikd, "link", "--config", str(self.card)], home / "link.log")
        self.eye = Supervised(
            "kirpik-eye.service", [sys.executable, "-m", "tests.system.hasty_eye", str(self.card)], home / "eye.log"
        )

    def start(self) -> None:
        self.link.start()
        self.eye.start()
        wait_until(lambda: "broker=connected" in self.link.said(), what="the unit is on the line", timeout_s=60.0)
        wait_until(lambda: self.eye.ready, what="the eye sees", timeout_s=60.0)

    def end(self) -> None:
        for each in (self.eye, self.link):
            each.end()

    def answers(self) -> list[Result]:
        """The unit's own, oldest first."""
        files = sorted((self.unit.state / "results").glob("*.result"))
        return [verify_result(file.read_bytes(), self.unit.identity.public) for file in files]

    def outcomes(self) -> list[str]:
        return [answer.outcome for answer in self.answers()]
