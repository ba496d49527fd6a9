"""How a flat plate lies in a picture: turned about three axes, seen from some way off."""

import numpy as np

from kirpik.values import Quad


def pose(rng: np.random.Generator, width_px: float, height_px: float, *, tilt_rad: float = 0.06) -> Quad:
    """A rectangle of about that size round (0, 0), mostly upright, now and then turned by up to 20 degrees."""
    yaw, pitch = (float(np.clip(rng.normal(0, spread), -1.0, 1.0)) for spread in (0.3, 0.22))
    roll = float(rng.normal(0, tilt_rad) if rng.random() < 0.8 else rng.uniform(-0.35, 0.35))
    x = np.array([-0.5, 0.5, 0.5, -0.5]) * width_px
    y = np.array([-0.5, -0.5, 0.5, 0.5]) * height_px
    flat = np.stack([x * np.cos(yaw), y * np.cos(pitch) + x * np.sin(yaw) * np.sin(pitch)], 1)
    nearer = 1 + (x * np.sin(yaw) + y * np.sin(pitch)) / (float(rng.uniform(5, 40)) * width_px)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    return np.asarray((flat / nearer[:, None]) @ turn.T, np.float64)


def outline(left: float, top: float, width: float, height: float) -> Quad:
    """An upright rectangle as a quad."""
    return np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])
