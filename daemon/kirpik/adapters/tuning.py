"""A camera's tuning file with a cap on the exposure: the light may ask for less time, never for more.

libcamera's own exposure modes go up to tens of milliseconds, in which a plate at 100 km/h smears over its whole width.
Format: libcamera's `ipa/rpi/*/data/*.json`, version 2, algorithm `rpi.agc`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kirpik.errors import ConfigError

ROOTS = (Path("/usr/local/share/libcamera/ipa/rpi"), Path("/usr/share/libcamera/ipa/rpi"))
AGC = "rpi.agc"


def find_tuning(model: str, platform: str, roots: tuple[Path, ...] = ROOTS) -> Path:
    """The system's own file for a sensor. Raises ConfigError where there is none."""
    places = [root / platform.lower() / f"{model}.json" for root in roots]
    for place in places:
        if place.is_file():
            return place
    raise ConfigError(f"no tuning file for {model}: expected {places[-1]}; install libcamera-ipa, or set camera.tuning")


def read_tuning(path: Path) -> dict[str, Any]:
    """Raises ConfigError for what libcamera could not use."""
    try:
        tuning = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the tuning file: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from error
    if not isinstance(tuning, dict) or tuning.get("version") != 2 or not list(_exposure_modes(tuning)):
        raise ConfigError(f"{path}: not a tuning file, expected version 2.0 with exposure modes in {AGC}")
    return tuning


def cap_exposure(tuning: dict[str, Any], most_us: int) -> dict[str, Any]:
    """A copy in which no exposure mode reaches further; beyond it the gain goes on alone."""
    capped: dict[str, Any] = json.loads(json.dumps(tuning))
    for mode in _exposure_modes(capped):
        mode["shutter"] = [min(step, most_us) for step in mode["shutter"]]
    return capped


def _exposure_modes(tuning: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of every channel; older files have one and do not name it."""
    for algorithm in _rows(tuning.get("algorithms")):
        agc = algorithm.get(AGC)
        if isinstance(agc, dict):
            for channel in _rows(agc.get("channels", [agc])):
                modes = channel.get("exposure_modes")
                yield from (m for m in modes.values() if _is_mode(m)) if isinstance(modes, dict) else ()


def _rows(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _is_mode(mode: object) -> bool:
    steps = mode.get("shutter") if isinstance(mode, dict) else None
    return isinstance(steps, list) and bool(steps) and all(isinstance(step, int | float) for step in steps)
