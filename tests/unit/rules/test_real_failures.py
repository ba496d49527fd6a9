"""Failures of other makers' systems that reached the newspapers: each is a case here, and nobody is accused in it."""

from collections.abc import Sequence

import numpy as np
import pytest

from kirpik.evidence import Origin, record_of
from kirpik.road.motion import measure
from kirpik.road.path import path_of
from kirpik.rules.judge import Case, judge
from kirpik.rules.signals import Timeline
from kirpik.rules.verdicts import Suspicion, Withheld
from kirpik.site import BusLane, Header, Lane, Rule, Site, SolidLine, Speeding
from kirpik.values import Motion, RoadPath, TrackPoint
from tests.unit.eyes import violation
from tests.unit.road.roads import CAMERA, Pass, drive, pose
from tests.unit.rules.paths import path

LANE = Lane(name="1", polygon_m=((-3.0, 5.0), (3.0, 5.0), (3.0, 80.0), (-3.0, 80.0)), direction="away")
LIMIT = Speeding(limit_kmh=60, charge_from_kmh_over=10)


def site(*rules: Rule, **changes: str) -> Site:
    return Site(
        header=Header(id=changes.get("id", "t")), camera=CAMERA, pose=pose(), lanes=(LANE,), signals=(), rules=rules,
        sha256=changes.get("sha256", "s").encode().ljust(32, b"\0"),
    )  # fmt: skip


def verdicts(points: Sequence[TrackPoint], *rules: Rule) -> list[Suspicion | Withheld]:
    where = site(*rules)
    seen: RoadPath = path_of(points, CAMERA, where.pose)

    def fit() -> Motion | None:
        return measure(points, CAMERA, where.pose)

    return judge(Case(site=where, path=seen, signals=Timeline(), measure=fit, utc_ns=lambda _: None))


def accused(points: Sequence[TrackPoint], *rules: Rule) -> list[Suspicion]:
    return [verdict for verdict in verdicts(points, *rules) if isinstance(verdict, Suspicion)]


def test_the_bus_at_233_was_two_vehicles_in_one_track() -> None:
    """Its outline is lost for a moment, and found again on the vehicle ahead."""
    near = drive(Pass(40.0, y_m=18.0), CAMERA, pose(), seconds=(-0.3, 0.2))
    far = drive(Pass(40.0, y_m=38.0), CAMERA, pose(), seconds=(0.25, 0.9), seed=1)
    assert accused([*near, *far], LIMIT) == []


@pytest.mark.parametrize("jolt_m", [0.04, 0.08, 0.12])
def test_the_van_at_160_was_on_a_speed_bump(jolt_m: float) -> None:
    """Its plate leaps up and down while it drives at 45."""
    points = []
    for step, t in enumerate(np.arange(-1.2, 1.2, 1 / 30)):
        leap = jolt_m * np.sin(2 * np.pi * 2.2 * t) * np.exp(-abs(t))
        found = drive(Pass(45.0, y_m=26.0, height_m=0.55 + leap), CAMERA, pose(), seconds=(t, t + 0.01), seed=step)
        points += found[:1]
    assert accused(points, LIMIT) == []


def test_the_stopped_car_at_60_stood() -> None:
    assert verdicts(drive(Pass(0.0, y_m=24.0), CAMERA, pose(), seconds=(0, 6), noise_px=0.8), LIMIT) == []


def test_the_stopped_car_was_passed_by_a_fast_one() -> None:
    """The outline jumps from the one that stands to the one that passes it, and the track goes on with that."""
    stands = drive(Pass(0.0, y_m=22.0), CAMERA, pose(), seconds=(-1.0, 0.0))
    passes = drive(Pass(58.0, y_m=22.5, x_m=0.2), CAMERA, pose(), seconds=(0.03, 1.0), seed=1)
    assert accused([*stands, *passes], LIMIT) == []


def test_headlight_glare_is_no_plate_of_a_known_size() -> None:
    """Two lamps look like one wide outline, which shrinks as the glare does: nothing can be measured by it."""
    points = drive(Pass(95.0, size_mm=(1500.0, 90.0), height_m=0.7), CAMERA, pose(), seconds=(-0.8, 0.8))
    assert accused(points, LIMIT) == []


def test_a_shadow_over_the_line_moves_no_foot_point() -> None:
    """The outline trembles where the shadow's edge runs over the plate; the vehicle keeps to its lane."""
    driven = path(lambda t: 12 + 14 * t, seconds=(0, 3))
    rng = np.random.default_rng(4)
    shadow = (driven.foot_m[:, 1] > 24) & (driven.foot_m[:, 1] < 34)
    driven.foot_m[:, 0] = 0.9 + np.where(shadow, rng.normal(0.15, 0.25, len(shadow)), 0.0)
    line = SolidLine(line_m=((1.75, 10.0), (1.75, 50.0)))
    case = Case(site=site(line), path=driven, signals=Timeline(), measure=lambda: None, utc_ns=lambda _: None)
    assert judge(case) == []


def test_a_merge_at_the_bus_lanes_end_is_lawful() -> None:
    bus = Lane(name="bus", polygon_m=((1.75, 10.0), (5.25, 10.0), (5.25, 60.0), (1.75, 60.0)), direction="away")
    driven = path(lambda t: 20 + 14 * t, seconds=(0, 2.8))
    driven.foot_m[:, 0] = np.where(driven.foot_m[:, 1] > 44, 3.5, 0.0)
    where = Site(
        header=Header(id="t"), camera=CAMERA, pose=pose(), lanes=(LANE, bus), signals=(), sha256=bytes(32),
        rules=(BusLane(lanes=("bus",), min_length_m=20.0),),
    )  # fmt: skip
    assert judge(Case(site=where, path=driven, signals=Timeline(), measure=lambda: None, utc_ns=lambda _: None)) == []


def test_every_fine_of_an_unlawful_sign_is_found_by_the_hash_of_its_configuration() -> None:
    """A limit of 40 that nobody had ordered: what was charged by it carries its hash, and nothing else does."""
    hashes = []
    for name, limit in (("unlawful", 40), ("lawful", 60)):
        where = site(Speeding(limit_kmh=limit, legal_basis="592"), sha256=name)
        origin = Origin(site=where, models_sha256=bytes(32), software_sha256=bytes(32))
        record = record_of(violation(), origin, event_id=bytes(16), keyset_version=1, last_receipt=None)
        hashes.append(record.configuration_sha256)
        assert record.configuration_sha256 == where.sha256
    assert hashes[0] != hashes[1]
