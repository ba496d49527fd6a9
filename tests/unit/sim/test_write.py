"""What a scene leaves on disk is what the replay reads."""

import json
from pathlib import Path

import numpy as np
import pytest

from kirpik.adapters.camera_replay import Recording
from kirpik.adapters.signals_replay import read_signals
from kirpik.site_file import load_site
from tests.sim.scenes import scene
from tests.sim.write import Format, write


def nothing(_done: int, _total: int) -> None:
    pass


@pytest.mark.parametrize(("kind", "name"), [("jpg", "."), ("mp4", "clip.mp4")])
def test_the_replay_reads_every_frame_at_its_time(kind: Format, name: str, tmp_path: Path) -> None:
    built = scene("junction_day", seed=1, seconds=0.4)
    write(built, tmp_path, kind=kind, crf=20, preset="ultrafast", progress=nothing)
    truth = json.loads((tmp_path / "truth.json").read_text())
    found = list(Recording(tmp_path / name, load_site(tmp_path / "site.toml").camera).frames())
    assert len(found) == truth["frames"] == 10
    times = [frame.sensor_timestamp_ns for frame in found]
    assert times == [truth["first_timestamp_ns"] + i * 40_000_000 for i in range(10)]
    assert found[0].luma.shape == (1088, 1456)
    changes = read_signals(tmp_path / name if kind == "mp4" else tmp_path)
    assert [change.phase for change in changes] == ["green"]


def test_the_video_keeps_the_luma(tmp_path: Path) -> None:
    built = scene("empty", seed=1, seconds=0.12)
    kinds: tuple[Format, ...] = ("png", "mp4")
    for kind in kinds:
        write(built, tmp_path / kind, kind=kind, crf=10, preset="ultrafast", progress=nothing)
    camera = load_site(tmp_path / "png" / "site.toml").camera
    plain = next(iter(Recording(tmp_path / "png", camera).frames())).luma.astype(np.float64)
    coded = next(iter(Recording(tmp_path / "mp4" / "clip.mp4", camera).frames())).luma.astype(np.float64)
    assert abs(float((coded - plain).mean())) < 0.5
    assert float(np.abs(coded - plain).mean()) < 3.0
