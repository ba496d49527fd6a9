"""Samples for the corner finder: a mounted plate photographed, cut out along a quad as wrong as the detector's."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Luma, Quad
from kirpik.vision.corners import MARGIN, PATCH_HEIGHT, PATCH_WIDTH, RANGE, from_patch
from kirpik.vision.warp import UNIT_SQUARE, move, patch_to_picture, sample
from kirpik_models.artwork import Artwork, draw
from kirpik_models.corners_nothing import nothing
from kirpik_models.exposure import PAINTED, Light, as_light, expose
from kirpik_models.fonts import Face
from kirpik_models.mount import Mounted, mount
from kirpik_models.optics import optics
from kirpik_models.paste import paste
from kirpik_models.pose import pose
from kirpik_models.toycars import park

WIDTHS_PX = (40.0, 300.0)
FAR_WIDTHS_PX, FAR_SHARE = (16.0, 48.0), 0.4
ON_PAINT, ALIKE, ON_TOY = 0.45, 0.5, 0.25
"""Shares of plates on even paint (and of these, on paint as bright as the sheet), and on a whole toy vehicle."""
BARE, SHARPENED = 0.25, 0.25
"""Shares of plates without a line along the rim, and of pictures sharpened by the camera."""
BENT = 0.8
"""Share of lenses that blur before the tone curve, on a bad evening."""
ROAD, NIGHT, BRIGHT = 0.6, 0.25, 0.4
"""Shares of pictures as an ordinary road camera takes them, and of sheets that shine back by night; from what light on
something is paper."""
TWO_ROWS = 0.12
"""Share of plates of two rows beyond those that a country brings."""
RIM_MM = 7
REACH = 0.9
"""Truth may lie at most this share of the bins' range away; a quad that is worse is drawn again."""
REACHES = (0.12, 0.2, 0.34, 0.75)
"""How far off the patches of each photograph start: about as the last, the second and the first look see it, and as a
detector that was a plate's height off leaves it."""
NOTHING_SHARE, NOTHING = 0.12, 9.0
"""Share of samples without a plate, and what stands for the truth there."""
FURTHEST = (REACH, REACH, REACH, 2.2)
"""Where truth lies beyond the bins, the last one shall be said: so the finder walks towards the plate."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A small picture with one plate in it."""

    luma: Luma = field(repr=False)
    quad: Quad


def photograph(rng: np.random.Generator, faces: Sequence[Face], *, width_px: float, rows: int | None = None) -> Shot:
    """A random plate, mounted, about `width_px` wide (one of `rows` rows, if asked)."""
    on_toy = rows is None and rng.random() < ON_TOY
    light, quad = _on_toy(rng, faces, width_px) if on_toy else _mounted(rng, faces, width_px, rows)
    if rng.random() < ROAD:
        seen = expose(rng, light, paper=_paper(light, quad))
    else:
        strength = float(np.clip(width_px / 90, 0.35, 1.5)) * float(rng.choice([0.4, 1.0]))
        seen = optics(rng, _developed(rng, light), strength=strength)
    return Shot(_sharpened(rng, seen) if rng.random() < SHARPENED else seen, quad)


def _mounted(rng: np.random.Generator, faces: Sequence[Face], width_px: float, rows: int | None) -> tuple[Light, Quad]:
    art = draw(rng, faces, rows=2 if rows is None and rng.random() < TWO_ROWS else rows)
    height_px = width_px * art.size_mm[1] / art.size_mm[0]
    quad = pose(rng, width_px, height_px)
    reach = quad - quad.mean(0)
    low = 1.9 * reach.min(0) - 6
    quad = quad - low + rng.uniform(-0.5, 0.5, 2)
    wide, high = (int(side) for side in np.ceil(1.9 * reach.max(0) - low + 6))
    paint, alike = _paint_level(rng, art) if rng.random() < ON_PAINT else (None, False)
    art = _bare(art) if rng.random() < BARE and not alike else art
    mounted = mount(rng, art, scale=min(1.0, 3 * width_px / art.size_mm[0]), paint=paint)
    scene = np.full((high, wide), float(rng.uniform(10, 240)), np.float32)
    shine = float(rng.uniform(1, 8)) if rng.random() < NIGHT else 0.0
    scene = as_light(scene) / (1 + shine)
    paste(scene, _lit(mounted, shine), quad, inner=mounted.inner)
    return scene, quad


