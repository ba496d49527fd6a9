"""`kirpikd check`: can this unit do its work? Each part is ok, or a sentence says what to do."""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from kirpik.adapters.board import board_figures
from kirpik.adapters.camera_open import look_for_camera
from kirpik.adapters.engine import TfliteNetwork, choose_engine
from kirpik.adapters.models_folder import find_models, load_models
from kirpik.adapters.time_of_day import HostClock
from kirpik.adapters.tuning import read_tuning
from kirpik.commands.options import add_config
from kirpik.config import Config, beside, load_config
from kirpik.errors import CameraError, ConfigError, InputError, KirpikError, StoreError, TrustError
from kirpik.parts.state import guard_for
from kirpik.road.siting import FPS_USUAL, complaints
from kirpik.seal import now_ms
from kirpik.site_file import load_site
from kirpik.software import RELEASED_MS
from kirpik.sources import REPLAY
from kirpik.store.identity import load_identity
from kirpik.store.keyring import Keyring
from kirpik.store.settings import SettingsView
from kirpik.toml_lines import line_of_field
from kirpik.wire import suite

ROOM_BYTES = 1 << 20
"""For some sixteen packets."""
WAS_WEAK = 1 << 16
"""In what the firmware tells: under-voltage has occurred (documentation of `vcgencmd get_throttled`)."""
EXAMPLE = "kirpikd check --config /etc/kirpik/kirpik.toml"


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)
    verb.add_argument("--site", type=Path, metavar="SITE.toml", help="check this site file alone, without a unit")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    del stop
    if options.site is not None:
        return 0 if _report("site", lambda: _site(options.site)) else 1
    base = load_config(options.config)
    state = beside(options.config, base.unit.state)
    ordered = SettingsView(state / "settings")
    config = load_config(ordered.in_force("config") or options.config)
    site = ordered.in_force("site") or beside(options.config, config.unit.site)
    parts: list[tuple[str, Callable[[], object]]] = [
        ("site", lambda: _site(site)),
        ("networks", lambda: _networks(config, options.config)),
        ("camera", lambda: _camera(config, options.config, site)),
        ("clock", _clock),
        ("power", lambda: _power(board_figures())),
        ("card", lambda: _card(state)),
        ("identity", lambda: load_identity(state / "identity", guard=guard_for(base.unit.identity))),
        ("key documents", lambda: _documents(state / "keys", base)),
        ("sealing", suite.self_test),
    ]
    failed = [name for name, part in parts if not _report(name, part)]
    return 1 if failed else 0


def _report(name: str, part: Callable[[], object]) -> bool:
    try:
        part()
    except KirpikError as error:
        _say(f"{name}: {error}")
        return False
    _say(f"{name}: ok")
    return True


def _site(path: Path) -> None:
    """Every complaint is told; the last one as the error."""
    site = load_site(path)
    text = path.read_text(encoding="utf-8")
    said = [f"{path}{line_of_field(text, c.field)}: {c.field}: {c.said}" for c in complaints(site, fps=FPS_USUAL)]
    for number, rule in enumerate(site.rules):
        if not rule.legal_basis:
            _say(f"site: warning: rule[{number}].legal_basis: empty; the central hands on no case without one")
    for one in said[:-1]:
        _say(f"site: {one}")
    if said:
        raise ConfigError(said[-1])


def _networks(config: Config, path: Path) -> None:
    folder = find_models(beside(path, config.unit.models) if config.unit.models else None)
    engine, why = choose_engine(config.engine.kind, require=config.engine.require)
    load_models(folder, partial(TfliteNetwork, kind=engine, threads=config.engine.threads))
    if why is not None:
        _say(f"warning: {why}; until then the installed runtime does the work")


def _camera(config: Config, path: Path, site: Path) -> None:
    source = config.camera.source
    if not source.startswith(REPLAY):
        if config.camera.tuning:
            read_tuning(beside(path, config.camera.tuning))
        look_for_camera(config.camera, load_site(site).camera)
        return
    recording = beside(path, source.removeprefix(REPLAY))
    if not recording.exists():
        raise InputError(f"{recording}: no such recording")


def _clock() -> None:
    """A warning: at the first boot it takes a moment, and until then nobody is accused."""
    if not HostClock().now().is_set:
        _say("clock: not set from the network yet; until it is, nobody is accused")


def _power(told: Mapping[str, float]) -> None:
    if told.get("undervoltage"):
        raise CameraError("the supply is too weak (under-voltage): use the board's own supply and a short, thick cable")
    if int(told.get("throttled", 0)) & WAS_WEAK:
        _say("power: warning: the supply was too weak (under-voltage) at some time since the board was switched on")


def _card(state: Path) -> None:
    """What can be told without writing: whoever asks may be another user than who writes."""
    try:
        place = os.statvfs(state)
    except OSError as error:
        raise StoreError(f"{state}: cannot be looked at: {error.strerror}") from error
    free = place.f_bavail * place.f_frsize
    if place.f_flag & os.ST_RDONLY:
        raise StoreError(f"{state}: can be read only: the card is dying; copy {state} if it still reads, and change it")
    if free < ROOM_BYTES or (place.f_files and not place.f_favail):
        raise StoreError(
            f"{state}: the disk is full, {free // 1024} KiB free, expected {ROOM_BYTES // 1024}: make room"
        )


def _documents(folder: Path, base: Config) -> None:
    ring = Keyring.load(folder, pin=bytes.fromhex(base.unit.root_pin) or None, floor_ms=RELEASED_MS)
    now = ring.standing(now_ms())
    ring.require_new_software(now_ms())
    if now.seal_to is None or not now.may_accuse:
        raise TrustError(f"{folder}: nobody may be accused by these documents, bring newer ones by network or stick")
    if now.stale:
        _say("key documents: expired; it goes on sealing, obeys no orders, and stops to accuse 180 days later")
    if now.fallback:
        _say("key documents: sealed to is the fallback key, until a key set comes that the root vouches for")
    if not base.unit.root_pin:
        _say("key documents: unit.root_pin is empty, so whatever root lies there is believed")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
