import numpy as np
import pytest

from kirpik.rules.lamp import Lamps
from kirpik.site import Signal
from kirpik.values import Luma

HEAD = Signal(name="A", source="gpio:0/1", lamp_px=(20, 10, 12, 36))
SINGLE = Signal(name="A", source="lamp", lamp_px=(20, 10, 12, 12))
FRAME_NS = 40_000_000


def picture(*lit: int, glow: int = 220) -> Luma:
    """A head of three lamps in a dark housing; `lit`: 0 red, 1 amber, 2 green."""
    luma = np.full((60, 60), 90, np.uint8)
    luma[10:46, 20:32] = 25
    for lamp in range(3):
        luma[10 + 12 * lamp + 2 : 10 + 12 * lamp + 10, 22:30] = glow if lamp in lit else 40
    return luma


def told(signal: Signal, pictures: list[Luma]) -> list[str]:
    lamps = Lamps([signal, Signal(name="B")])
    return [c.phase for i, luma in enumerate(pictures) for c in lamps.look(luma, i * FRAME_NS)]


@pytest.mark.parametrize(
    ("lit", "phase"), [((0,), "red"), ((1,), "amber"), ((2,), "green"), ((0, 1), "red_amber"), ((), "off")]
)
def test_the_burning_lamp_of_a_head_is_its_phase(lit: tuple[int, ...], phase: str) -> None:
    assert told(HEAD, [picture(*lit)]) == [phase]


def test_a_lamp_that_flickers_with_the_mains_burns() -> None:
    assert set(told(HEAD, [picture(0) if i % 3 else picture() for i in range(1, 40)])) == {"red"}


def test_a_single_lamp_is_known_after_it_has_been_both_bright_and_dark() -> None:
    assert told(SINGLE, [picture()] * 3) == []
    assert told(SINGLE, [picture()] * 3 + [picture(0)] * 3 + [picture()] * 8) == ["red", "off"]


def test_what_does_not_change_is_told_twice_a_second() -> None:
    assert 4 <= len(told(HEAD, [picture(0)] * 50)) <= 5


def test_a_region_outside_of_the_picture_says_nothing() -> None:
    assert told(Signal(name="A", source="lamp", lamp_px=(500, 500, 9, 9)), [picture(0)]) == []
