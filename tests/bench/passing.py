"""One vehicle after another passes the simulator's cameras: the patches that a unit would keep of each, and the truth.

No frame is rendered but those that a track keeps, each through the simulator's own plate, optics, weather, noise, and
half of the vehicles through a video codec. Corners are the corner finder's, from starts as far off as the detector's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import av
import numpy as np
from numpy.typing import NDArray

from kirpik.values import Frame, Luma, Quad, Sighting
from kirpik.vision.corners import CornerFinder
from kirpik.vision.patch import MOST, SLOT_NS, Patch, keep
from tests.bench.legible import char_px, legible
from tests.sim import stages, streets
from tests.sim.motion import Profile
from tests.sim.plates import Plate
from tests.sim.render import Renderer
from tests.sim.scenes import SIGNAL
from tests.sim.sensor import Luma as Picture
from tests.sim.stage import Scene, Stage
from tests.sim.traffic import Casting, Part
from tests.sim.vehicle import Moment, Vehicle, seen
from tests.sim.write import luma_frame, renderer_of

Array = NDArray[np.float64]

VEHICLES = 60
"""That pass one camera; then the next is drawn."""
FILTHY, COVERED = 0.04, 0.04
"""Shares of the vehicles whose plate is hidden, as in the simulator's free traffic."""
SPEED_KMH = (35.0, 120.0)
NARROWEST_PX = 30.0
"""From where on the unit follows a plate."""
BRIEF_SHARE = 0.3
"""Vehicles that are seen for a part of their way only: others hide them."""
START_ERROR = 0.025
"""Of a corner, as a share of the plate's width: what the detector hands over."""
CODED_SHARE, CRF = 0.5, (16, 27)
"""Pictures that come out of a codec (x264, every frame by itself)."""
BLOCK = 16

Place = Callable[[np.random.Generator], Stage]
PLACES: tuple[Place, ...] = (
    lambda rng: streets.highway(rng, "passing"),
    lambda rng: streets.highway(rng, "passing"),
    lambda rng: stages.junction(rng, stages.daylight(rng), "passing", SIGNAL),
    lambda rng: stages.junction(rng, stages.night(rng), "passing", SIGNAL),
    lambda rng: stages.straight(rng, stages.daylight(rng), "passing"),
    lambda rng: stages.straight(rng, stages.night(rng), "passing"),
    lambda rng: stages.towards(rng, stages.daylight(rng), "passing"),
    lambda rng: stages.towards(rng, stages.night(rng), "passing"),
    lambda rng: stages.wide(rng, stages.daylight(rng), "passing"),
)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a unit keeps of one vehicle, and what its plate says."""

    plate: Plate = field(repr=False)
    night: bool
    char_px: tuple[float, ...]
    """True height of its tall characters in every patch that was offered."""
    patches: list[Patch] = field(repr=False)
    outlines: list[tuple[Quad, Sighting | None]] = field(repr=False)
    """Of every frame that was offered: the true corners, and what the corner finder saw, if anything."""

    @property
    def readable(self) -> bool:
        """By truth alone: nothing hides the plate, and in three frames its characters are 12 pixels high."""
        return legible(self.plate, self.char_px)


def passing(seed: int, corners: CornerFinder, *, readable_only: bool = False) -> Iterator[Passed]:
    """Without end; the same seed gives the same traffic. What is left out is not rendered: truth is known before."""
    for number in count():
        rng = np.random.default_rng([seed, number])
        stage = PLACES[number % len(PLACES)](rng)
        scene = Scene(stage, seed, 0.0, ())
        renderer = renderer_of(scene, stage.camera, rng, noise=True)
        casting = Casting(stage, rng, variety=np.random.default_rng([seed, number, 77]))
        for _ in range(VEHICLES):
            vehicle, dice = _vehicle(casting), np.random.default_rng(rng.integers(1 << 62))
            views = _kept_views(dice, stage, vehicle)
            heights = tuple(char_px(vehicle.plate, quad) for _, quad in views)
            passed = Passed(vehicle.plate, stage.light.night, heights, [], [])
            if passed.readable or not readable_only:
                _photograph(dice, renderer, vehicle, views, corners, passed)
                yield passed


def _vehicle(casting: Casting) -> Vehicle:
    """At t = 0 it is at the near end of what the camera sees, or at the far end if it comes."""
    rng, stage = casting.rng, casting.stage
    lane = stage.lanes[int(rng.integers(len(stage.lanes)))]
    hidden, left = rng.random(), float(rng.uniform(0.2, 0.5))
    part = Part(
        "passing",
        dirt=0.95 if hidden < FILTHY else None,
        covered=(left, left + 0.3) if FILTHY <= hidden < FILTHY + COVERED else None,
    )
    start_m = stage.reach_m[0] - 2 if lane.way > 0 else -stage.reach_m[1]
    return casting.make(
        lane, Profile.steady(at_s=0.0, progress_m=start_m, speed_mps=float(rng.uniform(*SPEED_KMH)) / 3.6), part
    )


def _photograph(
    rng: np.random.Generator,
    renderer: Renderer,
    vehicle: Vehicle,
    views: list[tuple[Moment, Quad]],
    corners: CornerFinder,
    passed: Passed,
) -> None:
    """Fill in what the unit sees of the vehicle in those views."""
    crf = int(rng.integers(*CRF)) if rng.random() < CODED_SHARE else None
    size = _window(max((float(np.ptp(quad[:, 0])) for _, quad in views), default=0.0))
    for moment, quad in views:
        left, top = (int(value) for value in np.floor(quad.mean(0) / BLOCK) * BLOCK - np.array(size) // 2)
        left, top = (max(0, at // BLOCK * BLOCK) for at in (left, top))
        part = renderer.frame([vehicle], moment)[top : top + size[1], left : left + size[0]]
        luma = np.ascontiguousarray(part) if crf is None else coded(part, crf)
        truth = quad - (left, top)
        found = _look(rng, corners, luma, truth)
        passed.outlines.append((truth, found))
        if found is not None:
            frame = Frame(moment.frame, round(moment.time_s * 1e9), moment.exposure_us, None, luma, luma)
            keep(passed.patches, frame, found.quad, _width(found.quad))


def _look(rng: np.random.Generator, corners: CornerFinder, luma: Luma, truth: Quad) -> Sighting | None:
    """The outline, from a start as far off as the detector's."""
    reach = START_ERROR * _width(truth)
    start = truth + rng.normal(0, 0.8, 2) * reach + rng.normal(0, 0.6, (4, 2)) * reach
    return next(iter(corners.refine(luma, [(start, 1.0)])), None)


