"""`python -m tests.bench.traffic`: hours of simulated traffic through the whole pipeline, no picture kept.

Scenes are rendered and replayed frame by frame, in turn, with seeds nobody has seen. Each finished clip is a line of
the results file, so that a run goes on where it was stopped. The table is what the file holds.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import cv2

from kirpik.adapters.reduce import reduce_to_lores
from kirpik.parts.sight import open_sight
from kirpik.pipeline import Pipeline
from kirpik.service.events import violation_line
from kirpik.site import Site
from kirpik.site_file import load_site
from kirpik.values import Frame, SignalChange, Violation
from tests.bench.causes import Cause, Causes
from tests.bench.gallery import Gallery
from tests.bench.hours import figures, table
from tests.bench.legible import legible_plates
from tests.sim import sitefile
from tests.sim.phantom import Phantom
from tests.sim.scenes import SCENES, scene
from tests.sim.score import Score, compare, offences
from tests.sim.stage import Scene
from tests.sim.telling import Clock
from tests.sim.truth import describe
from tests.sim.write import shots

Json = dict[str, Any]
EVERYWHERE = tuple(name for name in SCENES if name not in ("demo", "empty") and not name.startswith("rich_"))
RICH = tuple(name for name in SCENES if name.startswith("rich_"))


def main() -> int:
    arguments = _arguments()
    cv2.setNumThreads(1)
    done = _done(arguments.out)
    hours = sum(line["seconds"] for line in done) / 3600
    gallery = None if arguments.gallery is None else Gallery()
    known = {(line["scene"], line["seed"]) for line in done}
    for name, seed in _clips(arguments.scenes, arguments.seed):
        if hours >= arguments.hours:
            break
        if (name, seed) in known:
            continue
        played = at_rate(scene(name, seed=seed), arguments.fps)
        line = clip(name, played, arguments.models, pictures=not arguments.corners, gallery=gallery)
        hours += line["seconds"] / 3600
        done.append(line)
        with arguments.out.open("a") as file:
            file.write(json.dumps(line) + "\n")
        _tell(line, hours)
        if gallery is not None:
            gallery.write(arguments.gallery)
    print(table(done))
    print(json.dumps(figures(done)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.traffic",
        description=__doc__,
        epilog="example: python -m tests.bench.traffic --hours 2 --seed 5000 --out traffic.ndjson",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--hours", type=float, default=0.1, help="of traffic, all that the file holds included")
    parser.add_argument("--seed", type=int, default=1000, help="of the first round; each round takes the next")
    parser.add_argument("--fps", type=int, help="of the camera; each scene has its own, 25 or 30")
    parser.add_argument("--scenes", nargs="+", choices=sorted(SCENES), default=list(EVERYWHERE))
    parser.add_argument(
        "--rules", dest="scenes", action="store_const", const=list(RICH), help="the scenes that are full of offenders"
    )
    parser.add_argument("--out", type=Path, default=Path("traffic.ndjson"), metavar="FILE")
    parser.add_argument("--models", type=Path, metavar="DIR", help="folder of the networks, instead of the one found")
    parser.add_argument(
        "--corners", action="store_true", help="no pictures: true corners with noise, for the rules alone; much faster"
    )
    parser.add_argument(
        "--gallery", type=Path, metavar="FILE.jpg", help="of this run alone: who was not read and should have been"
    )
    return parser.parse_args()


def _done(path: Path) -> list[Json]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]


def _clips(names: list[str], seed: int) -> Iterator[tuple[str, int]]:
    while True:
        yield from ((name, seed) for name in names)
        seed += 1


def at_rate(played: Scene, fps: int | None) -> Scene:
    """The same traffic before another camera's rate of frames; those that never came are then others."""
    return played if fps is None else replace(played, stage=replace(played.stage, fps=fps))


