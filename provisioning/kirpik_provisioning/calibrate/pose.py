"""Step 2: the pose from surveyed points; refused when they cannot carry it, naming the point that does not fit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kirpik.errors import InputError
from kirpik.road.camera import on_height
from kirpik.site import Camera
from kirpik_provisioning.calibrate.posefit import Array, Given, PoseFit, fit_pose
from kirpik_provisioning.calibrate.steps import LensStep, PointFound, PoseStep
from kirpik_provisioning.calibrate.survey import SurveyPoint

LEAST_POINTS = 8
LEAST_SPREAD_M = 0.5
"""Standard deviation of the points across their longest line: less, and they are as good as one line."""
CHI2_MOST, SHARE_MOST = 2.0, 3.7
ANGLE_MOST_DEG, HEIGHT_OFF_MOST = 0.4, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """What the installer measured by hand, and how well."""

    height_m: float
    height_sigma_m: float = 0.02
    survey_sigma_m: float = 0.03
    click_sigma_px: float = 1.0


def camera_of(lens: LensStep, row_time_us: float = 0.0) -> Camera:
    return Camera(
        width=lens.width, height=lens.height, fx=lens.focal_px, fy=lens.focal_px, cx=lens.centre_px[0],
        cy=lens.centre_px[1], distortion=lens.distortion, row_time_us=row_time_us,
        focal_uncertainty_percent=lens.focal_uncertainty_percent,
    )  # fmt: skip


def calibrate_pose(points: Sequence[SurveyPoint], lens: LensStep, tape: Tape) -> PoseStep:
    """Raises InputError with one sentence that says what to measure again."""
    camera, named = camera_of(lens), [point for point in points if point.pixel is not None]
    _check_points(named, camera)
    given = _given(named, camera, tape)
    fit = fit_pose(given)
    if fit is None:
        raise InputError("the points lead to no camera: check that each was clicked on its own place, and the axes")
    _check_fit(named, given, fit)
    return _step(named, given, fit, tape)


def _given(points: Sequence[SurveyPoint], camera: Camera, tape: Tape) -> Given:
    return Given(
        np.array([point.place_m for point in points], dtype=np.float64),
        np.array([point.pixel for point in points], dtype=np.float64),
        camera, tape.height_m, tape.height_sigma_m, tape.survey_sigma_m, tape.click_sigma_px,
    )  # fmt: skip


def _check_points(points: Sequence[SurveyPoint], camera: Camera) -> None:
    if len(points) < LEAST_POINTS:
        raise InputError(f"{len(points)} points have a place in the still, expected at least {LEAST_POINTS}")
    for point in points:
        u, v = point.pixel or (0.0, 0.0)
        if not (-0.5 <= u < camera.width and -0.5 <= v < camera.height):
            raise InputError(
                f"point '{point.name}': pixel {u:.0f}, {v:.0f} lies outside the picture of "
                f"{camera.width} × {camera.height}"
            )
    places = np.array([point.place_m for point in points])
    across = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[1] / math.sqrt(len(places))
    if across < LEAST_SPREAD_M:
        raise InputError(
            f"the points lie on one line (they spread by {across:.2f} m across it, expected {LEAST_SPREAD_M} m): "
            "take some from both sides of the road"
        )


def _check_fit(points: Sequence[SurveyPoint], given: Given, fit: PoseFit) -> None:
    if fit.chi2 / fit.freedom > CHI2_MOST or fit.share.max() > SHARE_MOST:
        raise InputError(_who_does_not_fit(points, given, fit))
    off = abs(fit.pose.position_m[2] - given.height_m) / given.height_sigma_m
    if off > HEIGHT_OFF_MOST:
        raise InputError(
            f"the points put the camera {fit.pose.position_m[2]:.2f} m above the road, the tape says "
            f"{given.height_m:.2f} m: measure the height again, or check that all points are on one datum"
        )
    angles = np.degrees(np.sqrt(np.diag(fit.covariance)[3:]))
    if angles.max() > ANGLE_MOST_DEG:
        raise InputError(
            f"the points leave the camera's angles uncertain by {angles.max():.2f} degrees, expected at most "
            f"{ANGLE_MOST_DEG}: spread them over the whole road in view, near and far"
        )


def _who_does_not_fit(points: Sequence[SurveyPoint], given: Given, fit: PoseFit) -> str:
    """Leave each out in turn: the one without which the others agree is the one to measure again."""
    chi2 = f"χ² per degree of freedom {fit.chi2 / fit.freedom:.1f}, expected at most {CHI2_MOST:g}"
    suspects = np.argsort(-fit.share)[:4]
    without = {int(n): _without(given, int(n)) for n in suspects}
    named = {n: one for n, one in without.items() if one is not None}
    if named:
        best = min(named, key=lambda n: named[n].chi2)
        rest = named[best]
        if rest.chi2 / rest.freedom <= CHI2_MOST and rest.share.max() <= SHARE_MOST:
            name, off_m = points[best].name, _off_m(given, rest, best)
            return (
                f"point '{name}' lies {off_m:.2f} m from where the others say it is ({chi2}): "
                f"measure or click it again, or leave it out with --without {name}"
            )
    worst = points[int(np.argmax(fit.share))].name
    return f"the points do not agree ({chi2}); '{worst}' is furthest off: check the survey, the lens and the still"


def _without(given: Given, n: int) -> PoseFit | None:
    if len(given.places) <= LEAST_POINTS - 1:
        return None
    return fit_pose(replace(given, places=np.delete(given.places, n, 0), pixels=np.delete(given.pixels, n, 0)))


def _off_m(given: Given, fit: PoseFit, n: int) -> float:
    place, pixel = given.places[n], given.pixels[n]
    found = on_height(pixel, float(place[2]), given.camera, fit.pose)
    return float(np.linalg.norm(found - place[:2]))


def _step(points: Sequence[SurveyPoint], given: Given, fit: PoseFit, tape: Tape) -> PoseStep:
    sigma = np.sqrt(np.diag(fit.covariance))
    found = tuple(
        PointFound(
            name=point.name, place_m=point.place_m, pixel=point.pixel or (0.0, 0.0),
            off_px=(round(float(fit.residual[n, 0]), 3), round(float(fit.residual[n, 1]), 3)),
            off_m=round(_off_m(given, fit, n), 4), share=round(float(fit.share[n]), 3),
        )
        for n, point in enumerate(points)
    )  # fmt: skip
    x, y, z = (round(value, 4) for value in fit.pose.position_m)
    return PoseStep(
        position_m=(x, y, z),
        rotation=tuple(round(value, 9) for value in fit.pose.rotation),  # type: ignore[arg-type]  # nine, as the pose's
        position_sigma_m=_up(sigma[:3]),
        angle_sigma_deg=_up(np.degrees(sigma[3:])),
        taped_height_m=tape.height_m,
        points=found,
        chi2_per_dof=round(fit.chi2 / fit.freedom, 3),
    )  # fmt: skip


def _up(sigma: Array) -> tuple[float, float, float]:
    """Rounded, never down."""
    x, y, z = (math.ceil(float(value) * 1e4) / 1e4 for value in sigma)
    return x, y, z
