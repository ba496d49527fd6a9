"""A signal that nobody tells of, or that nobody asks for, is said."""

from kirpik.rules.unheard import unheard
from kirpik.site import RedLight, Rule, Signal, Site, SolidLine, StopLine
from kirpik.values import SignalChange
from tests.unit.rules.test_real_failures import site

LINE = ((-1.75, 25.0), (1.75, 25.0))
RED, STOP = RedLight(signal="A", line_m=LINE), StopLine(signal="B", line_m=LINE)


def said(*rules: Rule, signals: tuple[Signal, ...], told: str) -> list[str]:
    where = site(*rules)
    known = Site(
        header=where.header, camera=where.camera, pose=where.pose, lanes=where.lanes, signals=signals,
        rules=where.rules, sha256=where.sha256,
    )  # fmt: skip
    return list(unheard(known, [SignalChange(5, name, "red") for name in told]))


A, B = Signal(name="A"), Signal(name="B")


def test_nothing_is_said_where_all_signals_are_told_of() -> None:
    assert said(RED, STOP, signals=(A, B), told="AB") == []
    assert said(SolidLine(line_m=LINE), signals=(A,), told="") == []


def test_a_rule_whose_signal_has_no_row_is_named() -> None:
    (sentence,) = said(RED, STOP, signals=(A, B), told="A")
    assert sentence.startswith("rule[1].signal: the recording has no row of signal 'B' (it has 'A')")
    assert "no stop_line can be told" in sentence


def test_a_signal_that_the_site_does_not_know_is_named_and_not_used() -> None:
    (sentence,) = said(RED, signals=(A,), told="AC")
    assert sentence == "signals.csv: signal 'C' is not in the site file (it has 'A'); its rows are not used"


def test_a_lamp_speaks_for_itself() -> None:
    assert said(RED, signals=(Signal(name="A", source="lamp", lamp_px=(1, 1, 9, 27)),), told="") == []