def clip(
    name: str, played: Scene, models: Path | None, *, pictures: bool = True, gallery: Gallery | None = None
) -> Json:
    """Play one scene; what came of it against the truth."""
    began = time.thread_time()
    truth = describe(played, Clock())
    pipeline, frames = _seen(played, models) if pictures else _told(played)
    causes = Causes()
    causes.attend(pipeline)
    violations: list[Violation] = []
    changes = [SignalChange(at, signal, phase) for at, signal, phase in reversed(cast("list[Any]", truth["signals"]))]
    rendered_s = 0.0
    while True:
        before = time.thread_time()
        frame = next(frames, None)
        rendered_s += time.thread_time() - before
        if frame is None:
            break
        while changes and changes[-1].sensor_timestamp_ns <= frame.sensor_timestamp_ns:
            pipeline.signal(changes.pop())
        violations += pipeline.step(frame)
    violations += pipeline.finish()
    events = [json.loads(violation_line(violation))["violation"] for violation in violations]
    score = compare(truth, events)
    missed = causes.of(score.missed, truth, played.stage.fps)
    if gallery is not None:
        gallery.hang(f"{name} {played.seed}", missed)
    line = _line(name, played, score, pipeline, (time.thread_time() - began, rendered_s))
    return line | _fairly(played, truth, missed)


def _fairly(played: Scene, truth: Json, missed: Sequence[Cause]) -> Json:
    """Of the offences that must be found: how many have a plate that anybody could read, and why any was missed."""
    clear = legible_plates(played, truth)
    must = [(kind, plate) for (plate, kind), (_, o) in offences(truth).items() if o["expect"] == "must"]
    free = {(cause.kind, cause.plate) for cause in missed}
    camera, light = played.stage.camera, "night" if played.stage.light.night else "day"
    return {
        "view": f"{camera.width} × {camera.height}, f {camera.fx:.0f}, {light}",
        "readable": Counter(kind for kind, plate in must if plate in clear),
        "readable_found": Counter(kind for kind, plate in must if plate in clear and (kind, plate) not in free),
        "why": Counter(cause.why for cause in missed),
        "why_readable": Counter(cause.why for cause in missed if cause.plate in clear),
        "missed": [f"{'readable' if cause.plate in clear else 'small'}, {cause.text}" for cause in missed],
    }


def _seen(played: Scene, models: Path | None) -> tuple[Pipeline, Iterator[Frame]]:
    """The unit as it is shipped, before rendered pictures."""
    return open_sight(site_of(played), models=models).pipeline, rendered(played)


def rendered(played: Scene) -> Iterator[Frame]:
    return (
        Frame(
            shot.number, round(shot.time_s * 1e9), played.stage.light.exposure_us, shot.utc_ns, shot.picture,
            reduce_to_lores(shot.picture),
        )
        for shot in shots(played)
    )  # fmt: skip


def _told(played: Scene) -> tuple[Pipeline, Iterator[Frame]]:
    """Tracks, measures and rules alone: true corners with noise, and a reader who knows."""
    phantom = Phantom(played)
    return Pipeline(site_of(played), phantom, phantom.read), phantom.frames()


def site_of(played: Scene) -> Site:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.toml"
        path.write_text(sitefile.text(played.stage))
        return load_site(path)


def _line(name: str, played: Scene, score: Score, pipeline: Pipeline, cpu_s: tuple[float, float]) -> Json:
    counts = pipeline.counts
    return {
        "scene": name,
        "seed": played.seed,
        "fps": played.stage.fps,
        "seconds": played.seconds,
        "frames": counts.frames,
        "vehicles": len(played.vehicles),
        "tracks": counts.tracks,
        "must": dict(score.must),
        "found": dict(score.found),
        "allowed": dict(score.allowed),
        "withheld": {doubt: count for doubt, count in counts.withheld.items() if count},
        "missed": score.missed,
        "false": score.false,
        "misread": score.misread,
        "twice": score.twice,
        "overcharged": score.overcharged,
        "late": score.late,
        "speed_error_kmh": [round(error, 3) for error in score.speed_error_kmh],
        "speed_error_in_u": [round(error, 2) for error in score.speed_error_in_u],
        "cpu_s": round(cpu_s[0], 1),
        "render_cpu_s": round(cpu_s[1], 1),
    }


def _tell(line: Json, hours: float) -> None:
    bad = {key: line[key] for key in ("missed", "false", "misread", "twice", "overcharged", "late") if line[key]}
    print(
        f"{hours:6.3f} h  {line['scene']} {line['seed']}: {sum(line['found'].values())} of {sum(line['must'].values())}"
        f" found, {line['cpu_s']:.0f} s of CPU{'; ' + json.dumps(bad) if bad else ''}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
