"""Networks that an order names: gathered whole or not at all, and never at the cost of those in force."""

import json
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from kirpik.adapters.models_folder import MANIFEST, find_models
from kirpik.adapters.models_ordered import GATHERING, gather
from kirpik.config import load_config
from kirpik.effects import FETCHED, INCOMING, UnitEffects
from kirpik.errors import KirpikError, ModelError
from kirpik.store.settings import Settings
from tests.unit.test_effects import CARD, ROOT, SITE

MODELS = ROOT / "models"


class Unit:
    def __init__(self, home: Path) -> None:
        (home / "kirpik.toml").write_text(CARD)
        (home / "site.toml").write_bytes(SITE)
        self.state = home / "state"
        for name in (INCOMING, FETCHED):
            (self.state / name).mkdir(parents=True)
        config = load_config(home / "kirpik.toml")
        self.settings = Settings(self.state / "settings")
        self.effects = UnitEffects(
            config, config, home / "kirpik.toml", self.settings, figures=dict, change_identity=lambda: b"new"
        )

    def tried(self, contents: bytes, *, confirm: bool = True) -> Path:
        self.effects.check("models", contents)
        self.settings.stage("models", contents, sha256(contents).digest())
        (self.settings.confirm if confirm else self.settings.roll_back)()
        return self.settings.models_folder(contents)

    def folders(self) -> set[str]:
        return {path.name for path in (self.state / "settings").iterdir() if path.is_dir()}


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path)


def another(data: str = "another", **changes: object) -> bytes:
    manifest = json.loads((MODELS / MANIFEST).read_text())
    manifest["networks"]["reader"] |= {"data": data, **changes}
    return json.dumps(manifest).encode()


def new_reader() -> tuple[bytes, bytes]:
    """Another file, and a manifest that names it."""
    contents = (MODELS / "reader.tflite").read_bytes() + bytes(16)
    return contents, another(sha256=sha256(contents).hexdigest())


def test_what_is_on_the_unit_is_not_asked_for_and_what_is_not_is(unit: Unit) -> None:
    contents, manifest = new_reader()
    assert not unit.effects.lacks("models", another())
    assert unit.effects.lacks("models", manifest) == [sha256(contents).digest()]
    (unit.state / FETCHED / "x.tflite").write_bytes(contents)
    assert not unit.effects.lacks("models", manifest)
    folder = unit.tried(manifest)
    assert (folder / "reader.tflite").read_bytes() == contents


@pytest.mark.parametrize("contents", [b"{", another(sha256="no hash"), SITE])
def test_what_is_no_manifest_asks_for_nothing(unit: Unit, contents: bytes) -> None:
    assert not unit.effects.lacks("models", contents)
    assert not unit.effects.lacks("site", contents)


def test_the_networks_in_force_may_be_ordered_again(unit: Unit) -> None:
    folder = unit.tried(another())
    assert unit.tried(another()) == folder
    assert find_models(unit.settings.in_force("models")) == folder


def test_networks_that_are_neither_in_force_nor_on_trial_are_forgotten(unit: Unit) -> None:
    first = unit.tried(another("first"))
    assert unit.folders() == {first.name}
    unit.tried(another("bad"), confirm=False)
    assert unit.folders() == {first.name}
    second = unit.tried(another("second"))
    assert unit.folders() == {second.name}


def test_networks_that_do_not_load_leave_nothing_and_those_in_force_stay(unit: Unit) -> None:
    first = unit.tried(another("first"))
    (unit.state / FETCHED / "x.tflite").write_bytes(b"no network")
    with pytest.raises(ModelError):
        unit.effects.check("models", another(sha256=sha256(b"no network").hexdigest()))
    assert unit.folders() == {first.name}


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """No file may grow larger, as the system itself says it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_while_they_are_gathered_is_a_sentence_and_leaves_nothing(unit: Unit) -> None:
    with room_for(100_000), pytest.raises(KirpikError, match="cannot be laid here: File too large"):
        unit.effects.check("models", another())
    assert unit.folders() == set()


def test_evidence_keeps_its_room_on_the_disk(tmp_path: Path) -> None:
    with pytest.raises(KirpikError, match="bytes free, expected"):
        gather(another(), tmp_path / "new", [MODELS], lambda _: None, left_free_bytes=2**60)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_a_crash_left_half_full_does_no_harm(unit: Unit) -> None:
    half = unit.state / "settings" / GATHERING
    half.mkdir()
    shutil.copy(MODELS / "reader.tflite", half / "reader.tflite")
    folder = unit.tried(another())
    assert unit.folders() == {folder.name}
