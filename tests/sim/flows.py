"""Scripts: free-flowing traffic past a camera, and what people do at a signal."""

from collections.abc import Callable

import numpy as np

from tests.sim.motion import Profile
from tests.sim.phases import Plan
from tests.sim.stage import CLEAR_M, EXIT_M, GRACE_S, Lane
from tests.sim.traffic import Casting, Part

SPEED_KMH: dict[str, tuple[float, float]] = {
    "innocent": (38.0, 58.0),
    "near_limit": (61.0, 67.5),
    "speeder": (78.0, 120.0),
    "filthy_speeder": (85.0, 110.0),
    "covered_speeder": (85.0, 110.0),
}

BEYOND_M = (1.6, EXIT_M - 1.3)
"""Where those stand who stop beyond the line."""
GAP_BEHIND_M = 2.2
"""Between vehicles that stand in a queue, at least."""


def part_for(casting: Casting, role: str) -> Part:
    """What a role's plate looks like."""
    if role == "filthy_speeder":
        return Part(role, dirt=0.95)
    if role == "covered_speeder":
        left = casting.lot(0.2, 0.5)
        return Part(role, covered=(left, left + 0.3))
    if role == "lettered":
        return Part(role, shape="truck" if casting.rng.random() < 0.6 else "van")
    return Part(role)


def cruise(casting: Casting, lane: Lane, role: str, at_s: float, y_m: float, *, within_s: float = 6.0) -> bool:
    """Passes `y_m` at about `at_s` with the speed of the role."""
    speed = casting.lot(*SPEED_KMH.get(role, SPEED_KMH["innocent"])) / 3.6
    acceleration = float(np.clip(casting.rng.normal(0, 0.35), -0.8, 0.8))

    def after(delay_s: float) -> Profile:
        return _gentle(at_s + delay_s, lane.way * y_m, speed, acceleration)

    return casting.enter(lane, after, part_for(casting, role), within_s=within_s) is not None


def _gentle(at_s: float, progress_m: float, speed: float, acceleration: float) -> Profile:
    """Accelerates for six seconds around the given moment, so that nobody ever stands or flies."""
    half_s = 3.0
    start_v = speed - acceleration * half_s
    start_s = progress_m - speed * half_s + acceleration * half_s**2 / 2
    return Profile.steps((at_s - half_s, start_s, start_v), [(2 * half_s, acceleration)])


def free_flow(casting: Casting, roles: tuple[tuple[str, float], ...], seconds: float, y_m: float) -> None:
    """Random arrivals in every lane, one about each 2.5 s."""
    names, weights = zip(*roles, strict=True)
    for lane in casting.stage.lanes:
        at_s = casting.lot(0.8, 2.0)
        while at_s < seconds - 1.0:
            role = str(casting.rng.choice(names, p=np.array(weights) / sum(weights)))
            cruise(casting, lane, role, at_s, y_m, within_s=2.0)
            at_s += 1.2 + float(casting.rng.exponential(1.6))


