"""Who drives: vehicles with plates nobody else has, fitted into a lane without touching each other."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tests.sim.bodies import Look, build
from tests.sim.faces import MOTORCYCLES, random_foreign, random_text
from tests.sim.motion import Profile
from tests.sim.motorcycles import motorcycle
from tests.sim.plates import Plate, artwork
from tests.sim.shapes import PLATE_HEIGHT_M, Shape
from tests.sim.stage import Lane, Stage
from tests.sim.vehicle import Bounce, Mount, Swerve, Vehicle

SHAPES: tuple[tuple[Shape, float], ...] = (
    ("saloon", 0.46),
    ("hatch", 0.30),
    ("van", 0.13),
    ("truck", 0.07),
    ("bus", 0.04),
)
PAINTS = (0.025, 0.05, 0.09, 0.16, 0.28, 0.42, 0.60)
WRITING = (
    "TRANS-ASIA",
    "8-727-345-67",
    "EXPRESS 24",
    "BARYS LOGISTIC",
    "WWW.NAN.KZ",
    "0-800-100",
    "AQ BIDAI",
    "NON STOP",
)
GAP_M = 2.0
"""Never nearer than this behind another."""
BESIDE_M = 2.6
"""So far aside, two pass each other."""
BESIDE_RIDER_M = 1.4
"""Where one of them is a motorcycle."""
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """What the script asks for beyond the movement; what is None is drawn by lot."""

    role: str
    shape: Shape | None = None
    dirt: float | None = None
    covered: tuple[float, float] | None = None
    text: str | None = None
    plate_format: str = "kz2012_private"
    aside_m: float = 0.0
    """From the middle of the lane."""


@dataclass(slots=True)
class Casting:
    """Makes vehicles for one stage, with every draw from one generator."""

    stage: Stage
    rng: np.random.Generator
    tidy: bool = False
    """Clean plates, none in shade, sign writing only on whom the script wants lettered."""
    variety: np.random.Generator | None = None
    """Where it is given, plates of several makes, countries and rows, and bodies as bright as they."""
    vehicles: list[Vehicle] = field(default_factory=list)
    _texts: set[str] = field(default_factory=set)

    def lot(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def _text(self, part: Part) -> tuple[str, str]:
        if part.text is not None:
            self._texts.add(part.text)
            return part.text, part.plate_format
        while True:
            foreign = self.variety is not None and self.variety.random() < 0.3
            text, plate_format = random_foreign(self.rng) if foreign else random_text(self.rng)
            if text not in self._texts:
                self._texts.add(text)
                return text, plate_format

    def _plate(self, part: Part) -> Plate:
        rng = self.rng
        text, plate_format = self._text(part)
        dirt = 0.0 if self.tidy else max(0.0, self.lot(-0.3, 0.3))
        plate = Plate(
            text=text,
            plate_format=plate_format,
            paper=self.lot(0.72, 0.88),
            ink=self.lot(0.03, 0.06),
            holder=None if rng.random() < 0.2 else self.lot(0.02, 0.12),
            dealer=str(rng.choice(["", "", "AUTO CENTER", "KIRPIK MOTORS", "ALTYN CAR"])),
            dirt=dirt if part.dirt is None else part.dirt,
            shade=self.lot(0.1, 0.9) if rng.random() < 0.12 and not self.tidy and self.stage.light.sun > 0.2 else None,
            covered=part.covered,
            seed=int(rng.integers(2**31)),
            rows=2 if plate_format in MOTORCYCLES else 1,
        )
        return plate if self.variety is None else _of_another_make(plate, self.variety)

    def _look(self, part: Part) -> Look:
        rng = self.rng
        lines = tuple(str(line) for line in rng.choice(WRITING, 2, replace=False)) if rng.random() < 0.75 else ()
        if self.tidy and part.role != "lettered":
            lines = ()
        look = Look(
            paint=float(rng.choice(PAINTS)) * self.lot(0.85, 1.15), lettering=lines, route=str(rng.integers(2, 250))
        )
        if self.variety is None:
            return look
        painted = bool(self.variety.random() < 0.5)
        return replace(look, painted=painted, paint=min(0.85, look.paint * (1.4 if painted else 1.0)))

    def _mount(self, shape: Shape, lane: Lane) -> Mount:
        rng = self.rng
        return Mount(
            height_m=self.lot(*PLATE_HEIGHT_M[shape, lane.end]),
            aside_m=float(rng.normal(0, 0.03)),
            yaw_deg=float(rng.normal(0, 1.5)),
            pitch_deg=float(rng.normal(-10, 4) if shape == "motorcycle" else rng.normal(2, 3)),
            roll_deg=float(rng.normal(0, 0.8)),
            scale=1.0 + float(rng.normal(0, 0.001)),
        )

    def make(self, lane: Lane, profile: Profile, part: Part) -> Vehicle:
        """A vehicle that is not yet on the road."""
        names, weights = zip(*SHAPES, strict=True)
        shape: Shape = part.shape or names[int(self.rng.choice(len(names), p=weights))]
        plate = self._plate(part)
        look = self._look(part)
        body = motorcycle(look) if shape == "motorcycle" else build(shape, lane.end, look)
        room = max(0.05, (lane.right_m - lane.left_m - body.width_m) / 2 - 0.15)
        return Vehicle(
            ident=len(self.vehicles),
            role=part.role,
            lane=lane.name,
            way=lane.way,
            x_m=lane.centre_m + float(np.clip(self.rng.normal(0, 0.18), -room, room)) + part.aside_m,
            heading_deg=float(self.rng.normal(0, 0.25)),
            profile=profile,
            body=body,
            plate=plate,
            artwork=artwork(plate),
            mount=self._mount(shape, lane),
            bounce=Bounce(metres=abs(self.lot(-0.003, 0.003)), hertz=self.lot(1.0, 2.0), phase=self.lot(0, 6.28)),
            headlamps=bool(self.rng.random() < 0.5),
        )

    def enter(
        self,
        lane: Lane,
        profile_after: Callable[[float], Profile],
        part: Part,
        *,
        within_s: float = 6.0,
        swerves: Callable[[Profile], tuple[Swerve, ...]] | None = None,
    ) -> Vehicle | None:
        """Puts a vehicle on the road, later by what keeps it clear of those before it; None if that fails."""
        vehicle = self.make(lane, profile_after(0.0), part)
        for delay_s in np.arange(0.0, within_s, 0.15):
            profile = profile_after(float(delay_s))
            placed = replace(vehicle, profile=profile, swerves=() if swerves is None else swerves(profile))
            if all(_apart(profile, placed, other) for other in self.vehicles):
                self.vehicles.append(placed)
                return placed
        return None

    def ride(self, carrier: Vehicle, rider: Vehicle) -> Vehicle:
        """Puts a vehicle on or behind another, without a look at what is in the way."""
        placed = replace(
            rider, ident=len(self.vehicles), carried=True, carrier=carrier.ident, x_m=carrier.x_m,
            heading_deg=carrier.heading_deg, swerves=carrier.swerves, bounce=carrier.bounce,
        )  # fmt: skip
        self.vehicles.append(placed)
        return placed


def _of_another_make(plate: Plate, rng: np.random.Generator) -> Plate:
    """Rim, weight and width of the characters as other works stamp them; now and then two rows."""
    two_rows = plate.plate_format.startswith("kz2012") and rng.random() < 0.15
    rim = None if rng.random() < 0.15 else (float(rng.uniform(1.0, 6.0)), float(rng.uniform(1.0, 4.0)))
    return replace(
        plate,
        rows=2 if two_rows else plate.rows,
        rim_mm=rim,
        bold_mm=float(rng.uniform(-1.0, 1.0)),
        squeeze=float(rng.uniform(0.88, 1.05)),
    )


def _apart(profile: Profile, vehicle: Vehicle, other: Vehicle) -> bool:
    """Whether the two never come nearer than the gap where they can be seen."""
    beside = BESIDE_RIDER_M if "motorcycle" in (vehicle.body.shape, other.body.shape) else BESIDE_M
    if not vehicle.swerves and not other.swerves and abs(vehicle.x_m - other.x_m) >= beside:
        return True
    time_s = np.arange(-4.0, 140.0, 0.1)
    mine, theirs = vehicle.way * profile.progress_m(time_s), other.way * other.profile.progress_m(time_s)
    length = np.where(mine > theirs, other.body.length_m, vehicle.body.length_m)
    near = (np.abs(mine) < 90.0) & (np.abs(theirs) < 90.0) & (mine > -15.0)
    aside = np.abs(_x(vehicle, time_s) - _x(other, time_s))
    return bool(np.all((np.abs(mine - theirs) - length)[near & (aside < beside)] >= GAP_M))


def _x(vehicle: Vehicle, time_s: Array) -> Array:
    return vehicle.x_m + np.asarray(sum((s.at(time_s) for s in vehicle.swerves), np.zeros_like(time_s)))
