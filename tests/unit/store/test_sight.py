"""The eye tells the link how it sees: by numbers, now and then, and stale ones are nothing."""

import time
from pathlib import Path

from kirpik.store.sight import EVERY_S, NAME, STALE_S, SightTold, read_sight


def test_what_the_eye_tells_the_link_reads(tmp_path: Path) -> None:
    now = [0.0]
    told = SightTold(tmp_path, lambda passed_s: {"fps": 30.0, "uptime_s": passed_s}, clock=lambda: now[0])
    told.turn()
    assert read_sight(tmp_path) == {}
    now[0] = EVERY_S + 1
    told.turn()
    assert read_sight(tmp_path) == {"fps": 30.0, "uptime_s": EVERY_S + 1}


def test_what_an_eye_told_that_has_died_counts_for_nothing(tmp_path: Path) -> None:
    now = [0.0]
    told = SightTold(tmp_path, lambda _: {"fps": 30.0}, clock=lambda: now[0])
    now[0] = EVERY_S
    told.turn()
    assert read_sight(tmp_path, lambda: time.time() + STALE_S + 1) == {}


def test_nonsense_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"plate": "123"}')
    assert read_sight(tmp_path) == {}
    (tmp_path / NAME).write_bytes(b"\xff\xfe")
    assert read_sight(tmp_path) == {}


def test_without_the_folder_nobody_is_told(tmp_path: Path) -> None:
    now = [0.0]
    told = SightTold(tmp_path / "none", lambda _: {"fps": 30.0}, clock=lambda: now[0])
    now[0] = EVERY_S
    told.turn()
    assert not (tmp_path / "none").exists()
    assert read_sight(tmp_path / "none") == {}
