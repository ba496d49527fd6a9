"""After reading: all patches of one plate laid upon each other by their own pixels, finer than any outline was found.

Lucas–Kanade in its inverse compositional form (Baker and Matthews 2004), affine, with gain and offset of the light. The
letters, whatever their face, are the artwork: no knowledge of a state's face is needed. What it cannot know is the
outlines' common error: their mean is one and the same share of the plate in every patch.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kirpik.values import Quad, TrackPoint
from kirpik.vision.patch import Patch
from kirpik.vision.warp import UNIT_SQUARE, Homography, move, sample, unit_to_quad

WIDTH, HEIGHT = 144, 36
INSIDE = 2
"""Pixels of the grid that are left out along its rim: there the vehicle begins."""
LEAST_PATCHES = 3
TURNS, STILL = 12, 2e-4
"""Steps at most, and the one that is small enough to end, in shares of the plate's width."""
PASSES = 2
"""The first is laid upon the clearest patch, the second upon the mean of all."""
POINT_SPREAD_PX = 0.6
"""Deviation of what a pixel of the picture sees."""
FARTHEST = 0.06
"""No outline is off by this share of the plate; the patch shows something else."""
LEAST_LIKENESS = 0.85
"""Correlation with the mean; below it the plate is covered, or glares."""
FLOOR_PX = 0.03
"""No corner is known better, whatever the pixels say."""

Field = NDArray[np.float64]

_STAYS = np.eye(3)[:2]
_CORNERS = UNIT_SQUARE - 0.5
_TO_PIXELS = np.array([[WIDTH, 0, (WIDTH - 1) / 2], [0, HEIGHT, (HEIGHT - 1) / 2], [0, 0, 1.0]])
"""From units of the plate, its centre nought and its sides ±½, to pixels of the grid."""
_TO_UNITS = np.linalg.inv(_TO_PIXELS)
_X, _Y = np.meshgrid((np.arange(WIDTH) + 0.5) / WIDTH - 0.5, (np.arange(HEIGHT) + 0.5) / HEIGHT - 0.5)


@dataclass(slots=True)
class _Laid:
    """A patch on its way; `shift` (2, 3) moves the grid's units to where the outline says they are."""

    patch: Patch
    base: Homography
    """From the plate's units to the patch's pixels, as the outline has it."""
    shift: Field = field(default_factory=_STAYS.copy)
    likeness: float = 0.0
    sigma: float = np.inf
    """Of a corner, in widths of the plate."""

    def homography(self) -> Homography:
        """From the grid's pixels to the patch's."""
        return np.asarray(self.base @ _whole(self.shift) @ _TO_UNITS)

    def blur(self) -> float:
        """What a pixel sees, in pixels of the grid."""
        return POINT_SPREAD_PX * WIDTH / self.patch.width_px

    def weight(self) -> float:
        return min(self.patch.width_px, WIDTH) ** 2


def register(patches: Sequence[Patch], points: Sequence[TrackPoint]) -> list[TrackPoint] | None:
    """The patches' points of a track with finer outlines, in the order of their times; None when fewer than three
    patches show the same thing.

    `sigma_px` is relative to the other patches. What all outlines have in common, the same share of the plate in each,
    is not in it.
    """
    times = {point.sensor_timestamp_ns: point for point in points}
    once = {patch.sensor_timestamp_ns: patch for patch in patches if patch.width_px > 0}
    known = [patch for at, patch in once.items() if at in times]
    kept = _upon_each_other([_Laid(patch, base) for patch, base in zip(known, _bases(known), strict=True)])
    if not kept:
        return None
    common = _common(kept)
    found = [
        dataclasses.replace(times[one.patch.sensor_timestamp_ns], quad=_outline(one, common), sigma_px=_sigma_px(one))
        for one in kept
    ]
    return sorted(found, key=lambda point: point.sensor_timestamp_ns)


def _bases(patches: Sequence[Patch]) -> list[Homography]:
    """Each outline as a homography from the plate's units (centre nought, sides ±½).

    A corner's error looks like much perspective, which bends the plate; true perspective grows as the plate does. So
    all patches share one, in widths of the plate, and each keeps what is affine in its own outline.
    """
    if not patches:
        return []
    width = np.array([patch.width_px for patch in patches])
    own = np.array([_perspective(patch.quad) for patch in patches])
    shared = np.average(own / width[:, None], axis=0, weights=width**4)
    return [_fitted(patch.quad, shared * patch.width_px) for patch in patches]


def _perspective(quad: Quad) -> Field:
    centred = unit_to_quad(quad) @ np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    return np.asarray(centred[2, :2] / centred[2, 2])


def _fitted(quad: Quad, perspective: Field) -> Homography:
    """The homography with this perspective that meets four corners best."""
    depth = 1 + _CORNERS @ perspective
    known = np.column_stack([_CORNERS, np.ones(4)])
    affine, *_ = np.linalg.lstsq(known, quad * depth[:, None], rcond=None)
    return np.vstack([affine.T, (*perspective, 1.0)])


