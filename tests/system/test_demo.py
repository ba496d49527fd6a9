"""The demo from outside: what comes out, wrong input in one sentence, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kirpik_central.decisions import waiting
from kirpik_central.parts import Parts
from kirpik_provisioning.broker.mosquitto import find_program
from kirpik_provisioning.demo import ROAD
from tests.system.ground import listens, wait_until

KIRPIK = Path(sys.executable).with_name("kirpik")

pytestmark = [
    pytest.mark.skipif(find_program() is None, reason="mosquitto is not installed"),
    pytest.mark.skipif(not KIRPIK.exists(), reason="not installed; run ./install.sh --tests"),
]


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Path]:
    """The folder in which the demo makes its own; when the test is over, no process may have it in its command line."""
    yield tmp_path
    assert not processes_of(tmp_path)


def start(ground: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [KIRPIK, "demo", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(ground)},
    )  # fmt: skip


def processes_of(folder: Path) -> list[str]:
    return [line for path in Path("/proc").glob("[0-9]*/cmdline") if str(folder) in (line := read(path))]


def read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def sealed_and_opened(out: str) -> tuple[int, int, int]:
    """From the summary: sealed, opened, waiting."""
    found = re.search(r"(\d+) packets sealed, (\d+) opened at the central, \d+ receipts verified, (\d+) waiting", out)
    assert found, out
    sealed, opened, waiting = (int(number) for number in found.groups())
    return sealed, opened, waiting


def test_the_bundled_road_comes_out_as_its_truth_says(ground: Path) -> None:
    demo = start(ground, "--fast")
    out, error = demo.communicate(timeout=280)
    assert demo.returncode == 0, out + error
    assert "each offender accused, no innocent" in out
    sealed, opened, waiting = sealed_and_opened(out)
    assert sealed == opened > 0 == waiting
    followed = re.search(r"(\d+) tracks followed, (\d+) broke a rule, (\d+) plates read", out)
    assert followed
    tracks, suspects, reads = (int(number) for number in followed.groups())
    assert reads <= suspects < tracks
    (folder,) = ground.glob("kirpik-demo-*")
    assert {path.name for path in folder.iterdir()} == {"violations.html", "evidence"}
    files = sorted((folder / "evidence").glob("*.kpe"))
    assert len(files) == opened
    for file in files:
        root = folder / "evidence" / "root.cbor"
        checked = subprocess.run([KIRPIK, "verify", file, "--root", root], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("note", ["making keys", "starting central", "watches the road", "speeding"])
def test_ctrl_c_leaves_no_process_and_no_packet_is_lost(ground: Path, note: str) -> None:
    demo = start(ground)
    assert demo.stdout is not None
    heard = ""
    for line in demo.stdout:
        heard += line
        if note in line:
            break
    demo.send_signal(signal.SIGINT)
    out, error = demo.communicate(timeout=90)
    assert demo.returncode == 1, heard + out + error
    assert "Traceback" not in error
    sealed, opened, waiting = sealed_and_opened(out)
    assert opened + waiting >= sealed
    assert len(list(ground.rglob("*.kpk"))) == waiting
    if waiting:
        assert "packets wait, whole and sealed, in " in out


def test_the_officers_desk_opens_on_what_came_out_undecided_and_ends_with_the_demo(ground: Path) -> None:
    demo = start(ground, "--fast", "--desk")
    assert demo.stdout is not None
    address = next(line.split()[-1] for line in demo.stdout if "officers' desk" in line)
    wait_until(lambda: listens(int(address.split(":")[2].split("/")[0])), what="the desk listens")
    with urllib.request.urlopen(address) as page:  # noqa: S310  our own
        assert "Demo" in page.read().decode()
    (settings,) = ground.glob("kirpik-demo-*/fleet/central/central.toml")
    store = Parts(settings).store
    assert len(store.read(lambda connection: waiting(connection, limit=100))) == 7
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=90)
    assert "Nobody was accused, so nothing was handed on." in said
    assert demo.returncode == 0
    (folder,) = ground.glob("kirpik-demo-*")
    assert {path.name for path in folder.iterdir()} == {"violations.html", "evidence"}


def test_a_killed_demo_takes_its_processes_along(ground: Path) -> None:
    demo = start(ground)
    assert demo.stdout is not None
    for line in demo.stdout:
        if "watches the road" in line:
            break
    demo.kill()
    demo.communicate(timeout=20)
    patience = time.monotonic() + 20
    while processes_of(ground):
        assert time.monotonic() < patience, processes_of(ground)
        time.sleep(0.1)


def broken_clip(folder: Path) -> list[str | Path]:
    (folder / "clip.mp4").write_bytes(b"not a film" * 100)
    return [folder / "clip.mp4", "--site", ROAD / "site.toml"]


def wrong_site(folder: Path) -> list[str | Path]:
    text = (ROAD / "site.toml").read_text().replace("[camera]", "[camera]\nzoom = 3\n", 1)
    (folder / "site.toml").write_text(text)
    return [ROAD / "clip.mp4", "--site", folder / "site.toml"]


def site_of_another_camera(folder: Path) -> list[str | Path]:
    text = re.sub(r"(?m)^width = \d+", "width = 320", (ROAD / "site.toml").read_text())
    (folder / "site.toml").write_text(text)
    return [ROAD / "clip.mp4", "--site", folder / "site.toml"]


def missing_clip(folder: Path) -> list[str | Path]:
    return [folder / "nowhere.mp4", "--site", ROAD / "site.toml"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (broken_clip, "clip.mp4"),
        (wrong_site, "zoom"),
        (site_of_another_camera, "320"),
        (missing_clip, "nowhere.mp4"),
    ],
)
def test_wrong_input_is_one_sentence_and_leaves_nothing(
    ground: Path, tmp_path_factory: pytest.TempPathFactory, make: object, sentence: str
) -> None:
    assert callable(make)
    demo = start(ground, *make(tmp_path_factory.mktemp("input")), "--fast")
    _, error = demo.communicate(timeout=120)
    assert demo.returncode == 1, error
    assert len(error.splitlines()) == 1, error
    assert sentence in error
    assert not list(ground.iterdir())


def test_an_input_without_its_site_is_a_wrong_call(ground: Path) -> None:
    demo = start(ground, ROAD / "clip.mp4")
    _, error = demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert "--site" in error