def _paint_level(rng: np.random.Generator, art: Artwork) -> tuple[float, bool]:
    """Often as bright as the sheet: then only the line along its rim says where it ends."""
    if rng.random() < ALIKE:
        return float(np.clip(np.percentile(art.luma, 75) * rng.uniform(0.6, 1.15), 0, 255)), True
    return float(rng.uniform(3, 250)), False


def _lit(mounted: Mounted, shine: float) -> Light:
    """By night the sheet sends back so much more of the light than paint does; ink does not."""
    light = as_light(mounted.luma) / (1 + shine)
    high, wide = light.shape
    left, top, right, bottom = (
        round(share * side) for share, side in zip(mounted.inner, (wide, high) * 2, strict=True)
    )
    light[top:bottom, left:right] *= 1 + shine * np.minimum(1, (1 + shine) * light[top:bottom, left:right] / BRIGHT)
    return light


def _on_toy(rng: np.random.Generator, faces: Sequence[Face], width_px: float) -> tuple[Light, Quad]:
    """With lamps, seams, badges and lettering around it."""
    size = round(3.4 * width_px + 16), round(2.2 * width_px + 16)
    scene = np.full(size[::-1], float(rng.uniform(10, 240)), np.float32)
    centre = size[0] / 2 + float(rng.uniform(-0.5, 0.5)), size[1] / 2 + float(rng.uniform(-0.5, 0.5))
    quad, _ = park(rng, scene, faces, centre, width_px, night=bool(rng.random() < 0.3))
    return as_light(scene), quad


def _paper(light: Light, quad: Quad) -> float:
    """The sheet's brightness."""
    left, top = np.maximum(np.ceil(quad.min(0)), 0).astype(int)
    right, bottom = np.floor(quad.max(0)).astype(int) + 1
    return float(np.percentile(light[top:bottom, left:right], 80))


def _developed(rng: np.random.Generator, light: Light) -> Luma:
    """The lens blurs light, the camera then bends it: so what is bright seems larger, and the truth lies within."""
    if rng.random() < BENT:
        light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.35, 0.9)))
    return np.asarray(255 * np.clip(light, 0, 1) ** (1 / PAINTED) + 0.5, np.uint8)


def _bare(art: Artwork) -> Artwork:
    """Without a line along its rim: on a dark car such a line and the car itself look the same from afar."""
    luma = art.luma.copy()
    luma[:RIM_MM], luma[-RIM_MM:], luma[:, :RIM_MM], luma[:, -RIM_MM:] = (np.uint8(np.median(luma)),) * 4
    return replace(art, luma=luma)


def _sharpened(rng: np.random.Generator, luma: Luma) -> Luma:
    """As a camera's own processing does it, with a dark halo round what is bright."""
    image = luma.astype(np.float32)
    soft = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.6, 1.5)))
    return np.asarray(np.clip(image + float(rng.uniform(0.3, 1.5)) * (image - soft) + 0.5, 0, 255), np.uint8)


def disturbed(rng: np.random.Generator, quad: Quad, *, error: float) -> Quad:
    """`quad` shifted, stretched and bent by about `error` of its width, within the finder's reach."""
    width, height = _sides(quad)
    reach = error * np.array([width, min(width, 3 * height)])
    while True:
        shift, corners = rng.normal(0, 0.8, 2) * reach, rng.normal(0, 0.6, (4, 2)) * reach
        grown = (quad - quad.mean(0)) * (1 + rng.normal(0, 1.2 * error, 2))
        wrong = np.asarray(grown + quad.mean(0) + shift + corners, np.float64)
        if np.abs(in_bins(wrong, quad)).max() < REACH:
            return wrong
        reach = reach * 0.9


