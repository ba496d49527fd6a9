"""Does the camera still see what it saw: covered, knocked aside, dark, or stuck on one picture?

Twice a second the small picture is reduced to how much detail lies where, 16 to 128 numbers a side. Averages of that
are kept in memory, over seconds and over half an hour; vehicles blur out of both. Nothing of it is stored or sent but
four yes-or-no answers. A restart begins anew; what `drift` learns from plates holds against the calibration itself.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Frame, Luma

Map = NDArray[np.float32]

LOOK_NS = 500_000_000
CELL_PX = 4
"""Of the small picture; a cell is the smallest step by which a move is told."""
QUICK, SLOW = 1 / 10, 1 / 3600
"""Share of a new look in the two averages: over 5 s and over half an hour."""
LEARNT = 40
"""Looks before anything is held against the average."""
DARK_LUMA = 20
"""So dark is the picture's brightest hundredth when nothing can be seen."""
BARE = 0.3
"""A cell has lost its detail when it has less than this share of what is usual there."""
BLOCKED_SHARE = 0.5
"""Of the cells that usually have detail."""
DETAIL_LEAST = 3.0
"""Grey levels from pixel to pixel that count as detail, above what is everywhere."""
NOISE_PERCENTILE = 20
"""Sky, asphalt and walls: what changes from pixel to pixel there is the sensor's noise."""
LIGHT_LEAST = 40
"""Mean of a picture in which detail can be missed; at night much of it is gone without a cover."""
MOVED_CELLS = 2.0
CLEAR_PEAK = 0.1
"""Phase correlation of a scene with itself is near 1, of two scenes below this."""
SURE_LOOKS = 12
"""So long a state must last before it is believed, either way: six seconds."""


@dataclass(frozen=True, slots=True)
class View:
    blocked: bool = False
    moved: bool = False
    dark: bool = False
    frozen: bool = False

    @property
    def sound(self) -> bool:
        return not (self.blocked or self.moved or self.dark or self.frozen)


@dataclass(slots=True)
class _Lasting:
    """Believes what has been seen often enough in a row."""

    now: bool = False
    _other: int = 0

    def add(self, seen: bool) -> None:
        self._other = self._other + 1 if seen != self.now else 0
        if self._other >= SURE_LOOKS:
            self.now, self._other = seen, 0


@dataclass(slots=True)
class Outlook:
    """Show it each frame; it looks at two of them a second."""

    _looked_ns: int = 0
    _looks: int = 0
    _last: Luma | None = field(default=None, repr=False)
    _quick: Map | None = field(default=None, repr=False)
    _usual: Map | None = field(default=None, repr=False)
    _states: dict[str, _Lasting] = field(
        default_factory=lambda: {name: _Lasting() for name in ("blocked", "moved", "dark", "frozen")}
    )

    @property
    def view(self) -> View:
        return View(**{name: state.now for name, state in self._states.items()})

    def see(self, frame: Frame) -> None:
        if frame.sensor_timestamp_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = frame.sensor_timestamp_ns
            self._look(frame.lores)

    def _look(self, luma: Luma) -> None:
        coarse = np.ascontiguousarray(luma[::CELL_PX, ::CELL_PX])
        frozen = self._last is not None and np.array_equal(coarse, self._last)
        self._last = coarse
        dark = bool(np.percentile(coarse, 99) < DARK_LUMA)
        detail = detail_of(luma)
        self._quick = detail if self._quick is None else self._quick + QUICK * (detail - self._quick)
        seen = {"frozen": frozen, "dark": dark, "blocked": False, "moved": False}
        if self._usual is not None and self._looks >= LEARNT and not dark:
            seen["blocked"] = float(coarse.mean()) >= LIGHT_LEAST and _is_bare(self._quick, self._usual)
            seen["moved"] = not seen["blocked"] and _has_moved(self._quick, self._usual)
        for name, state in self._states.items():
            state.add(seen[name])
        if not any(seen.values()):
            self._learn(detail)

    def _learn(self, detail: Map) -> None:
        """Quickly at first, slowly ever after, and never from a view that is in doubt."""
        self._looks += 1
        share = max(SLOW, 1 / self._looks)
        self._usual = detail if self._usual is None else self._usual + np.float32(share) * (detail - self._usual)


def detail_of(luma: Luma) -> Map:
    """Mean step from pixel to pixel in each cell, above the noise."""
    high, wide = (side // CELL_PX * CELL_PX for side in luma.shape)
    part = luma[:high, :wide].astype(np.int16)
    steps = np.zeros((high, wide), np.int16)
    steps[:, 1:] = np.abs(part[:, 1:] - part[:, :-1])
    steps[1:] += np.abs(part[1:] - part[:-1])
    cells = steps.reshape(high // CELL_PX, CELL_PX, wide // CELL_PX, CELL_PX)
    detail = cells.mean(axis=(1, 3), dtype=np.float32)
    return np.asarray(np.maximum(detail - np.float32(np.percentile(detail, NOISE_PERCENTILE)), 0))


def _is_bare(now: Map, usual: Map) -> bool:
    """What has moved has its detail elsewhere; what is covered has it nowhere."""
    rich = usual > DETAIL_LEAST
    if not rich.any() or float(now.mean()) > BLOCKED_SHARE * float(usual.mean()):
        return False
    return float((now[rich] < BARE * usual[rich]).mean()) > BLOCKED_SHARE


def _has_moved(now: Map, usual: Map) -> bool:
    """Phase correlation (Kuglin and Hines 1975): where the peak lies is how far the scene went."""
    shift, peak = shift_of(now, usual)
    return peak >= CLEAR_PEAK and float(np.hypot(*shift)) >= MOVED_CELLS


def shift_of(now: Map, usual: Map) -> tuple[tuple[int, int], float]:
    """Rows and columns, in cells, and how high the peak is, of 1."""
    window = np.outer(np.hanning(now.shape[0]), np.hanning(now.shape[1]))
    spectrum = np.fft.rfft2((now - now.mean()) * window) * np.conj(np.fft.rfft2((usual - usual.mean()) * window))
    surface = np.fft.irfft2(spectrum / np.maximum(np.abs(spectrum), 1e-9), s=now.shape)
    row, column = np.unravel_index(int(surface.argmax()), surface.shape)
    high, wide = surface.shape
    shift = (int((row + high // 2) % high - high // 2), int((column + wide // 2) % wide - wide // 2))
    return shift, float(surface.max())
