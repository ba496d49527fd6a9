"""What was ordered from afar in place of the files that came with the card: settings, site, networks. On trial first.

    <sha256>.<kind>    the contents, by their hash; networks are a folder
    active.cbor        which hash of each kind is in force; none, or spoiled: the card's own file
    trial.cbor         what is in force until the eye has proven to be well with it

A trial counts the starts that it has had, before each, so that contents which crash the eye, hang it or keep it from
starting are taken back by the third start at the latest, with nobody having to decide it.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from kirpik.errors import WireError
from kirpik.store.folder import Disk, Folder
from kirpik.wire import cbor, fields

KINDS = ("config", "site", "models")
ACTIVE, TRIAL = "active.cbor", "trial.cbor"
STARTS = 2
"""That a trial gets to prove itself."""
HASH = fields.blob(fields.SHA256_BYTES)
ACTIVE_ROWS = fields.many(fields.row(fields.one_of(*KINDS), HASH), 0, len(KINDS))
TRIAL_ROW = fields.row(fields.one_of(*KINDS), HASH, HASH, fields.whole())


@dataclass(frozen=True, slots=True)
class Trial:
    kind: str
    contents: bytes
    """Hash of what is tried."""
    order: bytes
    """Hash of the order that wants it."""
    starts: int


class SettingsView:
    """What the link sees, and what a command sees that only looks."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self._folder = Folder(path, disk=disk)

    def in_force(self, kind: str) -> Path | None:
        """None: the card's own."""
        trial = self.trial()
        contents = trial.contents if trial and trial.kind == kind else self._active().get(kind)
        if contents is None or not self._lies(kind, contents):
            return None
        return self._folder.path / _name(kind, contents)

    def trial(self) -> Trial | None:
        row = self._read(TRIAL, TRIAL_ROW)
        return None if row is None else Trial(*row)

    def _active(self) -> Mapping[str, bytes]:
        return dict(self._read(ACTIVE, ACTIVE_ROWS) or ())

    def _read(self, name: str, check: fields.Check) -> tuple[Any, ...] | None:
        data = self._folder.read(name)
        if data is None:
            return None
        try:
            return check(name, cbor.decode(data))  # type: ignore[no-any-return]  # a row's or array's check, a tuple
        except WireError:
            return None

    def _lies(self, kind: str, contents: bytes) -> bool:
        """Networks are proven where they are loaded; what the card has lost or spoiled is not in force."""
        if kind == "models":
            return (self._folder.path / _name(kind, contents)).is_dir()
        return sha256(self._folder.read(_name(kind, contents)) or b"").digest() == contents


class Settings(SettingsView):
    """What the eye holds."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        super().__init__(path, disk=disk)
        self._folder.create()

    def begin(self) -> Trial | None:
        """At each start of the eye, before anything is read: the trial that has had its starts and is taken back."""
        trial = self.trial()
        if trial is None:
            return None
        if trial.starts >= STARTS:
            return self.roll_back()
        self._try(Trial(trial.kind, trial.contents, trial.order, trial.starts + 1))
        return None

    def stage(self, kind: str, contents: bytes, order: bytes) -> None:
        """In force from the next start on. What was on trial before is taken back by it."""
        digest = sha256(contents).digest()
        if kind != "models":
            self._folder.replace(_name(kind, digest), contents)
        self._try(Trial(kind, digest, order, 0))

    def confirm(self) -> Trial | None:
        """The eye is well: what was tried stays."""
        trial = self.trial()
        if trial is not None:
            active = {**self._active(), trial.kind: trial.contents}
            self._folder.replace(ACTIVE, cbor.encode([list(row) for row in sorted(active.items())]))
            self._end_trial()
        return trial

    def drop(self, kind: str) -> None:
        """Back to the card's own for good: what was in force can be used no more."""
        active = {name: contents for name, contents in self._active().items() if name != kind}
        self._folder.replace(ACTIVE, cbor.encode([list(row) for row in sorted(active.items())]))
        self._end_trial()

    def roll_back(self) -> Trial | None:
        trial = self.trial()
        self._end_trial()
        return trial

    def models_folder(self, manifest: bytes) -> Path:
        """Where networks lie whose manifest this is."""
        return self._folder.path / _name("models", sha256(manifest).digest())

    def _try(self, trial: Trial) -> None:
        self._folder.replace(TRIAL, cbor.encode([trial.kind, trial.contents, trial.order, trial.starts]))

    def _end_trial(self) -> None:
        """What is neither in force nor on trial any more is forgotten."""
        self._folder.remove(TRIAL)
        kept = {_name(kind, contents) for kind, contents in self._active().items()}
        for name in [name for kind in KINDS for name in self._folder.names(f".{kind}") if name not in kept]:
            if (self._folder.path / name).is_dir():
                shutil.rmtree(self._folder.path / name, ignore_errors=True)
            else:
                self._folder.remove(name)


def _name(kind: str, contents: bytes) -> str:
    return f"{contents.hex()}.{kind}"
