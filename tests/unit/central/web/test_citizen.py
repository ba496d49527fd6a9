"""The citizens' page: right number and right plate, or nothing; figures, and no search."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kirpik_central.desk.casefile import CaseFile
from kirpik_central.web.citizen import ROUTES, Public, citizens_site
from kirpik_central.web.site import NOBODY
from tests.desk import ZONE, Stage, road

HOME = "https://cases.example"


@pytest.fixture
def public(stage: Stage) -> Public:
    stage.receive(*road(6))
    return Public(stage.store, stage.archive, stage.folder / "evidence", 3)


def client(public: Public) -> TestClient:
    app = citizens_site(public, origin=HOME, zone=ZONE).application()
    headers = {"origin": HOME, "accept-language": "en"}
    return TestClient(app, base_url=HOME, follow_redirects=False, headers=headers)


def case(stage: Stage, leaf: int) -> tuple[CaseFile, str]:
    file = stage.store.read(lambda c: stage.archive.load(c, leaf))
    assert file is not None
    assert file.opened is not None
    return file, file.opened.plate


def test_whoever_has_number_and_plate_sees_the_case_and_its_state(stage: Stage, public: Public) -> None:
    file, plate = case(stage, 1)
    page = client(public).post("/case", data={"number": file.number.lower(), "plate": f" {plate.lower()} "})
    assert page.status_code == 200
    assert "under review" in page.text
    assert "Download" not in page.text


def test_neither_alone_is_enough_and_the_answer_is_the_same(stage: Stage, public: Public) -> None:
    file, plate = case(stage, 1)
    other, _ = case(stage, 2)
    pairs = [
        (file.number, "000AAA00"),
        (other.number, plate),
        ("1", plate),
        ("1-AAAA-AAAA", plate),
        ("", ""),
        ("99-A-B", plate),
    ]
    answers = [client(public).post("/case", data={"number": number, "plate": plate}) for number, plate in pairs]
    assert {answer.status_code for answer in answers} == {404}
    assert all("No case with this number and plate" in answer.text for answer in answers)


def test_guessing_is_stopped_in_memory_and_nothing_is_written(stage: Stage, public: Public) -> None:
    before = (stage.home / "x").parent.stat().st_mtime_ns, Path(stage.url.removeprefix("sqlite:///")).read_bytes()
    browser = client(public)
    answers = [browser.post("/case", data={"number": "1-AAAA-AAAA", "plate": "1"}).status_code for _ in range(14)]
    assert answers[-1] == 429
    assert Path(stage.url.removeprefix("sqlite:///")).read_bytes() == before[1]


def test_there_is_no_search_and_no_session() -> None:
    assert {f"{route.verb} {route.path}" for route in ROUTES} == {
        "GET /", "POST /case", "GET /case", "POST /case/evidence", "GET /figures", "GET /figures.json",
        "GET /language/{code}",
    }  # fmt: skip
    assert all(route.roles == NOBODY for route in ROUTES)


def test_evidence_is_only_of_what_accuses(stage: Stage, public: Public) -> None:
    file, plate = case(stage, 1)
    assert file.opened is not None
    public.evidence.mkdir()
    (public.evidence / f"{file.opened.unit}-{file.opened.epoch}-{file.opened.sequence}.kpe").write_bytes(b"x")
    answer = client(public).post("/case/evidence", data={"number": file.number, "plate": plate})
    assert answer.status_code == 404


def test_figures_are_the_same_for_people_and_programs(public: Public) -> None:
    browser = client(public)
    assert "Published figures" in browser.get("/figures").text
    told = json.loads(browser.get("/figures.json").content)
    assert told["smallest"] == 3
    assert told["withheld"] == {}
    text = browser.get("/figures.json").text
    for record in road(6):
        assert record.plate.reveal() not in text


def test_who_was_freed_by_a_doubt_is_told_by_the_number_and_small_numbers_are_not(stage: Stage, public: Public) -> None:
    assert "No unit has told any yet" in client(public).get("/figures").text
    stage.tell_withheld(12, 0, 1, 0, 0, 0)
    public.kept = None
    told = json.loads(client(public).get("/figures.json").content)["withheld"]
    assert told == {"unreadable": 12, "uncertain_speed": 0, "clock": None, "calibration": 0, "signal": 0, "exempt": 0}
    assert "plate not certain" in client(public).get("/figures").text


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE packet; --", "<script>alert(1)</script>", "{{ 7 * 191 }}", "\x00", "9" * 300, "٣-A-B"]
)
def test_hostile_text_is_text_or_refused(public: Public, text: str) -> None:
    answer = client(public).post("/case", data={"number": text, "plate": text})
    assert answer.status_code in (400, 404)
    assert "<script>alert" not in answer.text
    assert "1337" not in answer.text
