"""A simulated installer does all of `kirpik calibrate`: `python -m tests.bench.calibration [--scene day_speed]`.

Board pictures, survey, tape, lamps, a video of free traffic and passes with a GNSS logger are the simulator's own,
with an installer's errors in them. Every step is the command, as it would be typed. What comes out is held against the
truth.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.site_file import load_site
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep, ReferenceStep, TimeStep, TrafficStep, Work
from kirpik_provisioning.calibrate.survey import write_survey
from tests.bench.traffic import at_rate
from tests.sim import sitefile
from tests.sim.board import Chessboard, held, picture
from tests.sim.camera import Camera, Lens
from tests.sim.lamp import PULSE_S, pulses, recorded, stripes
from tests.sim.scenes import scene
from tests.sim.score import speed_at
from tests.sim.stage import Scene, Stage
from tests.sim.survey import surveyed, taped
from tests.sim.write import write

BIN = Path(sys.executable).parent
SCENES = ("day_speed", "towards_cm3", "wide_day", "night_speed")
BOARD, BOARDS, POINTS = Chessboard(10, 7, 0.03), 20, 12
FLASH_HZ, AHEAD_S = 700.0, 0.0123
GNSS_KMH, PASSES = 0.1, 10
BEGAN_S = 1_790_000_000
HEIGHT_TAPED_SIGMA_M = 0.02

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity: what was found against the truth, in its unit and in stated standard deviations."""

    step: str
    what: str
    error: float
    sigma: float
    unit: str

    def __str__(self) -> str:
        in_sigmas = f"{abs(self.error) / self.sigma:.1f}" if self.sigma else "–"
        return f"| {self.step} | {self.what} | {self.error:+.4g} {self.unit} | {self.sigma:.2g} | {in_sigmas} |"


@dataclass(slots=True)
class Installer:
    """Knows the truth only to make his instruments lie by as much as they do."""

    folder: Path
    played: Scene
    rng: np.random.Generator

    @property
    def camera(self) -> Camera:
        return self.played.stage.camera

    @property
    def work(self) -> Work:
        return Work(self.folder / "site")

    def calibrate(self, *arguments: object) -> None:
        say(run("kirpik", "calibrate", "--work", self.folder / "site", *arguments).splitlines()[-1])

    def lens(self) -> None:
        boards, lens = self.folder / "boards", lens_of(self.camera)
        boards.mkdir()
        for number in range(BOARDS):
            turn, place = held(self.rng, lens, BOARD, fill=self.rng.uniform(0.45, 0.6))
            cv2.imwrite(str(boards / f"{number:02}.png"), picture(BOARD, lens, turn, place, rng=self.rng))
        self.calibrate("lens", boards, "--board", f"{BOARD.columns}x{BOARD.rows}:{1000 * BOARD.square_m:.0f}")

    def pose(self) -> None:
        survey = self.folder / "survey.csv"
        write_survey(survey, surveyed(self.camera, self.rng, count=POINTS, reach_m=self.played.stage.reach_m[1]))
        height = ("--height", taped(self.camera, self.rng), "--height-sigma", HEIGHT_TAPED_SIGMA_M)
        self.calibrate("pose", survey, *height, "--survey-sigma", 0.02, "--click-sigma", 0.8)

    def time(self) -> None:
        lamp = recorded(self.folder / "lamp", stripes(self.camera.row_time_us, FLASH_HZ))
        self.calibrate("time", lamp, "--flash-hz", FLASH_HZ)
        pulse = recorded(self.folder / "pulse", pulses(self.camera.row_time_us), AHEAD_S)
        self.calibrate("time", pulse, "--lit-ms", 1000 * PULSE_S)

    def traffic(self) -> None:
        write(self.played, self.folder / "road", kind="mp4", crf=16, preset="veryfast", progress=lambda _n, _of: None)
        (self.folder / "draft.toml").write_text(sitefile.text(draft_of(self.played.stage)))
        heights = [vehicle.mount.height_m for vehicle in self.played.vehicles]
        mean = float(np.mean(self.rng.choice(heights, 20))) + self.rng.normal(0, 0.005)
        clip = self.folder / "road/clip.mp4"
        self.calibrate("traffic", clip, "--site", self.folder / "draft.toml", "--taped", round(mean, 3))

    def reference(self) -> None:
        """His own car is in the recording: vehicles that the truth knows stand for its passes."""
        self.calibrate("report", self.folder / "draft.toml", "--by", "a simulated installer")
        everybody = self.folder / "everybody.toml"
        site = (self.folder / "site/site.toml").read_text()
        everybody.write_text(site.replace("limit_kmh = 60", "limit_kmh = 10"))
        clip = self.folder / "road/clip.mp4"
        told = run("kirpikd", "replay", clip, "--site", everybody, "--events", "-")
        events = [line["violation"] for line in map(json.loads, told.splitlines()) if "violation" in line]
        vehicles = {v["plate"]: v for v in json.loads((self.folder / "road/truth.json").read_text())["vehicles"]}
        own = [event for event in events if event["kind"] == "speeding" and event["plate"] in vehicles][:PASSES]
        measured, passes = ["utc,speed_kmh,uncertainty_kmh"], ["name,utc,speed_kmh,sigma_kmh"]
        for number, event in enumerate(own):
            at_ns = event["sensor_timestamp_ns"]
            utc = datetime.fromtimestamp(BEGAN_S + 60 * number, UTC).isoformat().replace("+00:00", "Z")
            logged = speed_at(vehicles[event["plate"]], at_ns) + self.rng.normal(0, GNSS_KMH)
            measured.append(f"{utc},{event['speed_kmh']},{event['uncertainty_kmh']}")
            passes.append(f"pass {number + 1},{utc},{logged:.2f},{GNSS_KMH}")
        for name, rows in (("measured.csv", measured), ("gnss.csv", passes)):
            (self.folder / name).write_text("\n".join(rows) + "\n")
        self.calibrate("reference", self.folder / "gnss.csv", "--measured", self.folder / "measured.csv")

    def report(self) -> None:
        self.calibrate("report", self.folder / "draft.toml", "--by", "a simulated installer", "--language", "ru")


