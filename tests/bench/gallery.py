"""The wrongly withheld, to be looked at: of each offender whose plate was not read, what the reader was shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from kirpik.pipeline import Pipeline, ReadPlate
from kirpik.values import Luma, Quad, Reading
from kirpik.vision.patch import Patch

SHOWN, HIGH, WIDE, LINE = 4, 44, 190, 62
"""Patches of a vehicle, their largest size, and the height of a line, in pixels."""
NEAR_SHARE = 0.25


@dataclass(slots=True)
class Unread:
    at_ns: int
    outline: Quad
    """In the picture."""
    patches: list[Luma]


@dataclass(slots=True)
class Gallery:
    """Simulated plates alone; what a unit is shown of real ones never leaves it."""

    _unread: list[Unread] = field(default_factory=list)
    _lines: list[tuple[str, list[Luma]]] = field(default_factory=list)

    def attend(self, pipeline: Pipeline) -> None:
        read: ReadPlate = pipeline._read_plate

        def reading(patches: Sequence[Patch]) -> Reading | None:
            found = read(patches)
            if found is None and patches:
                self._keep(patches)
            return found

        pipeline._read_plate = reading

    def _keep(self, patches: Sequence[Patch]) -> None:
        clear = sorted(patches, key=lambda patch: -patch.clarity)
        best = clear[0]
        shown = [patch.luma.copy() for patch in clear[:SHOWN]]
        self._unread.append(Unread(best.sensor_timestamp_ns, best.quad + best.origin, shown))

    def settle(self, clip: str, truth: dict[str, Any], fps: float, missed: Sequence[str]) -> None:
        """A clip is over: keep those who should have been found."""
        wanted = {one.split()[-1] for one in missed}
        for unread in self._unread:
            plate = _whose(unread, truth, fps)
            if plate in wanted:
                self._lines.append((f"{clip}  {plate}", unread.patches))
        self._unread.clear()

    def write(self, path: Path) -> None:
        sheet = Image.new("L", (SHOWN * (WIDE + 8) + 8, max(1, len(self._lines)) * LINE + 8), 255)
        draw = ImageDraw.Draw(sheet)
        for number, (name, patches) in enumerate(self._lines):
            draw.text((8, number * LINE + 4), name, fill=0)
            for column, luma in enumerate(patches):
                scale = min(HIGH / luma.shape[0], WIDE / luma.shape[1])
                size = (max(1, round(luma.shape[1] * scale)), max(1, round(luma.shape[0] * scale)))
                shown = Image.fromarray(luma).resize(size, Image.Resampling.BICUBIC)
                sheet.paste(shown, (8 + column * (WIDE + 8), number * LINE + 18))
        sheet.save(path, quality=88)


def _whose(unread: Unread, truth: dict[str, Any], fps: float) -> str | None:
    centre, wide = unread.outline.mean(axis=0), float(np.linalg.norm(unread.outline[1] - unread.outline[0]))
    for vehicle in truth["vehicles"]:
        for number, *corners, _, _ in vehicle["frames"]:
            if round(number / fps * 1e9) == unread.at_ns:
                off = np.linalg.norm(np.array(corners).reshape(4, 2).mean(axis=0) - centre)
                if off < NEAR_SHARE * wide:
                    return str(vehicle["plate"])
    return None
