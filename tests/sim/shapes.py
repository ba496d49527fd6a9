"""Side profiles of five classes of vehicle, seen from the rear and from the front, and where all plates sit."""

from dataclasses import dataclass
from typing import Literal

Shape = Literal["saloon", "hatch", "van", "truck", "bus", "flatbed", "motorcycle"]
End = Literal["rear", "front"]

GLASS, TYRE, PLASTIC, CHROME = 0.045, 0.02, 0.035, 0.5
"""Reflectances."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The next point of the profile, and what the strip that ends there carries."""

    y: float
    z: float
    half: float
    paint: float | None = None
    """Reflectance where it is not the body's colour."""
    glass: tuple[float, float, float, float] | None = None
    """Left, right, bottom, top in parts of the strip (−1 … 1, 0 … 1)."""


PROFILES: dict[tuple[Shape, End], tuple[Strip, ...]] = {
    ("saloon", "rear"): (
        Strip(0.06, 0.26, 0.80),
        Strip(0.015, 0.45, 0.87, paint=PLASTIC),
        Strip(0.02, 0.66, 0.89),
        Strip(0.08, 0.98, 0.84),
        Strip(0.50, 1.02, 0.80),
        Strip(1.25, 1.41, 0.58, glass=(-0.88, 0.88, 0.12, 0.9)),
        Strip(2.55, 1.44, 0.58),
        Strip(3.35, 1.00, 0.78, glass=(-0.9, 0.9, 0.1, 0.9)),
        Strip(4.45, 0.80, 0.82),
        Strip(4.55, 0.30, 0.80),
    ),
    ("hatch", "rear"): (
        Strip(0.06, 0.27, 0.76),
        Strip(0.015, 0.60, 0.84, paint=PLASTIC),
        Strip(0.02, 0.98, 0.84),
        Strip(0.38, 1.44, 0.60, glass=(-0.86, 0.86, 0.1, 0.88)),
        Strip(2.10, 1.50, 0.60),
        Strip(2.95, 1.02, 0.76, glass=(-0.9, 0.9, 0.1, 0.9)),
        Strip(3.90, 0.82, 0.78),
        Strip(4.00, 0.30, 0.76),
    ),
    ("van", "rear"): (
        Strip(0.08, 0.32, 0.88),
        Strip(0.015, 0.55, 0.96, paint=PLASTIC),
        Strip(0.04, 1.15, 0.96),
        Strip(0.14, 1.95, 0.88, glass=(-0.86, 0.86, 0.12, 0.85)),
        Strip(0.20, 2.10, 0.84),
        Strip(4.10, 2.12, 0.84),
        Strip(5.00, 1.20, 0.94),
        Strip(5.40, 0.40, 0.94),
    ),
    ("truck", "rear"): (
        Strip(0.10, 0.40, 1.10),
        Strip(0.02, 0.62, 1.20, paint=PLASTIC),
        Strip(0.12, 0.95, 1.22, paint=0.05),
        Strip(0.14, 3.55, 1.25),
        Strip(7.60, 3.60, 1.25),
        Strip(7.70, 0.50, 1.20),
    ),
    ("flatbed", "rear"): (
        Strip(0.10, 0.40, 1.05),
        Strip(0.02, 0.60, 1.15, paint=PLASTIC),
        Strip(0.04, 0.86, 1.18, paint=0.05),
        Strip(6.00, 0.90, 1.18, paint=0.10),
        Strip(6.02, 2.50, 1.10, glass=(-0.8, 0.8, 0.55, 0.92)),
        Strip(7.60, 2.55, 1.10),
        Strip(7.90, 0.50, 1.10),
    ),
    ("flatbed", "front"): (
        Strip(0.08, 0.34, 1.05),
        Strip(0.015, 0.80, 1.12, paint=PLASTIC),
        Strip(0.04, 1.35, 1.14),
        Strip(0.20, 2.40, 1.12, glass=(-0.93, 0.93, 0.05, 0.92)),
        Strip(1.70, 2.45, 1.10),
        Strip(1.75, 0.90, 1.18),
        Strip(7.90, 0.88, 1.18),
    ),
    ("bus", "rear"): (
        Strip(0.08, 0.34, 1.20),
        Strip(0.015, 0.70, 1.25, paint=PLASTIC),
        Strip(0.03, 1.60, 1.25),
        Strip(0.10, 2.60, 1.22, glass=(-0.9, 0.9, 0.1, 0.95)),
        Strip(0.22, 3.05, 1.16),
        Strip(11.70, 3.08, 1.16),
        Strip(11.90, 0.40, 1.20),
    ),
    ("saloon", "front"): (
        Strip(0.12, 0.22, 0.78),
        Strip(0.015, 0.36, 0.85, paint=PLASTIC),
        Strip(0.03, 0.60, 0.87),
        Strip(0.14, 0.76, 0.84),
        Strip(1.15, 0.97, 0.78),
        Strip(1.95, 1.40, 0.58, glass=(-0.93, 0.93, 0.06, 0.94)),
        Strip(3.20, 1.44, 0.58),
        Strip(4.00, 1.03, 0.78),
        Strip(4.55, 0.98, 0.80),
        Strip(4.60, 0.30, 0.80),
    ),
    ("hatch", "front"): (
        Strip(0.10, 0.22, 0.74),
        Strip(0.015, 0.38, 0.81, paint=PLASTIC),
        Strip(0.03, 0.62, 0.83),
        Strip(0.14, 0.80, 0.80),
        Strip(0.95, 1.00, 0.76),
        Strip(1.70, 1.46, 0.60, glass=(-0.93, 0.93, 0.06, 0.94)),
        Strip(3.60, 1.48, 0.60),
        Strip(4.00, 0.95, 0.78),
        Strip(4.02, 0.30, 0.76),
    ),
    ("van", "front"): (
        Strip(0.10, 0.26, 0.86),
        Strip(0.015, 0.50, 0.94, paint=PLASTIC),
        Strip(0.06, 0.95, 0.95),
        Strip(0.55, 1.18, 0.93),
        Strip(1.20, 1.98, 0.86, glass=(-0.92, 0.92, 0.05, 0.94)),
        Strip(1.40, 2.10, 0.84),
        Strip(5.30, 2.12, 0.84),
        Strip(5.40, 0.40, 0.94),
    ),
    ("truck", "front"): (
        Strip(0.08, 0.34, 1.15),
        Strip(0.015, 0.80, 1.20, paint=PLASTIC),
        Strip(0.04, 1.55, 1.22),
        Strip(0.14, 2.55, 1.20, glass=(-0.93, 0.93, 0.05, 0.92)),
        Strip(0.30, 3.55, 1.22),
        Strip(7.60, 3.60, 1.25),
        Strip(7.70, 0.50, 1.20),
    ),
    ("bus", "front"): (
        Strip(0.08, 0.30, 1.20),
        Strip(0.015, 0.75, 1.25, paint=PLASTIC),
        Strip(0.03, 1.20, 1.25),
        Strip(0.10, 2.60, 1.22, glass=(-0.95, 0.95, 0.03, 0.97)),
        Strip(0.20, 3.05, 1.16),
        Strip(11.70, 3.08, 1.16),
        Strip(11.90, 0.40, 1.20),
    ),
}

PLATE_HEIGHT_M: dict[tuple[Shape, End], tuple[float, float]] = {
    ("saloon", "rear"): (0.48, 0.88),
    ("hatch", "rear"): (0.42, 0.92),
    ("van", "rear"): (0.44, 0.72),
    ("truck", "rear"): (0.55, 0.95),
    ("bus", "rear"): (0.50, 0.90),
    ("flatbed", "rear"): (0.50, 0.66),
    ("flatbed", "front"): (0.45, 0.70),
    ("saloon", "front"): (0.30, 0.52),
    ("hatch", "front"): (0.30, 0.52),
    ("van", "front"): (0.34, 0.62),
    ("truck", "front"): (0.45, 0.70),
    ("bus", "front"): (0.42, 0.65),
    ("motorcycle", "rear"): (0.52, 0.78),
}
