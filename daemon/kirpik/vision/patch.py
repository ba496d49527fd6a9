"""A copy of the few pixels around one plate: all that a track may keep of a picture, and only while it lasts."""

from dataclasses import dataclass, field

import numpy as np

from kirpik.values import Frame, Luma, Quad

MARGIN = 0.12
"""Of the plate's width, on every side; enough for the reader's own margin, too little for a face."""


@dataclass(slots=True)
class Patch:
    sensor_timestamp_ns: int
    width_px: float
    quad: Quad
    """In the patch's own pixels."""
    luma: Luma = field(repr=False)

    def wipe(self) -> None:
        self.luma.fill(0)


def cut(frame: Frame, quad: Quad, width_px: float) -> Patch:
    height, width = frame.luma.shape
    margin = MARGIN * width_px + 2
    left, top = np.maximum(np.floor(quad.min(axis=0) - margin), 0).astype(int)
    right, bottom = np.ceil(quad.max(axis=0) + margin).astype(int) + 1
    luma = frame.luma[top : min(bottom, height), left : min(right, width)].copy()
    return Patch(frame.sensor_timestamp_ns, width_px, quad - (left, top), luma)
