"""Puts the vehicles of one moment into the empty road: exposure in slices, far ones first, plates in fine cells."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.sim.bodies import Face
from tests.sim.camera import Camera
from tests.sim.light import RETRO, Light
from tests.sim.plates import shaded
from tests.sim.sensor import Luma, Sensor
from tests.sim.texture import Picture, lay_over, level_for, on_canvas, reduce_by_area, warp
from tests.sim.vehicle import Moment, Vehicle, seen
from tests.sim.veil import CLEAR, Veil

Array = NDArray[np.float64]

BODY_CELLS, PLATE_CELLS = 2, 4
"""Cells per pixel, both ways."""
BODY_SLICES, PLATE_SLICES = 4, 16
"""At most so many moments make up an exposure."""


STILLS = 6
"""Pictures of the empty road, each with its own noise, of which a frame takes one where nothing moves."""
LENS_PX, GLARE_PX = 4, 110
"""How far a pixel's light spreads in the lens, by day and by night."""


Box = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two are not in it."""


def merged(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap become one."""
    done: list[Box] = []
    for box in boxes:
        left, top, right, bottom = box
        apart: list[Box] = []
        while done:
            other = done.pop()
            if left < other[2] and other[0] < right and top < other[3] and other[1] < bottom:
                left, top = min(left, other[0]), min(top, other[1])
                right, bottom = max(right, other[2]), max(bottom, other[3])
                done, apart = [*done, *apart], []
            else:
                apart.append(other)
        done = [*apart, (left, top, right, bottom)]
    return done


