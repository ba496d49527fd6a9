"""How the eye sees, told to the link through the board's memory: numbers for the heartbeat, and nothing else.

The folder is a tmpfs, so that a figure every few seconds does not wear out the card.
"""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kirpik.errors import WireError
from kirpik.store.folder import Folder
from kirpik.wire.health import SIGHT, decode_numbers, encode_numbers

NAME = "eye.json"
STALE_S = 60.0
EVERY_S = 5.0


class SightTold:
    """The eye's side; `turn` costs nothing between two tellings. Where the folder is not there, nobody is told."""

    def __init__(
        self, folder: Path, figures: Callable[[float], Mapping[str, float]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`figures` takes the seconds since it was last asked."""
        self._folder = Folder(folder) if folder.is_dir() else None
        self._figures = figures
        self._clock = clock
        self._told_s = clock()

    def turn(self) -> None:
        passed_s = self._clock() - self._told_s
        if self._folder is None or passed_s < EVERY_S:
            return
        self._told_s = self._clock()
        self._folder.note(NAME, encode_numbers(self._figures(passed_s), SIGHT))


def read_sight(folder: Path, now_s: Callable[[], float] = time.time) -> dict[str, float]:
    """What the eye told in the last minute; nothing where it is silent, or told nonsense."""
    view = Folder(folder)
    try:
        written_s, data = view.written_s(NAME), view.read(NAME)
        if written_s is None or data is None or not 0 <= now_s() - written_s < STALE_S:
            return {}
        return decode_numbers(data, SIGHT)
    except (WireError, OSError, json.JSONDecodeError):
        return {}
