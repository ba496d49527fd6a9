"""A face, and OpenCV's own cascade of local binary patterns to find one: both come with scikit-image, where it is."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from kirpik.values import Luma

SMALLEST = 24
"""The cascade's own window; smaller faces nobody knows by it."""


@dataclass(frozen=True, slots=True)
class FaceDetector:
    cascade: Any

    @classmethod
    def found(cls) -> "FaceDetector | None":
        """None where scikit-image is not installed."""
        try:
            from skimage import data, feature  # noqa: PLC0415
        except ImportError:
            return None
        return cls(feature.Cascade(data.lbp_frontal_face_cascade_filename()))

    def sees(self, luma: Luma) -> bool:
        """At any size from the smallest that the cascade knows."""
        if min(luma.shape) < SMALLEST:
            return False
        most = (min(luma.shape),) * 2
        found = self.cascade.detect_multi_scale(
            img=np.ascontiguousarray(luma), scale_factor=1.15, step_ratio=1, min_size=(SMALLEST,) * 2, max_size=most
        )
        return bool(found)


@cache
def face(size: int) -> Luma:
    """Eileen Collins, astronaut (NASA, public domain), as a driver `size` pixels high."""
    from skimage import data  # noqa: PLC0415

    head = Image.fromarray(data.astronaut()[20:220, 130:330]).convert("L")
    return np.asarray(head.resize((size, size), Image.Resampling.LANCZOS))
