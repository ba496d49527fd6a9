import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from kirpik.wire import topics
from kirpik_provisioning.fleet.board import Board
from kirpik_provisioning.fleet.view import FleetView
from tests.unit.provisioning.fleet.units import TROUBLED, Clock, Ear, fleet, unit

Play = Callable[[Pilot[None], FleetView, Ear], Awaitable[None]]


def played(play: Play, *, count: int = 60, language: str = "en", size: tuple[int, int] = (160, 30)) -> None:
    clock, ear = Clock(), Ear()
    for number in range(count):
        ear.is_(unit(number), topics.ONLINE)
        ear.says(unit(number), **TROUBLED.get(number, {}))
    view = FleetView(fleet(count, clock), ear, language=language)

    async def run() -> None:
        async with view.run_test(size=size) as pilot:
            await pilot.pause()
            await play(pilot, view, ear)

    asyncio.run(run())


def lines(view: FleetView) -> list[str]:
    board = view.query_one(Board)
    return [board.render_line(y).text.rstrip() for y in range(board.size.height)]


def said(view: FleetView, name: str) -> str:
    return str(view.query_one(f"#{name}", Static).render())


def test_the_troubled_ones_stand_at_the_top_under_a_count_of_all() -> None:
    async def play(_pilot: Pilot[None], view: FleetView, _ear: Ear) -> None:
        assert said(view, "counts") == "units: 60 · critical: 4 · to look at: 3 · well: 53"
        assert lines(view)[1].startswith("!! almaty-00007")
        assert "overheated, throttled" in lines(view)[1]

    played(play)


def test_a_filter_is_typed_and_taken_back() -> None:
    async def play(pilot: Pilot[None], view: FleetView, _ear: Ear) -> None:
        await pilot.press("slash", *"lens", "enter")
        assert [line[3:15] for line in lines(view)[1:] if line] == ["almaty-00019"]
        assert said(view, "counts").endswith("1 shown")
        await pilot.press("escape")
        assert len([line for line in lines(view) if line]) > 10

    played(play)


def test_the_cursor_stays_on_its_unit_while_others_move() -> None:
    async def play(pilot: Pilot[None], view: FleetView, ear: Ear) -> None:
        await pilot.press("down", "down")
        current = view.query_one(Board).current
        assert current is not None
        assert current.name == "almaty-00019"
        ear.is_(unit(50), topics.LOST)
        ear.is_(unit(3), topics.LOST)
        view.look()
        assert view.query_one(Board).current is current
        await pilot.press("enter")
        assert "lens_blocked" in said(view, "told")

    played(play)


def test_the_last_of_ten_thousand_is_a_key_away() -> None:
    async def play(pilot: Pilot[None], view: FleetView, _ear: Ear) -> None:
        await pilot.press("end")
        await pilot.pause()
        assert any("almaty-09999" in line for line in lines(view))

    played(play, count=10_000)


@pytest.mark.parametrize(("language", "word"), [("ru", "перегрев"), ("kk", "қызып кетті")])
def test_it_speaks_the_operators_language(language: str, word: str) -> None:
    async def play(_pilot: Pilot[None], view: FleetView, _ear: Ear) -> None:
        assert word in lines(view)[1]

    played(play, language=language)


def test_the_language_is_changed_by_a_key() -> None:
    async def play(pilot: Pilot[None], view: FleetView, _ear: Ear) -> None:
        await pilot.press("l")
        assert "критических" in said(view, "counts")

    played(play)


def test_a_lost_broker_is_said_and_what_was_known_stays() -> None:
    async def play(_pilot: Pilot[None], view: FleetView, ear: Ear) -> None:
        ear.trouble = "broker.example:8883: nobody listens there"
        view.look()
        assert "no broker: broker.example:8883: nobody listens there" in said(view, "line")
        assert "almaty-00007" in lines(view)[1]

    played(play)


def test_markup_in_a_label_is_only_text() -> None:
    clock, ear = Clock(), Ear()
    from kirpik_provisioning.fleet.roster import Roster  # noqa: PLC0415

    view = FleetView(Roster([(unit(1), "[red]x[/]", ())], clock=clock), ear, language="en")

    async def run() -> None:
        async with view.run_test(size=(160, 20)) as pilot:
            await pilot.press("enter")
            assert "[red]x[/]" in lines(view)[1]
            assert "[red]x[/]" in said(view, "told")

    asyncio.run(run())