def _upon_each_other(laid: Sequence[_Laid]) -> Sequence[_Laid]:
    """Those that show the same plate, or none."""
    if len(laid) < LEAST_PATCHES:
        return ()
    reference, kept = max(laid, key=lambda one: one.patch.clarity), laid
    template, blur = _seen(reference), reference.blur()
    for _ in range(PASSES):
        for one in laid:
            _lay(one, template, blur)
        kept = [one for one in laid if one.likeness >= LEAST_LIKENESS]
        if len(kept) < LEAST_PATCHES:
            return ()
        template, blur = _mean(kept)
    return kept


def _lay(one: _Laid, template: Field, template_blur: float) -> None:
    """Move one patch until it lies upon the template."""
    wanted = _blurred(template, one.blur())
    steepest, normal = _steepest(wanted)
    for _ in range(TURNS):
        residual, one.likeness = _residual(_blurred(_seen(one), template_blur), wanted)
        step = np.asarray(np.linalg.solve(normal, steepest.T @ residual).reshape(2, 3), np.float64)
        one.shift = np.asarray((_whole(one.shift) @ np.linalg.inv(_whole(_STAYS + step)))[:2], np.float64)
        if not np.abs(one.shift - _STAYS).max() < FARTHEST:
            one.shift, one.likeness = _STAYS.copy(), 0.0
            return
        if np.abs(step).max() < STILL:
            break
    one.sigma = _sigma(residual, normal, float(np.hypot(one.blur(), template_blur)))


def _steepest(template: Field) -> tuple[Field, Field]:
    """How the template changes with an affine step's six numbers, light taken out, and their normal matrix."""
    down, across = (np.asarray(slope, np.float64) for slope in np.gradient(template))
    images = [slope * side * by for slope, side in ((across, WIDTH), (down, HEIGHT)) for by in (_X, _Y, 1.0)]
    steepest = np.stack([_inner(np.asarray(image)) for image in images], axis=1)
    light, _ = np.linalg.qr(np.stack([_inner(template), np.ones(len(steepest))], axis=1))
    steepest -= light @ (light.T @ steepest)
    return steepest, steepest.T @ steepest + 1e-6 * np.eye(6)


def _residual(seen: Field, wanted: Field) -> tuple[Field, float]:
    """What is left after gain and offset, in the template's grey levels; and the correlation."""
    mine, theirs = _inner(seen), _inner(wanted)
    mine, theirs = mine - mine.mean(), theirs - theirs.mean()
    power, common = float(mine @ mine) + 1e-9, float(mine @ theirs)
    return mine * (common / power) - theirs, common / float(np.sqrt(power * (theirs @ theirs) + 1e-9))


def _sigma(residual: Field, normal: Field, blur: float) -> float:
    """Root mean square over the corners, in widths of the plate; blurred pixels are no independent witnesses."""
    witnesses = residual.size * min(1.0, 1 / (4 * np.pi * blur**2))
    covariance = np.linalg.inv(normal) * float(residual @ residual) / witnesses
    corners = np.column_stack([_CORNERS, np.ones(4)])
    across, down = (
        np.einsum("ki,ij,kj->k", corners, covariance[at : at + 3, at : at + 3], corners) * side**2
        for at, side in ((0, 1.0), (3, HEIGHT / WIDTH))
    )
    return float(np.sqrt(np.mean([across, down])))


def _mean(laid: Sequence[_Laid]) -> tuple[Field, float]:
    """All patches as they now lie, in even light, by their resolution; and how blurred that is."""
    weights = [one.weight() for one in laid]
    views = [_seen(one) for one in laid]
    even = [(view - view.mean()) / max(float(view.std()), 1.0) * 50.0 for view in views]
    blur = float(np.average([one.blur() for one in laid], weights=weights))
    return np.asarray(np.average(even, axis=0, weights=weights)), blur


def _common(laid: Sequence[_Laid]) -> Field:
    """The mean of all outlines, (3, 3), in the template's units."""
    outlines = [np.linalg.inv(_whole(one.shift)) for one in laid]
    return np.asarray(np.average(outlines, axis=0, weights=[one.weight() for one in laid]))


def _outline(one: _Laid, common: Field) -> Quad:
    """Where the plate's mean outline lies in this patch, in the picture."""
    return np.asarray(move(one.base @ _whole(one.shift) @ common, _CORNERS) + one.patch.origin)


def _sigma_px(one: _Laid) -> float:
    return float(np.hypot(one.sigma * one.patch.width_px, FLOOR_PX))


def _whole(shift: Field) -> Field:
    return np.vstack([shift, (0.0, 0.0, 1.0)])


def _seen(one: _Laid) -> Field:
    return sample(one.patch.luma, one.homography(), WIDTH, HEIGHT).astype(np.float64)


def _inner(image: Field) -> Field:
    return np.asarray(image[INSIDE:-INSIDE, INSIDE:-INSIDE].ravel())


def _blurred(image: Field, deviation: float) -> Field:
    """Gaussian, separable; the rim is continued."""
    reach = int(np.ceil(2.5 * deviation))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(image, reach, mode="edge")
    rows = sum((share * padded[:, at : at + WIDTH] for at, share in enumerate(kernel)), np.zeros((len(padded), WIDTH)))
    return sum((share * rows[at : at + HEIGHT] for at, share in enumerate(kernel)), np.zeros((HEIGHT, WIDTH)))
