"""Writes a scene as replay input: a folder of pictures with frames.csv, or one video with the signals beside it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np

from tests.sim import road, sitefile, truth
from tests.sim.camera import Camera
from tests.sim.render import Renderer
from tests.sim.sensor import Luma, Sensor
from tests.sim.stage import Scene
from tests.sim.telling import Clock
from tests.sim.veil import Veil
from tests.sim.view import moment

Format = Literal["png", "jpg", "mp4"]
Progress = Callable[[int, int], None]

FOLDER_BASE_NS = 86_400_000_000_000
"""A sensor clock that has run for a day."""
UTC_BASE_NS = 1_790_000_000_000_000_000
TICKS_PER_S = 90_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame that came."""

    number: int
    time_s: float
    utc_ns: int
    picture: Luma


def shots(scene: Scene, *, noise: bool = True) -> Iterator[Shot]:
    """All frames of a scene in turn."""
    stage, rng = scene.stage, np.random.default_rng([scene.seed, 1])
    cameras = [stage.camera] if scene.nudged is None else [stage.camera, scene.nudged[1]]
    renderers = {id(camera): renderer_of(scene, camera, rng, noise=noise) for camera in cameras}
    for frame in range(scene.frame_count):
        now = moment(scene, frame)
        if frame not in scene.dropped:
            picture = renderers[id(scene.camera_at(now.time_s))].frame(list(scene.vehicles), now)
            yield Shot(frame, now.time_s, utc_ns(scene, now.time_s), picture)


def renderer_of(scene: Scene, camera: Camera, rng: np.random.Generator, *, noise: bool) -> Renderer:
    """The scene's empty road, light and weather, ready to draw vehicles into."""
    stage = scene.stage
    empty = road.render(camera, stage.road, stage.light, rng)
    sensor = Sensor(stage.light, (camera.height, camera.width), rng, noise=noise)
    return Renderer(camera, stage.light, empty, sensor, Veil.of(camera, stage.weather, rng))


def utc_ns(scene: Scene, time_s: float) -> int:
    """The clock of day, steps and all."""
    step_s = scene.utc_step[1] if scene.utc_step is not None and time_s >= scene.utc_step[0] else 0.0
    return UTC_BASE_NS + round((time_s + step_s) * 1e9)


def _signals(scene: Scene, clock: Clock) -> str:
    rows = ["sensor_timestamp_ns,signal,phase"]
    if scene.stage.plan is not None:
        rows += [f"{clock.ns(at_s)},A,{phase}" for at_s, phase in scene.stage.plan.changes(scene.seconds)]
    return "\n".join(rows) + "\n"


def _around(scene: Scene, out: Path, clock: Clock, signals: str) -> None:
    """Everything but the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "site.toml").write_text(sitefile.text(scene.stage))
    (out / "truth.json").write_text(json.dumps(truth.describe(scene, clock), separators=(",", ":")) + "\n")
    if scene.stage.plan is not None:
        (out / signals).write_text(_signals(scene, clock))


def folder(scene: Scene, out: Path, *, suffix: Literal["png", "jpg"], progress: Progress) -> None:
    """frames/NNNNNN.png or .jpg with frames.csv and signals.csv."""
    clock = Clock(FOLDER_BASE_NS)
    _around(scene, out, clock, "signals.csv")
    (out / "frames").mkdir(exist_ok=True)
    option = [cv2.IMWRITE_PNG_COMPRESSION, 1] if suffix == "png" else [cv2.IMWRITE_JPEG_QUALITY, 92]
    rows = ["file,sensor_timestamp_ns,exposure_us,utc_ns"]
    for shot in shots(scene):
        name = f"frames/{shot.number:06d}.{suffix}"
        cv2.imwrite(str(out / name), shot.picture, option)
        rows.append(f"{name},{clock.ns(shot.time_s)},{scene.stage.light.exposure_us},{shot.utc_ns}")
        progress(shot.number + 1, scene.frame_count)
    (out / "frames.csv").write_text("\n".join(rows) + "\n")


def video(scene: Scene, out: Path, *, crf: int, preset: str, progress: Progress) -> None:
    """clip.mp4 (H.264, full-range luma) with clip.signals.csv; presentation time is the sensor's clock, from 0."""
    _around(scene, out, Clock(), "clip.signals.csv")
    with av.open(str(out / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=scene.stage.fps)
        stream.width, stream.height = scene.stage.camera.width, scene.stage.camera.height
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.color_range = av.video.reformatter.ColorRange.JPEG
        stream.options = {"crf": str(crf), "preset": preset, "g": "250"}
        for shot in shots(scene):
            container.mux(stream.encode(luma_frame(shot.picture, shot.number * TICKS_PER_S // scene.stage.fps)))
            progress(shot.number + 1, scene.frame_count)
        container.mux(stream.encode(None))


def luma_frame(picture: Luma, ticks: int) -> av.VideoFrame:
    """Luma as it is, chroma grey."""
    grey = np.full((picture.shape[0] // 2, picture.shape[1]), 128, np.uint8)
    frame = av.VideoFrame.from_ndarray(np.concatenate([picture, grey]), format="yuv420p")
    frame.color_range = av.video.reformatter.ColorRange.JPEG
    frame.pts = ticks
    frame.time_base = Fraction(1, TICKS_PER_S)
    return frame


def write(scene: Scene, out: Path, *, kind: Format, crf: int, preset: str, progress: Progress) -> None:
    if kind == "mp4":
        video(scene, out, crf=crf, preset=preset, progress=progress)
    else:
        folder(scene, out, suffix=kind, progress=progress)
