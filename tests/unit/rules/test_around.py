import numpy as np

from kirpik.rules.around import Around, Place, Seen
from kirpik.values import TrackPoint
from tests.unit.rules.paths import LANE

QUAD = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 20.0], [0.0, 20.0]])


class Street:
    """Tracks by number; `pass_time` looks around eight times a second."""

    def __init__(self) -> None:
        self.around = Around((LANE,))
        self.places: dict[int, Place] = {}
        self.speed: dict[int, float] = {}
        self.now_ns = 0

    def enter(self, number: int, y_m: float, *, speed_mps: float = 0.0, x_m: float = 0.0) -> None:
        self.places[number], self.speed[number] = (x_m, y_m), speed_mps

    def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds * 8)):
            self.now_ns += 125_000_000
            self.places = {n: (x, y + self.speed[n] / 8) for n, (x, y) in self.places.items()}
            tracks = {n: (place, TrackPoint(self.now_ns, 0, None, QUAD, 0.3)) for n, place in self.places.items()}
            if self.around.due(self.now_ns):
                self.around.look(self.now_ns, tracks)

    def leave(self, number: int) -> Seen:
        del self.places[number]
        return self.around.take(number)


def queued_s(seen: Seen) -> float:
    return sum(end - begin for begin, end in seen.queue) / 1e9


def test_only_those_behind_the_first_stand_in_a_queue() -> None:
    street = Street()
    street.enter(1, 40.0)
    street.enter(2, 32.0)
    street.pass_time(10)
    assert queued_s(street.leave(1)) == 0
    assert 8 < queued_s(street.leave(2)) < 10


def test_beside_a_standing_vehicle_nobody_queues() -> None:
    street = Street()
    street.enter(1, 40.0, x_m=4.0)
    street.enter(2, 32.0)
    street.pass_time(10)
    assert queued_s(street.leave(2)) == 0


def test_behind_one_that_drives_nobody_queues() -> None:
    street = Street()
    street.enter(1, 20.0, speed_mps=3.0)
    street.enter(2, 15.0)
    street.pass_time(10)
    assert queued_s(street.leave(2)) == 0


def test_one_that_stood_and_is_hidden_by_the_next_still_stands_until_somebody_drives_there() -> None:
    street = Street()
    street.enter(1, 40.0)
    street.pass_time(3)
    street.enter(2, 32.0)
    street.pass_time(1)
    street.leave(1)
    street.pass_time(10)
    before = queued_s(street.around._seen[2])
    assert before > 8
    street.enter(3, 40.5, speed_mps=2.0)
    street.pass_time(8)
    assert queued_s(street.leave(2)) < before + 2.5


def test_one_that_was_hidden_while_it_still_rolled_stands_too() -> None:
    street = Street()
    street.enter(1, 38.0, speed_mps=1.5)
    street.pass_time(2)
    street.enter(2, 32.0)
    street.pass_time(0.5)
    street.leave(1)
    street.pass_time(10)
    assert queued_s(street.leave(2)) > 8


def test_of_two_that_are_hidden_the_one_ahead_keeps_the_queue() -> None:
    """The next in the queue hides the first one's plate; then its own lamps, followed for a while, are hidden too."""
    street = Street()
    street.enter(1, 40.0)
    street.enter(2, 32.0)
    street.enter(3, 30.5, x_m=0.6)
    street.pass_time(3)
    street.leave(1)
    street.pass_time(3)
    street.leave(3)
    street.pass_time(8)
    assert queued_s(street.leave(2)) > 12


def test_one_that_drove_out_of_sight_leaves_no_queue() -> None:
    street = Street()
    street.enter(1, 30.0, speed_mps=8.0)
    street.pass_time(2)
    street.enter(2, 25.0)
    street.leave(1)
    street.pass_time(10)
    assert queued_s(street.leave(2)) == 0


def test_who_was_near_in_the_same_frames_is_known_and_forgotten_with_the_track() -> None:
    street = Street()
    street.enter(1, 20.0, speed_mps=10.0)
    street.enter(2, 22.0, speed_mps=10.0)
    street.enter(3, 20.0, speed_mps=10.0, x_m=3.5)
    street.pass_time(2)
    seen = street.leave(1)
    assert set(seen.partners) == {2}
    assert len(seen.partners[2]) >= 12
    assert street.around.take(1).partners == {}
