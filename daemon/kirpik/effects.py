"""What orders do to a unit's files: contents are looked at as the eye would look at them, before they are tried."""

import contextlib
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import MANIFEST, find_models, load_models
from kirpik.adapters.models_ordered import gather, lacking
from kirpik.config import Config, beside, load_config
from kirpik.errors import ConfigError, ModelError, StoreError
from kirpik.road.siting import FPS_USUAL, complaints
from kirpik.site_file import load_site
from kirpik.store.settings import Settings

WIPED = ("identity", "outbox", "inbox", "ledger", "settings", "wanted")
"""Key documents are public and answers are no secret: they stay, so that the last answer can be sent."""
INCOMING = "incoming"
"""Folder of the state folder, and on a stick, in which new networks are looked for."""
FETCHED = "fetched"
"""Where the link lays them."""


class UnitEffects:
    """`config` is in force, `base` lies on the card at `config_path`, and names the unit's folders."""

    def __init__(
        self, base: Config, config: Config, config_path: Path, settings: Settings, *,
        figures: Callable[[], Mapping[str, int]], change_identity: Callable[[], bytes],
    ) -> None:  # fmt: skip
        self._base = base
        self._config = config
        self._config_path = config_path
        self._settings = settings
        self._figures = figures
        self._change_identity = change_identity

    def in_force(self, kind: str) -> bytes:
        return sha256(self._file(kind).read_bytes()).digest()

    def check(self, kind: str, contents: bytes) -> None:
        look = {"config": self._check_config, "site": _check_site, "models": self._check_models}[kind]
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / f"ordered.{kind}"
                file.write_bytes(contents)
                look(file)
        except OSError as error:
            raise StoreError(f"{kind}: cannot be looked at: {error.strerror}") from error

    def lacks(self, kind: str, contents: bytes) -> Collection[bytes]:
        if kind != "models":
            return ()
        with contextlib.suppress(ModelError):
            return lacking(contents, self._places())
        return ()

    def figures(self) -> Mapping[str, int]:
        return self._figures()

    def change_identity(self) -> bytes:
        return self._change_identity()

    def wipe(self) -> None:
        state = beside(self._config_path, self._base.unit.state)
        for name in WIPED:
            _destroy(state / name)

    def _file(self, kind: str) -> Path:
        return {"config": self._config_file, "site": self._site_file, "models": self._manifest}[kind]()

    def _config_file(self) -> Path:
        return self._settings.in_force("config") or self._config_path

    def _site_file(self) -> Path:
        return self._settings.in_force("site") or beside(self._config_path, self._config.unit.site)

    def _manifest(self) -> Path:
        return self._models() / MANIFEST

    def _models(self) -> Path:
        named = beside(self._config_path, self._config.unit.models) if self._config.unit.models else None
        return find_models(self._settings.in_force("models") or named)

    def _check_config(self, file: Path) -> None:
        """What ties the unit to its card and its fleet cannot be changed from afar."""
        new = load_config(file)
        for name, old, ordered in (
            ("unit.state", self._base.unit.state, new.unit.state),
            ("unit.root_pin", self._base.unit.root_pin, new.unit.root_pin),
            ("broker", self._base.broker, new.broker),
        ):
            if old != ordered:
                raise ConfigError(f"{name}: is fixed by the card; brokers change by the key set")

    def _check_models(self, manifest: Path) -> None:
        """Loaded once, from where they will lie. What is in force already is left where it is."""
        contents = manifest.read_bytes()
        folder = self._settings.models_folder(contents)
        kind, threads = self._config.engine.kind, self._config.engine.threads
        look = partial(load_models, load=partial(TfliteNetwork, kind=kind, threads=threads))
        if folder == self._settings.in_force("models"):
            look(folder)
        else:
            gather(contents, folder, self._places(), look)

    def _places(self) -> list[Path]:
        """Where networks may lie."""
        state = beside(self._config_path, self._base.unit.state)
        stick = [beside(self._config_path, self._base.unit.stick) / INCOMING] if self._base.unit.stick else []
        return [self._models(), state / INCOMING, state / FETCHED, *stick]


def _check_site(file: Path) -> None:
    for complaint in complaints(load_site(file), fps=FPS_USUAL):
        raise ConfigError(f"{complaint.field}: {complaint.said}")


def _destroy(folder: Path) -> None:
    """Overwritten first: of little use on a flash card, of some on others.

    On a packaged unit the folder itself belongs to the system and stays, empty; what the link has written can be
    removed by us, not overwritten.
    """
    try:
        for file in [file for file in folder.rglob("*") if file.is_file()]:
            with contextlib.suppress(PermissionError):
                file.write_bytes(bytes(file.stat().st_size))
        for child in sorted(folder.rglob("*"), reverse=True):
            child.rmdir() if child.is_dir() else child.unlink()
        with contextlib.suppress(PermissionError):
            folder.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{folder}: cannot be wiped: {error.strerror}") from error