def _kept_views(rng: np.random.Generator, stage: Stage, vehicle: Vehicle) -> list[tuple[Moment, Quad]]:
    """The largest views of the plate, each of another slot of time, from its whole way or a part of it."""
    exposure_us, step = stage.light.exposure_us, int(np.ceil(SLOT_NS / 1e9 * stage.fps))
    views: list[tuple[Moment, Quad]] = []
    for frame in range(0, 12 * stage.fps, step):
        moment = Moment(frame, frame / stage.fps, exposure_us)
        quad = seen(vehicle, stage.camera, vehicle.plate_points(), moment, exposure_us / 2)
        inside = (quad > 4).all() and (quad < (stage.camera.width - 5, stage.camera.height - 5)).all()
        if inside and _width(quad) >= NARROWEST_PX:
            views.append((moment, quad))
    if rng.random() < BRIEF_SHARE and len(views) > 1:
        first, last = sorted(rng.choice(len(views) + 1, 2, replace=False).tolist())
        views = views[first:last]
    largest = sorted(views, key=lambda view: -float(np.ptp(view[1][:, 0])))[:MOST]
    return sorted(largest, key=lambda view: view[0].frame)


def _width(quad: Quad) -> float:
    return float(np.hypot(*(quad[1] - quad[0])))


def _window(width_px: float) -> tuple[int, int]:
    """Room for the corner finder's looks, in whole blocks."""
    wide, high = (int(np.ceil(share * width_px / BLOCK)) * BLOCK for share in (3.0, 2.0))
    return max(wide, 8 * BLOCK), max(high, 6 * BLOCK)


def coded(luma: Picture, crf: int) -> Luma:
    """Through H.264 and back; the sides are cut to whole blocks."""
    high, wide = (side // BLOCK * BLOCK for side in luma.shape)
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = wide, high, "yuv420p"
    encoder.color_range = av.video.reformatter.ColorRange.JPEG
    encoder.options = {"crf": str(crf), "preset": "veryfast", "tune": "zerolatency", "threads": "1"}
    packets = [*encoder.encode(luma_frame(luma[:high, :wide], 0)), *encoder.encode(None)]
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for packet in packets for frame in decoder.decode(packet)] + list(decoder.decode(None))
    return np.ascontiguousarray(frames[0].to_ndarray()[:high], np.uint8)