def draft_of(stage: Stage) -> Stage:
    """The same road, before anybody knows where its camera hangs."""
    return replace(stage, camera=Camera.aimed(lens_of(stage.camera), position_m=(0.0, 0.0, 5.0), turn_deg=(0, 10, 0)))


def lens_of(camera: Camera) -> Lens:
    return Lens(
        width=camera.width, height=camera.height, focal_px=camera.fx, row_time_us=camera.row_time_us,
        distortion=camera.distortion,
    )  # fmt: skip


def run(*arguments: object) -> str:
    command = [str(BIN / str(arguments[0])), *map(str, arguments[1:])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def rows(installer: Installer) -> list[Row]:
    work, truth = installer.work, installer.camera
    lens, pose = work.need(LensStep, "lens"), work.need(PoseStep, "pose")
    timed, traffic = work.need(TimeStep, "time"), work.need(TrafficStep, "traffic")
    reference = work.need(ReferenceStep, "reference")
    place, places = (np.array(pose.position_m) - truth.position_m).tolist(), pose.position_sigma_m
    found = [
        Row("lens", "focal length", 100 * (lens.focal_px / truth.fx - 1), lens.focal_uncertainty_percent, "%"),
        *(Row("pose", f"place, {axis}", *off) for axis, *off in zip("xyz", place, places, "mmm", strict=True)),
        *_angles("pose", pose.rotation, pose.angle_sigma_deg, truth),
        Row("time", "row time", (timed.row_time_us or 0) - truth.row_time_us, timed.row_time_sigma_us or 0, "µs"),
        Row("time", "clock", (timed.offset_ms or 0) - 1000 * AHEAD_S, timed.offset_sigma_ms or 0, "ms"),
        *_angles("survey and traffic", traffic.rotation, traffic.angle_sigma_deg, truth),
    ]  # fmt: skip
    heights = [vehicle.mount.height_m for vehicle in installer.played.vehicles]
    found.append(
        Row("traffic", "plates' height", traffic.plate_height_m - float(np.median(heights)),
            traffic.plate_height_sigma_m, "m")
    )  # fmt: skip
    half = (reference.high - reference.low) / 2 / 1.96
    return [*found, Row("reference", "scale", 100 * (reference.scale - 1), 100 * half, "%")]


def _angles(step: str, rotation: Sequence[float], sigma_deg: Sequence[float], truth: Camera) -> list[Row]:
    """About the camera's own axes."""
    left = np.degrees(np.array(rotation).reshape(3, 3) @ truth.rotation.T)
    off: Array = np.array([left[2, 1], left[0, 2], left[1, 0]])
    return [
        Row(step, name, float(angle), sigma, "°")
        for name, angle, sigma in zip(("tilt", "yaw", "roll"), off, sigma_deg, strict=True)
    ]


def summary(name: str, seed: int, installer: Installer, found: Sequence[Row]) -> dict[str, Any]:
    traffic, site = installer.work.need(TrafficStep, "traffic"), load_site(installer.folder / "site/site.toml")
    worst = max(abs(row.error) / row.sigma for row in found if row.sigma)
    return {
        "scene": name, "seed": seed, "plates": traffic.tracks, "quantities": len(found),
        "worst_sigmas": round(worst, 2), "site": site.header.id,
        **{f"{row.step} {row.what}": [round(row.error, 5), row.sigma, row.unit] for row in found},
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.calibration", description=__doc__,
        epilog="example: python -m tests.bench.calibration --scene towards_cm3 --seed 5",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--scene", choices=SCENES, default="day_speed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=110.0, help="of free traffic")
    parser.add_argument("--fps", type=int, help="of the camera; each scene has its own, 25 or 30")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave recordings and results in a new folder")
    options = parser.parse_args(arguments)
    played = at_rate(scene(options.scene, seed=options.seed, seconds=options.seconds), options.fps)
    with tempfile.TemporaryDirectory() as folder:
        installer = Installer(options.keep or Path(folder), played, np.random.default_rng([options.seed, 3]))
        installer.folder.mkdir(parents=True, exist_ok=options.keep is None)
        for step in ("lens", "pose", "time", "traffic", "reference", "report"):
            getattr(installer, step)()
        found = rows(installer)
        print("| step | quantity | off by | stated σ | in σ |\n|---|---|---|---|---|")
        print("\n".join(map(str, found)))
        print(json.dumps(summary(options.scene, options.seed, installer, found)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
