"""Child processes: heard to the end, ended when asked, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kirpik_provisioning.children import Child


def python(name: str, code: str, folder: Path) -> Child:
    return Child(name, [sys.executable, "-c", code], log=folder / f"{name}.log")


def ended(child: Child) -> int:
    patience = time.monotonic() + 20
    while (code := child.exit_code()) is None:
        assert time.monotonic() < patience
        time.sleep(0.01)
    return code


def test_all_lines_are_there_when_the_exit_code_is(tmp_path: Path) -> None:
    child = python("talker", "print('one'); print('two')", tmp_path)
    assert ended(child) == 0
    assert child.taken_lines() == ["one", "two"]


def test_the_last_words_are_the_sentence_of_the_failure(tmp_path: Path) -> None:
    child = python("loser", "import sys; print('first', file=sys.stderr); sys.exit('eye: no road')", tmp_path)
    assert ended(child) == 1
    assert child.last_words() == "eye: no road"
    assert (tmp_path / "loser.log").read_text() == "first\neye: no road\n"


def test_one_that_says_nothing_is_named(tmp_path: Path) -> None:
    child = python("mute", "raise SystemExit(1)", tmp_path)
    ended(child)
    assert child.last_words() == "mute ended without a word"


def test_a_stopped_child_has_ended_and_stopping_twice_is_harmless(tmp_path: Path) -> None:
    child = python("sleeper", "import time; print('up'); time.sleep(60)", tmp_path)
    while not child.taken_lines():
        time.sleep(0.01)
    child.stop()
    child.stop()
    assert child.exit_code() == -signal.SIGTERM


def test_one_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kirpik_provisioning.children.STOP_S", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
    child = python("deaf", deaf, tmp_path)
    while not child.taken_lines():
        time.sleep(0.01)
    child.stop()
    assert child.exit_code() == -signal.SIGKILL


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys, time, pathlib\n"
            "from kirpik_provisioning.children import Child\n"
            "code = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
            "child = Child('child', [sys.executable, '-c', code], log=pathlib.Path('child.log'))\n"
            "print(child.lines.get(), flush=True)\n"
            "time.sleep(60)\n",
        ],
        cwd=tmp_path, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    patience = time.monotonic() + 10
    while running(pid):
        assert time.monotonic() < patience, "the child outlived its parent"
        time.sleep(0.02)


def running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
