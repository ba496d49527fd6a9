"""Writes a scene as replay input: a folder of pictures with frames.csv, or one video with the signals beside it."""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np

from tests.sim import road, sitefile, truth
from tests.sim.render import Renderer
from tests.sim.sensor import Luma, Sensor
from tests.sim.stage import Scene
from tests.sim.view import moment

Format = Literal["png", "jpg", "mp4"]
Progress = Callable[[int, int], None]

FOLDER_BASE_NS = 86_400_000_000_000
"""A sensor clock that has run for a day."""
UTC_BASE_NS = 1_790_000_000_000_000_000
TICKS_PER_S = 90_000


def frames(scene: Scene, *, noise: bool = True) -> Iterator[Luma]:
    """All pictures of a scene in turn."""
    stage = scene.stage
    rng = np.random.default_rng([scene.seed, 1])
    empty = road.render(stage.camera, stage.road, stage.light, rng)
    sensor = Sensor(stage.light, (stage.camera.height, stage.camera.width), rng, noise=noise)
    renderer = Renderer(stage.camera, stage.light, empty, sensor)
    for frame in range(scene.frame_count):
        yield renderer.frame(list(scene.vehicles), moment(scene, frame))


def _signals(scene: Scene, clock: truth.Clock) -> str:
    rows = ["sensor_timestamp_ns,signal,phase"]
    if scene.stage.plan is not None:
        rows += [f"{clock.ns(at_s)},A,{phase}" for at_s, phase in scene.stage.plan.changes(scene.seconds)]
    return "\n".join(rows) + "\n"


def _around(scene: Scene, out: Path, clock: truth.Clock, signals: str) -> None:
    """Everything but the pictures."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "site.toml").write_text(sitefile.text(scene.stage))
    (out / "truth.json").write_text(json.dumps(truth.describe(scene, clock), separators=(",", ":")) + "\n")
    if scene.stage.plan is not None:
        (out / signals).write_text(_signals(scene, clock))


def folder(scene: Scene, out: Path, *, suffix: Literal["png", "jpg"], progress: Progress) -> None:
    """frames/NNNNNN.png or .jpg with frames.csv and signals.csv."""
    clock = truth.Clock(FOLDER_BASE_NS)
    _around(scene, out, clock, "signals.csv")
    (out / "frames").mkdir(exist_ok=True)
    option = [cv2.IMWRITE_PNG_COMPRESSION, 1] if suffix == "png" else [cv2.IMWRITE_JPEG_QUALITY, 92]
    rows = ["file,sensor_timestamp_ns,exposure_us,utc_ns"]
    for i, picture in enumerate(frames(scene)):
        name = f"frames/{i:06d}.{suffix}"
        cv2.imwrite(str(out / name), picture, option)
        time_ns = clock.ns(i / scene.stage.fps)
        utc_ns = UTC_BASE_NS + time_ns - FOLDER_BASE_NS
        rows.append(f"{name},{time_ns},{scene.stage.light.exposure_us},{utc_ns}")
        progress(i + 1, scene.frame_count)
    (out / "frames.csv").write_text("\n".join(rows) + "\n")


def video(scene: Scene, out: Path, *, crf: int, preset: str, progress: Progress) -> None:
    """clip.mp4 (H.264, full-range luma) with clip.signals.csv; presentation time is the sensor's clock, from 0."""
    _around(scene, out, truth.Clock(), "clip.signals.csv")
    with av.open(str(out / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=scene.stage.fps)
        stream.width, stream.height = scene.stage.camera.width, scene.stage.camera.height
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.color_range = av.video.reformatter.ColorRange.JPEG
        stream.options = {"crf": str(crf), "preset": preset, "g": "250"}
        for i, picture in enumerate(frames(scene)):
            container.mux(stream.encode(_coded(picture, i * TICKS_PER_S // scene.stage.fps)))
            progress(i + 1, scene.frame_count)
        container.mux(stream.encode(None))


def _coded(picture: Luma, ticks: int) -> av.VideoFrame:
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
