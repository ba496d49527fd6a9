"""The whole way on one machine: a recording goes in at the eye, opened violations come out at the central.

Broker, intake, link and eye run as separate processes, with keys made for this one run. Nothing here can see a frame or
open a packet: the eye's counts and the central's cases are all it has.
"""

import json
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kirpik.errors import ConfigError, InputError, StoreError
from kirpik_central.page import render
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.children import Child, ChildError
from kirpik_provisioning.demo_desk import open_desk
from kirpik_provisioning.demo_evidence import confirm_all, write_evidence
from kirpik_provisioning.demo_stage import BIN, Stage, new_fleet_on_air
from kirpik_provisioning.demo_story import Missed, Story, compare
from kirpik_provisioning.demo_table import Screen
from kirpik_provisioning.provision import ThrowAwayFleet

PERIOD_S = 0.1
PATIENCE_S = 90.0
"""Nothing at all was heard for so long: something hangs."""
DISK_MIB = 64
ROAD = Path(__file__).parent / "demo_road"


@dataclass(frozen=True, slots=True)
class Recording:
    """What the eye is shown. `truth` is known of the bundled road alone."""

    source: Path
    site: Path
    truth: Mapping[str, Any] | None = None

    @property
    def start_ns(self) -> int:
        """The sensor's clock at the first frame: a video counts from 0, a folder's first row says it."""
        table = self.source / "frames.csv"
        if not table.is_file():
            return 0
        with table.open(encoding="utf-8", errors="replace") as rows:
            stamp = (rows.readline(), *rows.readline().split(","), "")[2]
        return int(stamp) if stamp.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Outcome:
    story: Story
    finished: bool
    """False when it was stopped before all had come out."""
    waiting: int
    """Packets without a receipt, whole and sealed in the outbox."""
    missed: Missed | None
    folder: Path
    outbox: Path
    page: Path
    evidence: Sequence[Path] = ()
    """A file for each case."""

    @property
    def good(self) -> bool:
        delivered = self.finished and self.story.count("receipts") == self.story.count("packets")
        return delivered and (self.missed is None or self.missed.none)


def bundled_road() -> Recording:
    truth = ROAD / "truth.json"
    if not truth.is_file():
        raise InputError(f"{truth}: the demo's road is missing from this installation")
    return Recording(ROAD / "clip.mp4", ROAD / "site.toml", json.loads(truth.read_text()))


class Demo:
    """One run in a folder of its own. `run` returns when all is through or `stop` is set, `close` leaves no process."""

    def __init__(self, recording: Recording, screen: Screen, *, stop: threading.Event) -> None:
        _check_ground()
        self._recording = recording
        self._screen = screen
        self._stop = stop
        self._story = Story(start_ns=recording.start_ns)
        self.folder = Path(tempfile.mkdtemp(prefix="kirpik-demo-"))
        self._fleet = self.folder / "fleet"
        self.outbox = self._fleet / "unit" / "state" / "outbox"
        self._stage = Stage(self.folder)
        self._central: ThrowAwayFleet | None = None

    def run(self, *, pace: str, decide: bool = True) -> Outcome:
        """With `decide`, each case is confirmed, so that there is evidence to show.

        Raises KirpikError with a child's own sentence when one fails.
        """
        eye, cases = self._start(pace=pace)
        finished = self._watch(eye, cases)
        if not finished:
            self._stage.stop()
            self._listen(eye, cases)
        page = self._write_page()
        truth = self._recording.truth
        missed = None if truth is None or not finished else compare(self._story.cases, truth)
        evidence = self._confirm() if finished and decide else []
        return Outcome(self._story, finished, self.waiting(), missed, self.folder, self.outbox, page, evidence)

    def open_desk(self) -> str:
        """Where somebody can decide on what was opened, as long as this runs. Raises KirpikError."""
        if self._central is None:
            raise ConfigError("the demo has not run yet")
        return open_desk(self._stage, self._central, sorted({case["plate"] for case in self._story.cases}))

    def hand_on(self) -> list[Path]:
        """Evidence files of what has been confirmed by now."""
        return write_evidence(self._fleet / "central" / "central.toml", self.folder / "evidence")

    def waiting(self) -> int:
        return sum(path.is_file() for path in self.outbox.glob("*.kpk")) if self.outbox.is_dir() else 0

    def close(self, *, keep: bool) -> None:
        """End the processes. Without `keep` only the page and the evidence stay, and what has no receipt yet."""
        self._stage.stop()
        self._screen.close()
        if not keep and not self.waiting():
            shutil.rmtree(self._fleet, ignore_errors=True)
            for log in self.folder.glob("*.log"):
                log.unlink()
            if not any(self.folder.iterdir()):
                self.folder.rmdir()

    def _start(self, *, pace: str) -> tuple[Child, Child]:
        self._show("making keys, key documents and certificates")
        fleet = self._central = new_fleet_on_air(self._stage, self._fleet)
        unit = fleet.add_unit()
        source = f"replay:{self._recording.source.resolve()}"
        config = unit.write_config(fleet, site=self._recording.site.resolve(), source=source, pace=pace)
        self._show("starting central, link and eye")
        central, settings = BIN / "kirpik-central", fleet.central_config
        self._stage.finish("migrate", [central, "migrate", "--config", settings])
        self._stage.start("intake", [central, "intake", "--config", settings])
        cases = self._stage.start("cases", [central, "cases", "--config", settings, "--follow"])
        self._stage.start("link", [BIN / "kirpikd", "link", "--config", config])
        return self._stage.start("eye", [BIN / "kirpikd", "eye", "--config", config, "--once", "--progress"]), cases

    def _watch(self, eye: Child, cases: Child) -> bool:
        """Listen until all is through (True) or `stop` is set (False)."""
        heard_at = time.monotonic()
        while not self._stop.wait(PERIOD_S):
            code = eye.exit_code()
            heard = self._listen(eye, cases)
            self._show("the eye is through" if code == 0 else "the eye watches the road")
            if code:
                raise ChildError(eye.last_words())
            if code == 0 and self._story.complete():
                return True
            self._stage.check(except_for=eye)
            heard_at = time.monotonic() if heard else heard_at
            if time.monotonic() - heard_at > PATIENCE_S:
                raise ChildError(
                    f"nothing was heard for {PATIENCE_S:g} s; {self.waiting()} packets wait in {self.outbox}"
                )
        return False

    def _write_page(self) -> Path:
        page = self.folder / "violations.html"
        try:
            page.write_text(render(self._story.cases), encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{page}: cannot write: {error.strerror}") from error
        return page

    def _confirm(self) -> list[Path]:
        if not self._story.cases:
            return []
        self._show("writing evidence files")
        confirm_all(self._fleet / "central" / "central.toml")
        return self.hand_on()

    def _listen(self, eye: Child, cases: Child) -> bool:
        """Whether there was anything new."""
        heard_eye = self._story.hear_eye(eye.taken_lines())
        return self._story.hear_central(cases.taken_lines()) or heard_eye

    def _show(self, note: str) -> None:
        self._screen.show(self._story.sight(note))


def _check_ground() -> None:
    if mosquitto.find_program() is None:
        raise ConfigError("mosquitto is not installed; on Debian and Raspberry Pi OS: sudo apt-get install mosquitto")
    free_mib = shutil.disk_usage(tempfile.gettempdir()).free >> 20
    if free_mib < DISK_MIB:
        raise StoreError(f"{tempfile.gettempdir()}: {free_mib} MiB free, expected at least {DISK_MIB} MiB")
