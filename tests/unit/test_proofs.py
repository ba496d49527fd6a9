"""How proofs are told: what breaks off is a row that does not hold, and the page keeps what is not theirs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.promises.__main__ import proofs, run
from tests.promises.proof import LONG, SHORT, Effort, Promise, Prove, Shown, skipped
from tests.promises.report import BEGINS, ENDS, Done, into_page, is_proof, keep, read, summary, table
from tests.system.ground import ROOT

ROADS = Promise(1, "A road stays a road", remains="A real road. On a board: look at one.")
SHOWS = Shown("It was looked at", "1 road", holds=True, control="a river", caught=True)


def of(*pieces: Shown, breaks: Exception | None = None) -> Prove:
    def prove(_effort: Effort, _folder: Path) -> Iterator[Shown]:
        yield from pieces
        if breaks is not None:
            raise breaks

    return prove


def told(prove: Prove) -> Done:
    return run(ROADS, prove, SHORT, Console(quiet=True))


@pytest.mark.parametrize(
    "prove",
    [
        of(SHOWS, breaks=FileExistsError(17, "busy")),
        of(SHOWS, breaks=AssertionError("nobody came")),
        of(Shown("It was looked at", "0 roads", holds=False, control="a river", caught=True)),
        of(Shown("It was looked at", "1 road", holds=True, control="a river", caught=False)),
        of(SHOWS, skipped("It was walked on", "no shoes")),
        of(),
    ],
    ids=["an error", "a failed assumption", "does not hold", "not caught", "not here", "nothing shown"],
)
def test_a_proof_that_is_none_is_a_row_and_not_the_end(prove: Prove) -> None:
    done = told(prove)
    assert not is_proof(done)
    assert summary([done, told(of(SHOWS))])["proven"] == 1
    assert table([done]).row_count == len(done.pieces)


def test_what_was_shown_before_it_broke_off_is_told() -> None:
    done = told(of(SHOWS, breaks=FileExistsError(17, "busy")))
    assert [shown.figure for shown in done.pieces] == ["1 road", "FileExistsError: [Errno 17] busy"]


def test_the_page_is_written_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGINS}\nthe day before\n{ENDS}\nafter\n")
    into_page(page, [told(of(SHOWS)), told(of(breaks=ValueError("no")))])
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "the day before" not in text
    assert "| It was looked at | 1 road | a river: caught |" in text
    assert "**does not hold**: ValueError: no" in text
    assert "| 1 | A real road. On a board: look at one. |" in text


def test_what_is_proven_is_not_tried_again_and_what_is_not_is(tmp_path: Path) -> None:
    log, broken = tmp_path / "log", told(of(breaks=ValueError("no")))
    keep(log, told(of(SHOWS)))
    keep(log, broken)
    assert [(number, done.pieces) for number, done in read(log).items()] == [(1, [SHOWS])]


def test_the_long_form_tries_more_of_the_same() -> None:
    assert (SHORT.of(2, 100), LONG.of(2, 100)) == (2, 100)


def test_every_promise_has_its_chapter_on_the_page_and_each_holds_there() -> None:
    page = (ROOT / "docs/PRIVACY.md").read_text(encoding="utf-8").split(BEGINS)[1].split(ENDS)[0]
    chapters = re.findall(r"^### (\d+)\. (.+)$", page, re.MULTILINE)
    assert chapters == [(str(promise.number), promise.text) for promise, _ in proofs()]
    for word in ("does not hold", "not caught", "not proven", "not here"):
        assert word not in page
    assert page.count(": caught |") >= len(chapters)
