import json

import pytest

from kirpik.wire import health, topics, troubles
from kirpik_provisioning.fleet.roster import Roster
from kirpik_provisioning.fleet.telling import gather, line_of
from tests.unit.provisioning.fleet.units import TROUBLED, WELL, Clock, Ear, fleet, unit


def hear(roster: Roster, ear: Ear) -> None:
    for arrival in ear.arrivals():
        roster.hear(arrival.topic, arrival.payload)


def heard(count: int = 50) -> tuple[Roster, Clock, Ear]:
    clock, ear = Clock(), Ear()
    roster = fleet(count, clock)
    for number in range(count):
        ear.is_(unit(number), topics.ONLINE)
        ear.says(unit(number), **TROUBLED.get(number, {}))
    hear(roster, ear)
    return roster, clock, ear


def names(roster: Roster, wanted: str = "") -> list[str]:
    return [seen.name for seen in roster.all(wanted)]


def test_alarms_come_first_then_what_is_to_be_looked_at_then_the_rest_by_name() -> None:
    roster, _, _ = heard()
    assert names(roster)[:8] == [f"almaty-{n:05}" for n in (7, 11, 19, 41, 23, 31, 43, 0)]
    assert roster.counts() == {"critical": 4, "warning": 3, "well": 43}


def test_a_unit_that_falls_silent_becomes_an_alarm_without_a_message_and_is_well_when_it_speaks() -> None:
    roster, clock, ear = heard(3)
    clock.now_s += troubles.SILENT_S - 1
    ear.says(unit(1))
    hear(roster, ear)
    assert roster.counts() == {"well": 3}
    clock.now_s += 1
    assert [seen.troubles for seen in roster.all()] == [("silent",), ("silent",), ()]
    ear.says(unit(0))
    hear(roster, ear)
    assert [seen.name for seen in roster.all()] == ["almaty-00002", "almaty-00000", "almaty-00001"]


def test_the_brokers_word_that_a_line_is_lost_counts_at_once() -> None:
    roster, _, ear = heard(3)
    ear.is_(unit(2), topics.LOST)
    hear(roster, ear)
    assert (roster.all()[0].name, roster.all()[0].troubles) == ("almaty-00002", ("lost",))


def test_one_that_is_only_named_is_shown_as_never_heard() -> None:
    roster = fleet(1, Clock())
    assert [(seen.troubles, roster.age_s(seen)) for seen in roster.all()] == [(("unheard",), None)]


def test_one_that_nobody_named_is_shown_by_its_id() -> None:
    roster, ear = Roster([], clock=Clock()), Ear()
    ear.says(unit(5))
    hear(roster, ear)
    assert names(roster) == [unit(5).hex()]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    {
        "a name": ("almaty-00007", ["almaty-00007"]),
        "a trouble": ("lens-blocked", ["almaty-00019"]),
        "a trouble in Russian": ("перегрев", ["almaty-00007"]),
        "two words": ("throttled overheated", ["almaty-00007"]),
        "without": ("throttled !overheated", []),
        "nobody": ("astana", []),
    }.values(),
)
def test_a_filter_finds_by_words(wanted: str, expected: list[str]) -> None:
    roster, _, _ = heard()
    assert [seen.name for seen in roster.all(wanted, {"overheated": "перегрев"})] == expected


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (topics.up(unit(1), topics.HEALTH), b'{"plate":1}'),
        (topics.up(unit(1), topics.HEALTH), b"\xff"),
        (topics.up(unit(1), topics.STATE), b"<b>online"),
        (topics.up(unit(1), topics.PACKETS), b"KPK1"),
        ("kirpik/1/u/zz/up/health", b"{}"),
    ],
)
def test_what_is_not_understood_is_counted_and_changes_nothing(topic: str, payload: bytes) -> None:
    roster, _, _ = heard(3)
    before = [(seen.name, seen.numbers, seen.state) for seen in roster.all()]
    roster.hear(topic, payload)
    assert [(seen.name, seen.numbers, seen.state) for seen in roster.all()] == before
    assert roster.refused == 1


def test_every_trouble_can_happen_and_is_named_in_every_language() -> None:
    from kirpik_provisioning.fleet.cells import load_words  # noqa: PLC0415

    for trouble in troubles.TROUBLES:
        worse = trouble.bound if trouble.comparison != "<" else trouble.bound - 1
        assert trouble.name in troubles.troubles_of(WELL | {trouble.field: worse}, state="online", age_s=0)
        assert trouble.field in health.FIELDS
    assert troubles.troubles_of(WELL, state="online", age_s=0) == ()
    for language in ("en", "ru", "kk"):
        assert set(load_words(language).troubles) == set(troubles.NAMES)


def test_for_scripts_each_unit_is_a_line_of_json_and_the_wait_ends_when_all_were_heard() -> None:
    clock, ear = Clock(), Ear()
    roster = fleet(2, clock)
    ear.says(unit(1), soc_c=90)
    ear.is_(unit(0), topics.DISCONNECTED)
    turns: list[float] = []
    gather(roster, ear, wait_s=60, pause=turns.append)
    told = [json.loads(line_of(seen, roster)) for seen in roster.all()]
    assert [(each["label"], each["level"], each["troubles"]) for each in told] == [
        ("almaty-00001", "critical", ["overheated"]),
        ("almaty-00000", "warning", ["gone"]),
    ]
    assert told[0]["numbers"]["soc_c"] == 90
    assert len(turns) == 1
