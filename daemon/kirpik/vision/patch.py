"""A copy of the few pixels around one plate: all that a track may keep of a picture, and only while it lasts."""

from dataclasses import dataclass, field

import numpy as np

from kirpik.values import Frame, Luma, Quad

MARGIN = 0.12
"""Of the plate's width, on every side; enough for the reader's own margin, too little for a face."""
MOST = 10
"""Of one track."""
SLOT_NS = 60_000_000
"""Patches of one slot of time say the same; the best one stays."""
TRAIL_MOST, TRAIL_GAP_NS = 16, 60_000_000
"""Of one track, evenly over its time; the gap at first."""
STROKE = 1 / 32
"""A letter's stroke, as a share of the plate's width."""
FULL_WIDTH_PX = 100.0
"""More pixels make letters no clearer."""
CUT_OFF = 0.2
"""What a plate is worth that reaches out of the picture."""


@dataclass(slots=True)
class Patch:
    sensor_timestamp_ns: int
    width_px: float
    quad: Quad
    """In the patch's own pixels."""
    luma: Luma = field(repr=False)
    clarity: float = 0.0
    """How well letters may be told apart, in grey levels."""
    origin: tuple[int, int] = (0, 0)
    """Of the patch's first pixel in the picture: x, y."""

    def wipe(self) -> None:
        self.luma.fill(0)


def keep(patches: list[Patch], frame: Frame, quad: Quad, width_px: float) -> None:
    """Add the plate in `quad` when it is among the track's clearest; what makes way for it is wiped."""
    if not _is_in(frame, quad):
        return
    worth = clarity(frame.luma, quad, width_px)
    slot = frame.sensor_timestamp_ns // SLOT_NS
    rival = next((patch for patch in patches if patch.sensor_timestamp_ns // SLOT_NS == slot), None)
    if rival is None and len(patches) >= MOST:
        rival = min(patches, key=lambda patch: patch.clarity)
    if rival is not None:
        if worth <= rival.clarity:
            return
        rival.wipe()
        patches.remove(rival)
    patches.append(cut(frame, quad, width_px, worth))


def keep_trail(trail: list[Patch], frame: Frame, quad: Quad, width_px: float) -> None:
    """Add the plate in `quad` so that the patches lie evenly over the whole track, however long it gets."""
    if not _is_in(frame, quad):
        return
    if len(trail) >= TRAIL_MOST:
        for patch in trail[1::2]:
            patch.wipe()
        del trail[1::2]
    gap_ns = TRAIL_GAP_NS if len(trail) < 2 else trail[1].sensor_timestamp_ns - trail[0].sensor_timestamp_ns
    if not trail or frame.sensor_timestamp_ns - trail[-1].sensor_timestamp_ns >= 0.99 * gap_ns:
        trail.append(cut(frame, quad, width_px))


def clarity(luma: Luma, quad: Quad, width_px: float) -> float:
    """Contrast across a letter's stroke, less for a small or cut-off plate. Blur, glare, dirt and distance lower it."""
    height, width = luma.shape
    left, top = np.maximum(np.ceil(quad.min(axis=0)), 0).astype(int)
    right, bottom = np.maximum(np.floor(quad.max(axis=0)) + 1, 0).astype(int)
    plate = luma[top : min(bottom, height), left : min(right, width)].astype(np.int16)
    stroke = max(1, round(STROKE * width_px))
    if plate.shape[0] < 2 or plate.shape[1] <= stroke:
        return 0.0
    contrast = float(np.sqrt(np.mean(np.square(plate[:, stroke:] - plate[:, :-stroke], dtype=np.float32))))
    whole = bool((quad >= 0).all() and (quad <= (width - 1, height - 1)).all())
    return contrast * min(1.0, width_px / FULL_WIDTH_PX) * (1.0 if whole else CUT_OFF)


def cut(frame: Frame, quad: Quad, width_px: float, worth: float = 0.0) -> Patch:
    height, width = frame.luma.shape
    margin = MARGIN * width_px + 2
    left, top = np.maximum(np.floor(quad.min(axis=0) - margin), 0).astype(int)
    # not below 0, from where a slice would count backwards, and cut out half a picture
    right, bottom = np.maximum(np.ceil(quad.max(axis=0) + margin) + 1, 0).astype(int)
    luma = frame.luma[top : min(bottom, height), left : min(right, width)].copy()
    return Patch(frame.sensor_timestamp_ns, width_px, quad - (left, top), luma, worth, (int(left), int(top)))


def _is_in(frame: Frame, quad: Quad) -> bool:
    """Whether any of the plate's box is in the picture."""
    height, width = frame.luma.shape
    return bool((quad.max(axis=0) >= 0).all() and (quad.min(axis=0) <= (width - 1, height - 1)).all())
