"""Files that orders bring are looked at as the eye would look: what it could not start with is refused."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from kirpik.adapters.models_folder import MANIFEST
from kirpik.config import load_config
from kirpik.effects import INCOMING, UnitEffects
from kirpik.errors import KirpikError
from kirpik.store.settings import Settings

ROOT = Path(__file__).parents[2]
SITE = (ROOT / "provisioning/kirpik_provisioning/demo_road/site.toml").read_bytes()
CARD = (
    '[unit]\nstate = "state"\nsite = "site.toml"\n[camera]\nsource = "replay:clip.mp4"\n[broker]\nhost = "b.example"\n'
)


@pytest.fixture
def effects(tmp_path: Path) -> UnitEffects:
    (tmp_path / "kirpik.toml").write_text(CARD)
    (tmp_path / "site.toml").write_bytes(SITE)
    config = load_config(tmp_path / "kirpik.toml")
    return UnitEffects(
        config, config, tmp_path / "kirpik.toml", Settings(tmp_path / "state" / "settings"),
        figures=lambda: {"waiting": 3}, change_identity=lambda: b"new",
    )  # fmt: skip


def test_what_is_in_force_is_the_cards_own_until_another_is_ordered(effects: UnitEffects, tmp_path: Path) -> None:
    assert effects.in_force("site") == sha256(SITE).digest()
    assert effects.in_force("config") == sha256(CARD.encode()).digest()
    assert effects.in_force("models") == sha256((ROOT / "models" / MANIFEST).read_bytes()).digest()
    Settings(tmp_path / "state" / "settings").stage("site", b"another", b"o" * 32)
    assert effects.in_force("site") == sha256(b"another").digest()
    assert effects.figures() == {"waiting": 3}
    assert effects.change_identity() == b"new"


def test_good_files_are_accepted(effects: UnitEffects) -> None:
    effects.check("site", SITE)
    effects.check("config", CARD.replace("clip.mp4", "another.mp4").encode())


WRONG: dict[str, tuple[str, bytes, str]] = {
    "no site file": ("site", b"[site", "not TOML"),
    "a site with a rule that nobody can see": (
        "site", SITE.replace(b"[[rule]]", b"[[rule]]\nunheard_of = 1\n", 1), "unheard_of"),
    "another state folder": ("config", CARD.replace('"state"', '"elsewhere"').encode(), "unit.state: is fixed"),
    "another broker": ("config", CARD.replace("b.example", "thief.example").encode(), "broker: is fixed"),
    "another root": (
        "config", CARD.replace("[camera]", f'root_pin = "{"ab" * 32}"\n[camera]').encode(), "unit.root_pin: is fixed"),
    "an unknown setting": ("config", (CARD + "\n[debug]\nwrite_frames = true\n").encode(), "debug"),
    "no manifest": ("models", b"{", "manifest"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_files_that_the_eye_could_not_start_with(case: str, effects: UnitEffects) -> None:
    kind, contents, sentence = WRONG[case]
    with pytest.raises(KirpikError, match=sentence):
        effects.check(kind, contents)


def test_networks_are_gathered_by_their_hashes_and_loaded_once(effects: UnitEffects, tmp_path: Path) -> None:
    manifest = json.loads((ROOT / "models" / MANIFEST).read_text())
    entry = manifest["networks"]["reader"]
    incoming = tmp_path / "state" / INCOMING
    incoming.mkdir(parents=True)
    shutil.copy(ROOT / "models" / entry["file"], incoming / "brought by stick.tflite")
    entry["data"] = "the same network under another manifest"
    contents = json.dumps(manifest).encode()
    effects.check("models", contents)
    folder = Settings(tmp_path / "state" / "settings").models_folder(contents)
    assert (folder / entry["file"]).read_bytes() == (ROOT / "models" / entry["file"]).read_bytes()


def test_a_network_that_is_not_on_the_unit_is_named(effects: UnitEffects) -> None:
    manifest = json.loads((ROOT / "models" / MANIFEST).read_text())
    manifest["networks"]["reader"]["sha256"] = "ab" * 32
    with pytest.raises(KirpikError, match=r"networks\.reader: abababababab… is not on this unit"):
        effects.check("models", json.dumps(manifest).encode())


def test_wiping_leaves_key_documents_and_answers_alone(effects: UnitEffects, tmp_path: Path) -> None:
    state = tmp_path / "state"
    for name in ("identity", "outbox", "ledger", "keys", "results"):
        (state / name).mkdir(exist_ok=True)
        (state / name / "file").write_bytes(b"secret")
    effects.wipe()
    assert sorted(path.name for path in state.iterdir()) == ["keys", "results"]
