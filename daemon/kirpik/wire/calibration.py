"""The camera and the road as the record tells them: what it takes to compute the number again, and to draw it."""

import hashlib
from dataclasses import dataclass

from kirpik.wire import cbor, fields

MM = fields.whole(-(10**9), 10**9)
POINT_MM = fields.row(MM, MM)
POLYGON_MM = fields.many(POINT_MM, 3, 64)
LINE_MM = fields.row(POINT_MM, POINT_MM)
NAME = fields.text(1, 32)
NANO = fields.whole(-(10**15), 10**15)
MILLIPIXEL = fields.whole(-(10**10), 10**10)
PIXELS = fields.whole(16, 16384)

PointMm = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LaneShape:
    name: str
    direction: str
    """Lawful travel: "away" is +Y, "towards" is −Y."""
    polygon_mm: tuple[PointMm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Pinhole with OpenCV's distortion, x_cam = R · (X_road − C), as in the site file."""

    width_px: int
    height_px: int
    pinhole_mpx: tuple[int, int, int, int]
    """fx, fy, cx, cy in thousandths of a pixel."""
    distortion_1e9: tuple[int, int, int, int, int]
    """k1 k2 p1 p2 k3 in units of 1e-9."""
    row_time_ns: int
    focal_uncertainty_ppm: int
    position_mm: tuple[int, int, int]
    rotation_1e9: tuple[int, ...]
    """R, row-major, in units of 1e-9."""
    position_uncertainty_mm: int
    angle_uncertainty_udeg: int
    lanes: tuple[LaneShape, ...]


ALLOWED = {
    1: ("width_px", PIXELS),
    2: ("height_px", PIXELS),
    3: ("pinhole_mpx", fields.many(MILLIPIXEL, 4, 4)),
    4: ("distortion_1e9", fields.many(NANO, 5, 5)),
    5: ("row_time_ns", fields.whole(0, 10**6)),
    6: ("focal_uncertainty_ppm", fields.whole(0, 500_000)),
    7: ("position_mm", fields.many(MM, 3, 3)),
    8: ("rotation_1e9", fields.many(fields.whole(-2 * 10**9, 2 * 10**9), 9, 9)),
    9: ("position_uncertainty_mm", fields.whole(0, 10**6)),
    10: ("angle_uncertainty_udeg", fields.whole(0, 180 * 10**6)),
    11: ("lanes", fields.many(fields.row(NAME, fields.one_of("away", "towards"), POLYGON_MM), 0, 8)),
}


def to_map(calibration: Calibration) -> dict[int, object]:
    lanes = [[lane.name, lane.direction, lane.polygon_mm] for lane in calibration.lanes]
    return {key: getattr(calibration, name) for key, (name, _) in ALLOWED.items()} | {11: lanes}


def check(name: str, value: object) -> Calibration:
    values = fields.closed_map(name, value, ALLOWED)
    values["lanes"] = tuple(LaneShape(*lane) for lane in values["lanes"])
    return Calibration(**values)


def calibration_hash(calibration: Calibration) -> bytes:
    """Of the camera and pose alone, so that drawing another lane is not another calibration."""
    return hashlib.sha256(cbor.encode(to_map(calibration) | {11: []})).digest()
