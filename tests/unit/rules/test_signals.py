from collections.abc import Sequence

import pytest

from kirpik.rules.signals import Timeline
from kirpik.site import Signal
from kirpik.values import Phase, SignalChange


def timeline(
    *words: tuple[float, Phase], signal: Signal | None = None, lamp: Sequence[tuple[float, Phase]] = ()
) -> Timeline:
    told = Timeline([signal or Signal(name="A")])
    for at, phase in words:
        told.add(SignalChange(round(at * 1e9), "A", phase))
    for at, phase in lamp:
        told.add_lamp(SignalChange(round(at * 1e9), "A", phase))
    return told


def red(told: Timeline, at_s: float, *, amber: bool = False) -> tuple[float, float | None, bool] | None:
    found = told.red_at("A", round(at_s * 1e9), amber=amber)
    if found is None:
        return None
    return found.start_ns / 1e9, None if found.end_ns is None else found.end_ns / 1e9, found.sure


CYCLE: list[tuple[float, Phase]] = [(0, "green"), (10, "amber"), (13, "red"), (30, "red_amber"), (31, "green")]


@pytest.mark.parametrize(
    ("at_s", "amber", "expected"),
    [
        (5, False, None),
        (11, False, None),
        (11, True, (10, 31, True)),
        (20, False, (13, 31, True)),
        (30.5, False, (13, 31, True)),
        (31, False, None),
        (-1, False, None),
    ],
)
def test_red_and_red_amber_are_one_red_and_amber_only_by_the_rule(
    at_s: float, amber: bool, expected: tuple[float, float, bool] | None
) -> None:
    assert red(timeline(*CYCLE), at_s, amber=amber) == expected


def test_a_signal_switched_off_is_not_red() -> None:
    assert red(timeline((0, "red"), (5, "off")), 6) is None


def test_a_source_that_falls_silent_is_unknown_and_a_red_does_not_reach_over_the_silence() -> None:
    told = timeline((0, "green"), (1, "red"), (2, "red"), (3, "red"), (9, "red"), (10, "red"),
                    signal=Signal(name="A", period_s=2.0))  # fmt: skip
    assert red(told, 4.5) == (1, 5, True)
    assert red(told, 6) is None
    assert red(told, 9.5) == (9, 12, True)


def test_a_live_source_falls_silent_after_two_seconds_where_the_site_does_not_say() -> None:
    told = timeline((0, "red"), signal=Signal(name="A", source="unix:/run/x"))
    assert red(told, 1.9) == (0, 2, True)
    assert red(told, 2.1) is None


def test_without_a_stated_period_the_last_word_holds() -> None:
    assert red(timeline((0, "red")), 500) == (0, None, True)


LAMP = Signal(name="A", source="gpio:0/17", lamp_px=(0, 0, 4, 12), period_s=60.0)


def test_with_a_second_witness_both_must_say_red() -> None:
    assert red(timeline(*CYCLE, signal=LAMP), 20) == (13, 31, False)
    agreed = timeline(
        *CYCLE, signal=LAMP, lamp=[(1, "green"), *((13.2 + n, "red") for n in range(18)), (30.9, "green")]
    )
    assert red(agreed, 20) == (13.2, 30.9, True)
    broken = timeline(*CYCLE, signal=LAMP, lamp=[(1, "green"), (13.2, "off")])
    assert red(broken, 20) == (13, 31, False)


def test_everything_but_green_and_off_lets_people_wait() -> None:
    told = timeline(*CYCLE)
    assert [told.waits("A", round(at * 1e9)) for at in (-1, 5, 11, 20, 30.5, 40)] == [
        True,
        False,
        True,
        True,
        True,
        False,
    ]
    assert told.waits("B", 0)


def test_the_sources_own_lateness_is_known() -> None:
    assert Timeline([Signal(name="A", source="unix:/run/x")]).error_ms("A") == 250.0
    assert Timeline([Signal(name="A", source="unix:/run/x", error_ms=40)]).error_ms("A") == 40.0
    assert Timeline().error_ms("A") == 0.0


def test_a_signal_that_was_red_for_hours_is_still_red() -> None:
    told = timeline((0, "red"))
    told.add(SignalChange(round(8000e9), "A", "red"))
    assert red(told, 8001) == (0, None, True)