class Renderer:
    """One scene's frames, in any order; the empty road is rendered before."""

    def __init__(self, camera: Camera, light: Light, empty: Picture, sensor: Sensor, veil: Veil = CLEAR) -> None:
        self._camera = camera
        self._light = light
        self._empty = empty
        self._linear = empty.copy()
        self._drawn: list[Box] = []
        self._sensor = sensor
        self._veil = veil
        self._glare = sensor.glare(empty)
        self._stills = [self._still(layer) for layer in range(STILLS)]

    def frame(self, vehicles: list[Vehicle], moment: Moment) -> Luma:
        """`vehicles` in any order. Only what they cover or light is computed afresh."""
        self._draw(vehicles, moment)
        layer = self._sensor.any_of(STILLS)
        picture = self._stills[layer].copy()
        reach = GLARE_PX if self._light.night else LENS_PX
        for box in merged([self._grown(box, reach) for box in self._drawn]):
            picture[box[1] : box[3], box[0] : box[2]] = self._developed(box, layer)
        self._clear()
        return picture

    def linear(self, vehicles: list[Vehicle], moment: Moment) -> Picture | None:
        """The light that falls on each pixel's area before the lens blurs it; None where nobody is to be seen."""
        self._draw(vehicles, moment)
        linear = self._linear.copy() if self._drawn else None
        self._clear()
        return linear

    def _draw(self, vehicles: list[Vehicle], moment: Moment) -> None:
        """Puts the vehicles into the empty road, far ones first."""
        present = [(v, box) for v in vehicles if (box := self._bounds(v, v.box_points(), moment, pad=6)) is not None]
        present.sort(key=lambda pair: -float(pair[0].foot(np.array(moment.time_s))[1]))
        for vehicle, box in present:
            if vehicle.body.faces:
                self._shadow(self._linear, vehicle, moment)
                self._body(self._linear, vehicle, box, moment)
            self._plate(self._linear, vehicle, moment)

    def _clear(self) -> None:
        for left, top, right, bottom in self._drawn:
            self._linear[top:bottom, left:right] = self._empty[top:bottom, left:right]
        self._drawn.clear()

    def _still(self, layer: int) -> Luma:
        lit = self._sensor.lens(self._veil.over(self._empty, layer, 0, 0), self._glare)
        return self._sensor.read(lit, self._sensor.sigma(lit))

    def _developed(self, box: Box, layer: int) -> Luma:
        """What the sensor makes of a part of the picture."""
        left, top, right, bottom = self._grown(box, LENS_PX)
        part, before = self._linear[top:bottom, left:right], self._empty[top:bottom, left:right]
        glare = self._glare[top:bottom, left:right] + self._sensor.glare(part) - self._sensor.glare(before)
        lit = self._sensor.lens(self._veil.over(part, layer, left, top), glare)
        inner = lit[box[1] - top : box[3] - top, box[0] - left : box[2] - left]
        return self._sensor.read(inner, self._sensor.sigma(inner))

    def _grown(self, box: Box, by_px: int) -> Box:
        left, top, right, bottom = box
        return (
            max(left - by_px, 0),
            max(top - by_px, 0),
            min(right + by_px, self._camera.width),
            min(bottom + by_px, self._camera.height),
        )

    def _bounds(self, vehicle: Vehicle, local: Array, moment: Moment, *, pad: int) -> NDArray[np.int64] | None:
        """Left, top, right, bottom in whole pixels, cut to the picture; None where nothing is to be seen."""
        middle = np.array(moment.time_s)
        depth = self._camera.depth_m(vehicle.place(local, np.broadcast_to(middle, local.shape[:-1])))
        if depth.min() < 2.0:
            return None
        pixels = np.concatenate(
            [seen(vehicle, self._camera, local, moment, back) for back in (0.0, moment.exposure_us)]
        )
        low = np.floor(pixels.min(0)).astype(np.int64) - pad
        high = np.ceil(pixels.max(0)).astype(np.int64) + pad + 1
        size = np.array([self._camera.width, self._camera.height])
        low, high = np.clip(low, 0, size), np.clip(high, 0, size)
        if (high - low).min() < 2:
            return None
        self._drawn.append((int(low[0]), int(low[1]), int(high[0]), int(high[1])))
        return np.concatenate([low, high])

    def _slices(self, vehicle: Vehicle, local: Array, moment: Moment, limit: int) -> NDArray[np.float64]:
        """How long before the row's end each slice of the exposure lies, in microseconds."""
        first, last = (seen(vehicle, self._camera, local, moment, back) for back in (0.0, moment.exposure_us))
        blur_px = float(np.abs(first - last).max())
        count = int(np.clip(np.ceil(blur_px * limit / 8), 1, limit))
        return np.asarray(moment.exposure_us * (np.arange(count) + 0.5) / count)

    def _shadow(self, linear: Picture, vehicle: Vehicle, moment: Moment) -> None:
        """The body's shadow and the darkness under it; by night the pools of its own lamps."""
        corners = vehicle.box_points()
        under = corners.copy()
        under[:, 2] = 0.0
        self._darken(linear, vehicle, under[:4], moment, (0.75, 2.5))
        if self._light.sun > 0.2:
            sun = np.asarray(self._light.sun_direction)
            reach = corners[:, 2:3] / sun[2]
            cast = np.concatenate([corners[:, :2] - sun[:2] * reach, np.zeros((8, 1))], axis=1)
            strength = self._light.sun * 0.7 / (self._light.sun * 0.7 + self._light.ambient)
            self._darken(linear, vehicle, cast, moment, (strength, 1.0))
        if self._light.night:
            half, length = vehicle.body.width_m / 2, vehicle.body.length_m
            ahead = -1.0 if vehicle.way < 0 else 1.0
            far, near = (-13.0, -2.0) if ahead < 0 else (length + 2.0, length + 13.0)
            for begin, end, gain in ((far, near, -5.0), (-2.4, -0.4, -0.8)):
                pool = np.array([[x, y, 0.0] for x in (-half, half) for y in (begin, end)])
                self._darken(linear, vehicle, pool, moment, (gain, 24.0))

    def _darken(
        self, linear: Picture, vehicle: Vehicle, ground: Array, moment: Moment, strength_blur: tuple[float, float]
    ) -> None:
        box = self._bounds(vehicle, ground, moment, pad=4 + round(3.2 * strength_blur[1]))
        if box is None:
            return
        pixels = seen(vehicle, self._camera, ground, moment, moment.exposure_us / 2)
        hull = cv2.convexHull(pixels.astype(np.float32))[:, 0].astype(np.float64)
        size = (int(box[2] - box[0]), int(box[3] - box[1]))
        coarse = max(1, round(strength_blur[1] / 3))
        mask = np.zeros((-(-size[1] // coarse), -(-size[0] // coarse)), np.uint8)
        outline = np.round((hull - box[:2]) / coarse * 16).astype(np.int32)
        cv2.fillConvexPoly(mask, outline, 255, lineType=cv2.LINE_AA, shift=4)
        soft = cv2.GaussianBlur(mask, (0, 0), strength_blur[1] / coarse).astype(np.float32) / 255
        soft = cv2.resize(soft, size) if coarse > 1 else soft
        linear[box[1] : box[3], box[0] : box[2]] *= 1.0 - strength_blur[0] * soft

    def _body(self, linear: Picture, vehicle: Vehicle, box: NDArray[np.int64], moment: Moment) -> None:
        part = linear[box[1] : box[3], box[0] : box[2]]
        start = np.repeat(np.repeat(part, BODY_CELLS, 0), BODY_CELLS, 1)
        faces = self._facing(vehicle, moment)
        points = np.concatenate([face.points for face, _ in faces])
        slices = self._slices(vehicle, vehicle.plate_points(), moment, BODY_SLICES)
        total = np.zeros_like(start)
        for back_us in slices:
            pixels = on_canvas(
                seen(vehicle, self._camera, points, moment, float(back_us)), (box[0], box[1]), BODY_CELLS
            )
            canvas = start.copy() if len(slices) > 1 else start
            at = 0
            for face, shine in faces:
                self._face(canvas, face, pixels[at : at + len(face.points)], shine)
                at += len(face.points)
            total += canvas
        part[:] = reduce_by_area(total, BODY_CELLS) / len(slices)

    def _facing(self, vehicle: Vehicle, moment: Moment) -> list[tuple[Face, float]]:
        """The faces that can be seen, with the luminance of each."""
        foot = vehicle.foot(np.array(moment.time_s))
        heading = vehicle.heading(np.array(moment.time_s))
        dx, dy = self._camera.position_m[:2] - foot
        eye = np.array(
            [
                dx * np.cos(heading) - dy * np.sin(heading),
                dx * np.sin(heading) + dy * np.cos(heading),
                self._camera.position_m[2] - vehicle.lift_m,
            ]
        )
        braking = float(vehicle.profile.acceleration_mps2(np.array(moment.time_s))) < -0.8
        braking = braking or float(vehicle.profile.speed_mps(np.array(moment.time_s))) < 0.2
        result = []
        for face in vehicle.body.faces:
            towards = eye - face.points[0]
            if face.normal @ towards <= 0:
                continue
            depth = float(np.linalg.norm(towards))
            shine = self._light.on(face.normal, depth)
            result.append(
                (
                    face,
                    shine if face.print is not None else face.reflectance * shine + self._glow(face, vehicle, braking),
                )
            )
        return result

    def _glow(self, face: Face, vehicle: Vehicle, braking: bool) -> float:
        """Luminance that a lamp adds."""
        if face.lamp == "none":
            return 0.0
        night = self._light.night
        if face.lamp == "head":
            return self._light.lamps * 3 if night else (1.2 if vehicle.headlamps else 0.0)
        if face.lamp == "tail":
            return 0.7 * self._light.lamps if night else (0.3 if braking else 0.0)
        return (2.5 * self._light.lamps if night else 1.0) if braking else 0.0

    def _face(self, canvas: Picture, face: Face, pixels: Array, shine: float) -> None:
        if face.print is None:
            cv2.fillPoly(canvas, [np.round(np.clip(pixels, -3e4, 3e4) * 16).astype(np.int32)], shine, shift=4)
            return
        quad = pixels[[3, 2, 1, 0]]
        low = np.clip(np.floor(quad.min(0)).astype(int) - 1, 0, None)
        high = np.minimum(np.ceil(quad.max(0)).astype(int) + 2, [canvas.shape[1], canvas.shape[0]])
        if (high - low).min() < 2:
            return
        levels = face.print
        width = float(np.linalg.norm(quad[1] - quad[0]))
        layer = warp(levels[level_for(levels, width)], quad - low, (int(high[1] - low[1]), int(high[0] - low[0])))
        layer[..., 0] *= shine
        lay_over(canvas[low[1] : high[1], low[0] : high[0]], layer)

    def _plate(self, linear: Picture, vehicle: Vehicle, moment: Moment) -> None:
        """Plate with its margin, integrated over pixel areas and exposure without any rounding of positions."""
        outline = vehicle.plate_points(margin=True)
        box = self._bounds(vehicle, outline, moment, pad=2)
        if box is None:
            return
        height, width = int(box[3] - box[1]), int(box[2] - box[0])
        slices = self._slices(vehicle, outline, moment, PLATE_SLICES)
        total = np.zeros((height * PLATE_CELLS, width * PLATE_CELLS, 2), np.float32)
        layer = self._lit_artwork(vehicle, moment)
        for back_us in slices:
            pixels = seen(vehicle, self._camera, outline, moment, float(back_us))
            total += warp(layer, on_canvas(pixels, (box[0], box[1]), PLATE_CELLS), (total.shape[0], total.shape[1]))
        mean = reduce_by_area(total, PLATE_CELLS) / np.float32(len(slices))
        lay_over(linear[box[1] : box[3], box[0] : box[2]], mean.astype(np.float32))

    def _lit_artwork(self, vehicle: Vehicle, moment: Moment) -> Picture:
        """The artwork at a fitting size, as colour times coverage and coverage."""
        outline = vehicle.plate_points(margin=True)
        pixels = seen(vehicle, self._camera, outline, moment, 0.0)
        art = vehicle.artwork
        level = level_for(art.diffuse, float(np.linalg.norm(pixels[1] - pixels[0])) * PLATE_CELLS / 2)
        centre = vehicle.place(outline.mean(0), np.array(moment.time_s))
        depth = float(self._camera.depth_m(centre))
        facing = np.cross(outline[1] - outline[0], outline[0] - outline[3])
        facing = -facing / np.linalg.norm(facing) if facing[1] > 0 else facing / np.linalg.norm(facing)
        colour = shaded(art.diffuse[level], vehicle.plate) * self._light.on(facing, depth)
        if self._light.night:
            colour = colour + art.retro[level] * vehicle.plate.paper * RETRO * self._light.flash_at(depth)
        cover = art.coverage[level]
        return np.stack([colour * cover, cover], axis=-1).astype(np.float32)
