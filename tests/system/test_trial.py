"""What is ordered from afar is tried by the real eye under systemd's rules: it stays, or it is taken back by itself."""

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Answer
from kirpik.store.settings import SettingsView
from kirpik.wire import topics
from tests.system.ground import ROOT, Fleet, wait_until
from tests.system.still_road import SITE, StillRoad

PATIENT_S = 60.0


@pytest.fixture
def road(fleet: Fleet, tmp_path: Path) -> Iterator[StillRoad]:
    road = StillRoad(fleet, tmp_path, limit_kbit_s=2000)
    yield road
    road.end()


def new_networks(folder: Path) -> Path:
    """Networks with a reader that no unit has: the shipped one with some bytes behind it."""
    shutil.copytree(
        ROOT / "models", folder, ignore=lambda _, names: [n for n in names if not n.endswith((".tflite", ".json"))]
    )
    manifest = json.loads((folder / "manifest.json").read_text())
    reader = folder / "reader.tflite"
    reader.write_bytes(reader.read_bytes() + b"another".ljust(64, b"\0"))
    manifest["networks"]["reader"] |= {"sha256": sha256(reader.read_bytes()).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder / "manifest.json"


def order(road: StillRoad, verb: str, file: Path, *, keys: int = 1, wait_s: float = PATIENT_S) -> int:
    signers = [word for number in range(keys) for word in ("--key", road.desk.key(f"order-{number + 1}"))]
    return road.desk("orders", "send", verb, "--to", "one", "--file", file, *signers, "--wait", str(wait_s))


def test_networks_come_over_the_line_through_a_killed_link_and_stay(road: StillRoad, tmp_path: Path) -> None:
    manifest = new_networks(tmp_path / "new")
    road.start()
    assert order(road, "set-models", manifest, keys=2, wait_s=0.0) == 1
    fetched = road.unit.state / "fetched"
    for parts in (3, 8):
        wait_until(
            lambda parts=parts: any(file.stat().st_size >= parts * 32768 for file in fetched.glob("*.part")),
            what=f"{parts} parts have come", timeout_s=PATIENT_S,
        )  # fmt: skip
        road.link.kill()
    (name,) = [path.name for path in (road.desk.desk / "orders").iterdir()]
    said = road.desk.do("orders", "again", name, "--wait", str(PATIENT_S))
    assert "done" in said
    assert "taken from the broker" in said
    assert road.outcomes()[0] == "held"
    assert road.outcomes()[-1] == "done"
    in_force = SettingsView(road.unit.state / "settings").in_force("models")
    assert in_force is not None
    assert (in_force / "reader.tflite").read_bytes() == (tmp_path / "new" / "reader.tflite").read_bytes()
    wait_until(lambda: not list(fetched.iterdir()), what="nothing is kept twice")
    assert road.link.starts >= 3


def test_networks_that_crash_the_eye_are_taken_back_at_the_third_start(road: StillRoad, tmp_path: Path) -> None:
    """The manifest calls the reader a detector: it loads, and no eye can see with it."""
    folder = new_networks(tmp_path / "new").parent
    manifest = json.loads((folder / "manifest.json").read_text())
    networks = manifest["networks"]
    networks["detector"] = networks["corners"] | {"settings": networks["detector"]["settings"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    road.start()
    assert order(road, "set-models", folder / "manifest.json", keys=2) == 1
    assert "rolled-back" in road.desk.said
    wait_until(lambda: road.outcomes()[-1:] == ["rolled-back"], what="it says so")
    assert SettingsView(road.unit.state / "settings").in_force("models") is None
    assert road.desk.do("orders", "send", "report", "--to", "one", "--key", road.desk.key("order-1")).count("done")


def test_settings_with_which_the_eye_cannot_start_are_taken_back(road: StillRoad, tmp_path: Path) -> None:
    road.start()
    blind = tmp_path / "blind.toml"
    blind.write_text(road.card.read_text().replace(str(road.recording), str(tmp_path / "no such recording")))
    assert order(road, "set-config", blind) == 1
    assert "rolled-back" in road.desk.said
    assert [code for code in road.eye.ends if code == 1] == [1, 1]
    assert SettingsView(road.unit.state / "settings").in_force("config") is None


def test_a_site_with_which_the_eye_is_killed_each_time_is_taken_back(road: StillRoad, tmp_path: Path) -> None:
    road.start()
    site = tmp_path / "site.toml"
    site.write_text(SITE.read_text() + "\n# another\n")
    wait_until(lambda: road.eye.starts == 1, what="the eye runs")
    trial = SettingsView(road.unit.state / "settings")
    assert order(road, "set-site", site, wait_s=0.0) == 1
    for start in (1, 2):
        wait_until(
            lambda start=start: (tried := trial.trial()) is not None and tried.starts == start,
            what=f"start {start} of the trial", timeout_s=PATIENT_S,
        )  # fmt: skip
        road.eye.kill()
    wait_until(lambda: road.outcomes()[-1:] == ["rolled-back"], what="it is taken back", timeout_s=PATIENT_S)
    assert road.eye.ends.count(-9) == 2


def test_a_site_that_is_good_stays(road: StillRoad, tmp_path: Path) -> None:
    road.start()
    site = tmp_path / "site.toml"
    site.write_text(SITE.read_text() + "\n# another\n")
    assert order(road, "set-site", site) == 0, road.desk.said
    assert road.outcomes() == ["on-trial", "done"]


def test_a_broker_lets_units_read_files_and_not_write_them(fleet: Fleet) -> None:
    unit = fleet.things.add_unit("one")
    credentials = fleet.credentials(unit.unit.hex())
    line = Connection("127.0.0.1", fleet.port, credentials)
    line.connect([])
    line.publish(topics.file_part(b"f" * 32, 0), b"a thief's", retain=True)
    answer = next(each for _ in range(50) for each in line.turn(0.2) if isinstance(each, Answer))
    line.close()
    assert answer.refusal is not None
    assert "Not authorized" in answer.refusal
