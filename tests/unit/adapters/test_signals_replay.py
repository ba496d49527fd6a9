from pathlib import Path

import pytest

from kirpik.adapters.signals_replay import read_signals
from kirpik.errors import InputError

HEAD = "sensor_timestamp_ns,signal,phase\n"


def test_the_changes_lie_in_the_folder_or_beside_the_video(tmp_path: Path) -> None:
    (tmp_path / "signals.csv").write_text(HEAD + "5,A,green\n9,A,red\n")
    (tmp_path / "clip.signals.csv").write_text(HEAD + "7,B,off\n")
    assert [(c.sensor_timestamp_ns, c.phase) for c in read_signals(tmp_path)] == [(5, "green"), (9, "red")]
    assert [c.signal for c in read_signals(tmp_path / "clip.mp4")] == ["B"]
    assert [c.signal for c in read_signals(tmp_path / "other.mp4")] == ["A", "A"]
    assert read_signals(tmp_path / "elsewhere" / "other.mp4") == []


def test_each_signals_rows_may_stand_together(tmp_path: Path) -> None:
    (tmp_path / "signals.csv").write_text(HEAD + "5,A,green\n9,A,red\n3,B,red\n7,B,green\n")
    assert [(c.sensor_timestamp_ns, c.signal) for c in read_signals(tmp_path)] == [
        (3, "B"),
        (5, "A"),
        (7, "B"),
        (9, "A"),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("5,A,purple\n", r"signals.csv:2: phase: 'purple', expected one of red amber green red_amber off"),
        ("5,,red\n", r"signals.csv:2: signal: '', expected a signal's name"),
        ("x,A,red\n", r"signals.csv:2: sensor_timestamp_ns: 'x', expected a whole number"),
        ("9,A,red\n5,A,green\n", "time runs backwards: 5 ns after 9 ns"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "signals.csv").write_text(HEAD + rows)
    with pytest.raises(InputError, match=said):
        read_signals(tmp_path)