def scattered(rng: np.random.Generator, quad: Quad, reach: float, furthest: float) -> Quad:
    """`quad` shifted, stretched and bent evenly by up to about 2.5 `reach`, in the bins' range.

    Evenly, so that the network learns no belief that starts are mostly right: it would step too short.
    """
    across, down = np.diff(quad[[0, 1]], axis=0)[0], np.diff(quad[[0, 3]], axis=0)[0]
    steps = np.stack([RANGE[0] * across, RANGE[1] * down])
    outward = np.sign(UNIT_SQUARE - 0.5)
    while True:
        shift, stretch, bend = rng.uniform(-reach, reach, 2), rng.uniform(-reach, reach, 2), rng.uniform(-1, 1, (4, 2))
        wrong = np.asarray(quad + (shift + stretch * outward + reach * bend) @ steps, np.float64)
        if np.abs(in_bins(wrong, quad)).max() < furthest:
            return wrong


def _sides(quad: Quad) -> tuple[float, float]:
    return float(np.hypot(*(quad[1] - quad[0]))), float(np.hypot(*(quad[3] - quad[0])))


def in_bins(start: Quad, truth: Quad) -> NDArray[np.float64]:
    """Where the true corners lie in the patch cut along `start`: shape (4, 2), −1 to 1 over the bins' range."""
    inverse = np.linalg.inv(patch_to_picture(start, PATCH_WIDTH, PATCH_HEIGHT, MARGIN))
    return np.asarray(from_patch(move(np.asarray(inverse, np.float64), truth)))


def cut(shot: Shot, start: Quad) -> Luma:
    """The patch that the finder sees."""
    return _patch(shot.luma, start)


def _patch(luma: Luma, start: Quad) -> Luma:
    return sample(luma, patch_to_picture(start, PATCH_WIDTH, PATCH_HEIGHT, MARGIN), PATCH_WIDTH, PATCH_HEIGHT)


@dataclass(frozen=True, slots=True)
class CornerSamples:
    """Makes samples for a ring: some patches of each photograph, with starts from good to bad."""

    faces: Sequence[Face] = field(repr=False)

    def __call__(self, rng: np.random.Generator) -> dict[str, NDArray[np.generic]]:
        if rng.random() < NOTHING_SHARE:
            return self._nothing(rng)
        least, most = FAR_WIDTHS_PX if rng.random() < FAR_SHARE else WIDTHS_PX
        width = float(np.exp(rng.uniform(np.log(least), np.log(most))))
        shot = photograph(rng, self.faces, width_px=width)
        patches, truths = [], []
        for reach, furthest in zip(REACHES, FURTHEST, strict=True):
            start = scattered(rng, shot.quad, reach, furthest)
            patches.append(cut(shot, start))
            truths.append(in_bins(start, shot.quad).ravel())
        return {"patch": np.stack(patches), "truth": np.stack(truths).astype(np.float32), "width": np.float32(width)}  # type: ignore[dict-item]

    def _nothing(self, rng: np.random.Generator) -> dict[str, NDArray[np.generic]]:
        width = float(np.exp(rng.uniform(np.log(FAR_WIDTHS_PX[0]), np.log(WIDTHS_PX[1]))))
        patches = [_patch(*nothing(rng, self.faces, width)) for _ in REACHES]
        truths = np.full((len(REACHES), 8), NOTHING, np.float32)
        return {"patch": np.stack(patches), "truth": truths, "width": np.float32(width)}  # type: ignore[dict-item]


FORM = {
    "patch": ((len(REACHES), PATCH_HEIGHT, PATCH_WIDTH), "uint8"),
    "truth": ((len(REACHES), 8), "float32"),
    "width": ((), "float32"),
}


def outward_px(found: Quad, truth: Quad) -> NDArray[np.float64]:
    """Per corner and axis along the plate's own sides, in pixels: outward is positive."""
    across, down = truth[1] - truth[0], truth[3] - truth[0]
    axes = np.stack([across / np.hypot(*across), down / np.hypot(*down)])
    return np.asarray(((found - truth) @ axes.T) * np.sign(UNIT_SQUARE - 0.5), np.float64)