class Junction:
    """What can happen at the line of one lane during one cycle. Places are progress along the lane."""

    def __init__(self, casting: Casting, lane: Lane, red: tuple[float, float]) -> None:
        line = casting.stage.line_y_m
        if line is None:
            raise ValueError("a junction needs a stage with a signal and a line")
        self._casting, self._lane, self._red, self._line = casting, lane, red, lane.way * line
        self._stands = self._line

    def _enter(self, after: Callable[[float], Profile], part: Part, *, within_s: float) -> bool:
        return self._casting.enter(self._lane, after, part, within_s=within_s) is not None

    def cross(self, role: str, at_s: float, speed_kmh: tuple[float, float], *, within_s: float) -> bool:
        """The plate passes the line at `at_s` or up to `within_s` later."""
        speed = self._casting.lot(*speed_kmh) / 3.6
        acceleration = self._casting.lot(-0.3, 0.3)
        part = part_for(self._casting, role)
        return self._enter(lambda d: _gentle(at_s + d, self._line, speed, acceleration), part, within_s=within_s)

    def pass_line(self, part: Part, at_s: float, speed_kmh: float) -> bool:
        """Passes the line at a set time with a set, nearly constant speed."""
        return self._enter(lambda d: _gentle(at_s + d, self._line, speed_kmh / 3.6, 0.0), part, within_s=1.0)

    def amber(self) -> bool:
        return self.cross("amber", self._red[0] - self._casting.lot(0.6, 2.2), (42, 56), within_s=0.3)

    def grace(self) -> bool:
        return self.cross("grace", self._red[0] + self._casting.lot(0.08, 0.28), (42, 56), within_s=0.05)

    def runner(self, after_s: float, *, speed_kmh: tuple[float, float] = (40, 58), role: str = "runner") -> bool:
        """Far enough away when red began, and goes through all the same."""
        slowest = speed_kmh[0] / 3.6 - 1.0
        earliest = self._red[0] + GRACE_S + (CLEAR_M[self._lane.end] + 2.0) / slowest
        return self.cross(role, max(earliest, self._red[0] + after_s), speed_kmh, within_s=2.5)

    def beyond(self, after_s: float, part: Part | None = None) -> bool:
        """Stops with the plate over the line, but short of the exit."""
        stand_y = self._line + self._casting.lot(*BEYOND_M)
        self._stands = stand_y
        return self._halt(stand_y, after_s, part or Part("beyond_line"), speed_kmh=(34, 48))

    def behind(
        self, after_s: float, part: Part | None = None, *, nose_over: bool = False, gap_m: float = GAP_BEHIND_M
    ) -> bool:
        """Stops in order: the whole vehicle before the line, or before the one that already stands."""
        part = part or Part("nose_over" if nose_over else "stopped", shape="saloon")
        length = 4.6 if part.shape in (None, "saloon", "hatch") else 7.8
        free = self._line if self._stands >= self._line else self._stands
        stand_y = self._line - self._casting.lot(1.2, 2.5) if nose_over else free - length - self._casting.lot(0.6, 1.6)
        if self._stands > self._line:
            stand_y = min(stand_y, self._stands - length - gap_m)
        self._stands = stand_y
        return self._halt(stand_y, after_s, part, speed_kmh=(30, 46))

    def caught(self) -> bool:
        """Passes the line on green in a queue and stands beyond it when red begins: innocent."""
        stand_s = self._red[0] - self._casting.lot(3.6, 4.2)
        leave = (self._red[0] + self._casting.lot(3.5, 5.0), 1.8, 9.0)
        profile = Profile.halt(stand=(stand_s, self._line + self._casting.lot(0.9, 2.0)), brake=(8.0, 2.0), leave=leave)
        return self._enter(lambda _: profile, Part("caught_on_green"), within_s=0.1)

    def _halt(self, stand_y: float, after_s: float, part: Part, *, speed_kmh: tuple[float, float]) -> bool:
        speed = self._casting.lot(*speed_kmh) / 3.6
        braking = self._casting.lot(2.2, 3.0)
        wait_s = self._casting.lot(0.7, 1.4) + 0.12 * max(0.0, self._line - stand_y)
        leave = (self._red[1] + wait_s, self._casting.lot(1.5, 2.0), 12.0)

        def after(delay_s: float) -> Profile:
            stand_s = self._red[0] + after_s + delay_s
            return Profile.halt(stand=(stand_s, stand_y), brake=(speed, braking), leave=leave)

        def late_enough(delay_s: float) -> Profile:
            extra = 0.0
            limit = self._line - CLEAR_M[self._lane.end] - 2.0
            moment = np.array(self._red[0] + GRACE_S)
            while stand_y > self._line and float(after(delay_s + extra).progress_m(moment)) > limit:
                extra += 0.1
            return after(delay_s + extra)

        return self._enter(late_enough, part, within_s=4.0)


def reds_to_play(plan: Plan, seconds: float) -> list[tuple[float, float]]:
    """Reds that begin early enough for something to happen in them."""
    return [red for red in plan.reds(seconds + 60.0) if 3.0 < red[0] < seconds - 5.0]
