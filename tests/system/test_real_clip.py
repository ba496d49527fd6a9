"""A real road, filmed by somebody else: the car ahead is followed, and its true plate comes out."""

import json
from pathlib import Path

import pytest

from kirpik.cli import main

CLIP = Path(__file__).resolve().parents[3] / "shared/data/clips/highway.mp4"
SITE = Path(__file__).with_name("highway.site.toml")


@pytest.mark.skipif(not CLIP.exists(), reason=f"{CLIP.name} is not beside this checkout (shared/data/clips)")
def test_the_car_ahead_is_followed_and_its_true_plate_comes_out(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(CLIP), "--site", str(SITE), "--events", str(tmp_path / "events")])
    assert ended.value.code == 0
    lines = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    plates = [line["violation"]["plate"] for line in lines if "violation" in line]
    assert "JLN390" in plates
    assert set(plates) <= {"JLN390", "JMH552"}
    summary = lines[-1]["summary"]
    assert summary["frames"] == 79
    assert summary["reader_calls"] <= summary["suspects"]
