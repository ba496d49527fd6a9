"""A motorcycle with its rider from behind: narrow, one wheel, a small plate of two rows under the tail lamp."""

import numpy as np

from tests.sim.bodies import Body, Face, Lamp, Look
from tests.sim.shapes import CHROME, PLASTIC, TYRE

LENGTH_M, HANDLEBAR_M, HEIGHT_M = 2.1, 0.80, 1.72
TOWARDS = np.array([0.0, -1.0, 0.0])
"""The way every face looks: back at the camera."""


def motorcycle(look: Look) -> Body:
    """In painting order, from the front wheel's shadow to the tail lamp; the plate's plane is y = 0."""
    jacket = float(np.clip(0.6 - look.paint, 0.03, 0.5))
    faces = (
        _box((-0.4, 0.4), (0.96, 1.02), 1.35, PLASTIC),  # handlebar
        *(_box((x - 0.07, x + 0.07), (1.06, 1.18), 1.3, PLASTIC) for x in (-0.36, 0.36)),  # mirrors
        _box((-0.2, 0.2), (0.72, 1.0), 1.0, look.paint),  # tank
        *(_box((x - 0.08, x + 0.08), (0.45, 0.95), 0.8, 0.5 * jacket) for x in (-0.22, 0.22)),  # legs
        _round((0.0, 1.58), (0.13, 0.14), 0.62, look.paint),  # helmet
        _tapered((0.24, 0.17), (0.82, 1.45), 0.55, jacket),  # back
        _box((-0.07, 0.07), (0.0, 0.62), 0.25, TYRE),
        _box((0.1, 0.2), (0.28, 0.4), 0.2, CHROME),  # exhaust
        _tapered((0.15, 0.12), (0.55, 0.86), 0.06, look.paint if look.painted else PLASTIC),  # tail
        _box((-0.09, 0.09), (0.87, 0.93), 0.05, 0.2, lamp="tail"),
        _box((-0.05, 0.05), (0.88, 0.92), 0.045, 0.25, lamp="brake"),
    )
    return Body("motorcycle", LENGTH_M, HANDLEBAR_M, HEIGHT_M, faces)


def _box(
    across: tuple[float, float], up: tuple[float, float], y: float, reflectance: float, *, lamp: Lamp = "none"
) -> Face:
    (left, right), (low, high) = across, up
    corners = [(left, y, low), (right, y, low), (right, y, high), (left, y, high)]
    return Face(points=np.array(corners), reflectance=reflectance, normal=TOWARDS, lamp=lamp)


def _tapered(half: tuple[float, float], up: tuple[float, float], y: float, reflectance: float) -> Face:
    """Symmetrical; half as wide as said below and above."""
    (below, above), (low, high) = half, up
    corners = [(-below, y, low), (below, y, low), (above, y, high), (-above, y, high)]
    return Face(points=np.array(corners), reflectance=reflectance, normal=TOWARDS)


def _round(centre: tuple[float, float], reach: tuple[float, float], y: float, reflectance: float) -> Face:
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    x, z = centre[0] + reach[0] * np.cos(angle), centre[1] + reach[1] * np.sin(angle)
    return Face(points=np.stack([x, np.full(16, y), z], axis=1), reflectance=reflectance, normal=TOWARDS)
