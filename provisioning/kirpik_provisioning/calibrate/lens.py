"""Step 1: the lens from board pictures, with an uncertainty of the focal length that the pictures themselves give.

The covariance that a fit states rests on independent corner noise, and is too small where a board is bent or a picture
blurred. Each picture is therefore left out once (jackknife): how the focal length moves then is how well it is known.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from kirpik.errors import InputError
from kirpik_provisioning.calibrate.boards import MODELS, Board, LensFit, Sighted, find_board, fit_lens
from kirpik_provisioning.calibrate.steps import LensStep

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
LEAST_BOARDS = 10
RMS_MOST_PX = 1.0
FOCAL_MOST_PERCENT = 0.3
GRID = 4
"""The picture is cut into 4 × 4 fields, and corners must lie in most of them."""
COVERED_LEAST = 0.6


def calibrate_lens(folder: Path, board: Board, *, tell: Callable[[str], None]) -> LensStep:
    """Raises InputError with a sentence that says which pictures to take again."""
    paths = sorted(path for path in _files(folder) if path.suffix.lower() in PICTURES)
    seen, size = _sighted(paths, board, tell)
    if len(seen) < LEAST_BOARDS:
        raise InputError(
            f"{folder}: the board was found in {len(seen)} of {len(paths)} pictures, expected at least {LEAST_BOARDS}"
        )
    best = _plainest(seen, size)
    if best.rms_px > RMS_MOST_PX:
        raise InputError(
            f"{folder}: corners lie {best.rms_px:.2f} px off, expected below {RMS_MOST_PX}: {_worst(seen, best)}"
        )
    percent = 100 * _jackknife(seen, size, best.model) / best.focal_px
    covered = coverage(np.concatenate([one.in_picture for one in seen]), size)
    if covered < COVERED_LEAST:
        raise InputError(
            f"{folder}: corners lie in {covered:.0%} of the picture, expected at least {COVERED_LEAST:.0%}: "
            "hold the board into its corners and edges too"
        )
    if percent > FOCAL_MOST_PERCENT:
        raise InputError(
            f"{folder}: the focal length is known to {percent:.2f} %, expected {FOCAL_MOST_PERCENT} % or better: "
            "add pictures with the board nearer and tilted by 30 to 45 degrees to all sides"
        )
    return _step(seen, size, best, percent, covered)


def _files(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot read the folder of board pictures: {error.strerror}") from error


def _sighted(paths: Sequence[Path], board: Board, tell: Callable[[str], None]) -> tuple[list[Sighted], tuple[int, int]]:
    seen, first = [], None
    for path in paths:
        found, size = find_board(path, board)
        first = first or size
        if size != first:
            raise InputError(f"{path}: {size[0]} × {size[1]} pixels, expected {first[0]} × {first[1]} as the others")
        tell(f"{path.name}: {'no board' if found is None else f'{len(found.in_picture)} corners'}")
        if found is not None:
            seen.append(found)
    return seen, first or (0, 0)


def _plainest(seen: Sequence[Sighted], size: tuple[int, int]) -> LensFit:
    """By the Bayesian information criterion: another term must explain more than chance would."""
    fits = [fit_lens(seen, size, model) for model in MODELS]
    count = 2 * sum(len(one.in_picture) for one in seen)

    def criterion(fit: LensFit) -> float:
        return count * math.log(fit.rms_px**2) + len(MODELS[fit.model]) * math.log(count)

    return min(fits, key=criterion)


def _jackknife(seen: Sequence[Sighted], size: tuple[int, int], model: str) -> float:
    """Standard deviation of the focal length, pixels."""
    count = len(seen)
    each = np.array([fit_lens([*seen[:n], *seen[n + 1 :]], size, model).focal_px for n in range(count)])
    return float(np.sqrt((count - 1) / count * ((each - each.mean()) ** 2).sum()))


def coverage(pixels: np.ndarray, size: tuple[int, int]) -> float:
    """Share of the picture's fields that hold at least one corner."""
    fields = np.floor(pixels / size * GRID).clip(0, GRID - 1).astype(int)
    return len({(int(x), int(y)) for x, y in fields}) / GRID**2


def _worst(seen: Sequence[Sighted], fit: LensFit) -> str:
    rms = [float(np.sqrt((one**2).sum(axis=1).mean())) for one in fit.residuals]
    return f"take {seen[int(np.argmax(rms))].name} out or again ({max(rms):.2f} px)"


def _step(seen: Sequence[Sighted], size: tuple[int, int], fit: LensFit, percent: float, covered: float) -> LensStep:
    corners = [
        (round(float(x), 2), round(float(y), 2), round(float(dx), 3), round(float(dy), 3))
        for one, off in zip(seen, fit.residuals, strict=True)
        for (x, y), (dx, dy) in zip(one.in_picture, off, strict=True)
    ]
    k1, k2, p1, p2, k3 = (round(k, 7) for k in fit.distortion)
    return LensStep(
        width=size[0],
        height=size[1],
        focal_px=round(fit.focal_px, 3),
        centre_px=(round(fit.centre_px[0], 3), round(fit.centre_px[1], 3)),
        distortion=(k1, k2, p1, p2, k3),
        focal_uncertainty_percent=math.ceil(percent * 1000) / 1000,
        rms_px=round(fit.rms_px, 4),
        model=fit.model,
        pictures=tuple(one.name for one in seen),
        covered=round(covered, 3),
        corners=tuple(corners),
    )
