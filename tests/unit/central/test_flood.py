from dataclasses import dataclass

from kirpik_central.flood import HOUR_S, Gate
from kirpik_central.letters import Letter


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def letters(unit: str, count: int) -> list[Letter]:
    return [Letter(f"kirpik/1/u/{unit * 32}/up/v", b"", number) for number in range(count)]


def test_a_burst_goes_through_and_what_is_over_it_is_held() -> None:
    gate = Gate(burst=5, hourly=60, clock=Clock())
    admitted, held = gate.parted(letters("a", 8))
    assert ([letter.number for letter in admitted], [letter.number for letter in held]) == ([0, 1, 2, 3, 4], [5, 6, 7])
    assert gate.parted(letters("b", 5))[1] == [], "every unit has a bucket of its own"


def test_packets_heartbeats_and_states_of_a_unit_count_together() -> None:
    gate = Gate(burst=2, hourly=60, clock=Clock())
    mixed = [Letter(f"kirpik/1/u/{'a' * 32}/up/{leaf}", b"", 0) for leaf in ("v", "health", "state")]
    assert len(gate.parted(mixed)[1]) == 1


def test_time_makes_room_at_the_rate_that_was_set() -> None:
    clock = Clock()
    gate = Gate(burst=100, hourly=60, clock=clock)
    gate.parted(letters("a", 100))
    clock.now_s += HOUR_S / 2
    assert len(gate.parted(letters("a", 100))[0]) == 30


def test_a_unit_that_is_quiet_is_forgotten() -> None:
    clock = Clock()
    gate = Gate(burst=10, hourly=60, clock=clock)
    gate.parted(letters("a", 3))
    clock.now_s += HOUR_S
    gate.parted([])
    assert gate._left == {}
