import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from kirpik.wire import packet
from kirpik.wire.record import Record
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from kirpik_central.case import Opened, open_case
from kirpik_central.cases import parse
from kirpik_central.chains import Place
from kirpik_central.examine import examine
from kirpik_central.ledger import Kept
from kirpik_central.letters import Letter
from kirpik_central.page import render
from kirpik_central.plan import draw_plan
from kirpik_central.store import Case
from kirpik_central.timeline import draw_signals
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import RED_LIGHT, SPEEDING, WEBP, Sender

SEAL = SealKey.from_seed(bytes(32))
IDENTITY = SigningKey.generate()


def opened(record: Record) -> Opened:
    """Through a real packet, as the intake would."""
    sender = Sender(IDENTITY, SEAL.public)
    evidence = packet.open_packet(sender.next(record), IDENTITY.public, SEAL).evidence
    case = open_case(Case(1, Place(sender.unit, 1, 1), bytes(32), evidence, 0, receipted=True), IDENTITY.public)
    assert case is not None
    return case


class Tags(HTMLParser):
    """Fails on a tag that is not closed, and collects what could fetch something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.references: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]
        if tag not in ("meta", "img", "br", "link", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_fetches_nothing_and_runs_nothing() -> None:
    tags = Tags(render([opened(SPEEDING), opened(RED_LIGHT)]))
    assert "script" not in tags.seen
    assert all(reference.startswith(("data:image/webp;base64,", "#case-")) for reference in tags.references)


def test_measured_charged_limit_and_uncertainty_all_show() -> None:
    page = render([opened(SPEEDING)])
    for figure in ("83.4", "± 0.9", ">80<", ">60<", "123ABC01", "KoAP 592 part 2", "Unit’s signature valid"):
        assert figure in page, figure


def test_a_line_of_json_gives_the_same_page_as_the_value() -> None:
    case = opened(RED_LIGHT)
    line = msgspec.json.encode(case)
    page = render([case]).partition("<footer>")[0]
    assert render([json.loads(line)]).partition("<footer>")[0] == page
    assert parse(line) == case


def test_without_cases_the_page_says_so() -> None:
    assert "No violation has been opened yet" in render([])


def test_text_out_of_a_packet_stays_text() -> None:
    nasty = '<img src=x onerror="1">'
    page = render([opened(replace(RED_LIGHT, site_id=nasty, legal_basis=nasty, lane=nasty))])
    assert nasty not in page
    assert "&lt;img" in page


def test_the_plan_has_the_lanes_the_line_its_exit_and_the_track_in_red() -> None:
    plan = draw_plan(opened(RED_LIGHT))
    assert plan.count('<polygon class="lane"') == plan.count('<polygon class="lane meant"') == 1
    assert plan.count('<polyline class="line"') == plan.count('<polyline class="exit"') == 1
    assert plan.count('class="foot red"') == 20
    assert "exit +3 m" in plan


def test_the_exit_lies_onward_in_the_lane_s_own_direction() -> None:
    away, towards = opened(RED_LIGHT), opened(replace(RED_LIGHT, lane="2"))
    assert _y_of(draw_plan(away), "exit") < _y_of(draw_plan(away), "line")
    assert _y_of(draw_plan(towards), "exit") > _y_of(draw_plan(towards), "line")


def _y_of(plan: str, name: str) -> float:
    return float(plan.partition(f'<polyline class="{name}" points="')[2].partition(" ")[0].split(",")[1])


def test_the_time_line_says_how_long_red_had_shown() -> None:
    assert "offence 2.20 s after red began" in draw_signals(opened(RED_LIGHT))
    assert draw_signals(opened(SPEEDING)) == ""


def test_a_track_that_never_meets_the_road_is_drawn_without_one() -> None:
    assert 'class="track"' not in draw_plan(opened(replace(SPEEDING, track=())))


def test_a_case_says_what_the_record_said() -> None:
    case = opened(SPEEDING)
    assert (case.speed_kmh, case.uncertainty_kmh, case.charged_kmh, case.limit_kmh) == (83.41, 0.92, 80, 60)
    assert (case.lane, case.frames, case.crop_webp) == ("1", 20, WEBP)
    assert case.track[10].foot_m == pytest.approx((0.2, 25.0), abs=0.1)


def test_what_the_intake_kept_is_what_a_case_is_made_of(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sender = desk.sender()
    letter = Letter(f"kirpik/1/u/{sender.unit.hex()}/up/v", sender.next(), 1)
    verdict = examine(letter.topic, letter.payload, units=desk.intake._units, keys=desk.intake._keys)
    assert isinstance(verdict, Kept)
    desk.intake.take([letter])
    (case,) = desk.store.cases()
    assert case.evidence == verdict.evidence
