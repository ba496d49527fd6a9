"""The wrongly withheld, to be looked at: of each offender whose plate was not read, what the reader was shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from kirpik.values import Luma
from tests.bench.causes import SHOWN, Cause

HIGH, WIDE, LINE = 44, 190, 62
"""Largest size of a patch, and the height of a line, in pixels."""


@dataclass(slots=True)
class Gallery:
    """Simulated plates alone; what a unit is shown of real ones never leaves it."""

    _lines: list[tuple[str, list[Luma]]] = field(default_factory=list)

    def hang(self, clip: str, causes: Iterable[Cause]) -> None:
        self._lines += [
            (f"{clip}  {cause.offence}: {heard}", list(cause.unread))
            for cause in causes
            for heard in [next((track.heard for track in cause.tracks if track.heard), "")]
            if heard
        ]

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
