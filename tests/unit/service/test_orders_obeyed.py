"""Orders that come by post: obeyed once, answered each time, tried and taken back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kirpik.store.inbox import Inbox
from kirpik.verbs import After
from kirpik.wire.order import Order, sign_order
from tests.unit.eyes import Eye
from tests.unit.service.post import ANNA, BORIS, answers, order
from tests.unit.wire.samples import RECEIPT_KEY, UNIT


def test_a_report_is_answered_once_and_again_when_it_comes_again(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    eye, data = start(), order("report", counter=1)
    inbox.put("order", data)
    inbox.put("order", data)
    eye.letters.read()
    told = answers(tmp_path)
    assert [(result.outcome, result.figures) for result in told] == [("done", (("waiting", 2),))] * 2
    assert told[0] == told[1]


def test_an_order_for_others_is_refused_by_name_and_one_for_our_group_obeyed(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    """It came on our own topic, so somebody thinks that we belong there: silence would leave him guessing."""
    targets: tuple[bytes | str, ...] = (b"v" * 16, "astana", "almaty")
    for number, target in enumerate(targets):
        inbox.put("order", order("report", counter=number + 1, target=target))
    eye = start()
    eye.letters.read()
    told = answers(tmp_path)
    assert [result.outcome for result in told] == ["refused", "refused", "done"]
    assert told[1].reason == "order-target: for another unit or group; this unit's groups (unit.groups) are: almaty"


REFUSED: dict[str, tuple[bytes, str]] = {
    "one signature where two are needed": (order("wipe", counter=1), "order-signatures"),
    "expired": (
        sign_order(Order(verb="pause", target=UNIT, counter=1, not_before_ms=0, expires_ms=9000), [ANNA]),
        "order-expired",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_told_to_those_whose_key_signed(
    case: str, start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    data, name = REFUSED[case]
    inbox.put("order", data)
    eye = start()
    eye.letters.read()
    (told,) = answers(tmp_path)
    assert told.outcome == "refused"
    assert told.reason.startswith(name)
    assert not eye.effects.wiped


@pytest.mark.parametrize("data", [b"", b"garbage", sign_order(
    Order(verb="pause", target=UNIT, counter=1, not_before_ms=0, expires_ms=20_000), [RECEIPT_KEY])])  # fmt: skip
def test_a_strangers_word_is_not_even_answered(
    data: bytes, start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", data or b"\0")
    eye = start()
    eye.letters.read()
    assert answers(tmp_path) == []
    assert not eye.obedience.paused


def test_a_site_is_tried_restarts_the_eye_and_stays_when_it_is_well(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", order("set-site", counter=1, argument=b"[site]"))
    eye = start()
    eye.letters.read()
    assert eye.letters.after is After.RESTART
    assert [result.outcome for result in answers(tmp_path)] == ["on-trial"]
    again = start()
    again.obedience.started(again.settings.begin())
    again.letters.read()
    assert again.letters.after is After.GO_ON
    again.obedience.well()
    assert [result.outcome for result in answers(tmp_path)] == ["on-trial", "done"]
    in_force = start().settings.in_force("site")
    assert in_force is not None
    assert in_force.read_bytes() == b"[site]"


def test_a_site_that_crashes_the_eye_is_taken_back_at_the_third_start(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", order("set-site", counter=1, argument=b"[bad]"))
    start().letters.read()
    for _ in range(2):
        assert start().settings.begin() is None
    eye = start()
    eye.obedience.started(eye.settings.begin())
    assert [result.outcome for result in answers(tmp_path)] == ["on-trial", "rolled-back"]
    assert eye.settings.in_force("site") is None


def test_a_site_that_leaves_the_eye_blind_is_taken_back_in_time(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", order("set-site", counter=1, argument=b"[dark]"))
    start().letters.read()
    eye = start()
    eye.settings.begin()
    assert eye.obedience.unwell() is After.RESTART
    assert [result.outcome for result in answers(tmp_path)] == ["on-trial", "rolled-back"]


FAILED: dict[str, tuple[Order, str]] = {
    "contents that are not good": (
        Order(verb="set-site", target=UNIT, counter=1, not_before_ms=0, expires_ms=20_000, argument=b"x"), "site: no",
    ),
    "written for another state": (
        Order(verb="set-site", target=UNIT, counter=1, not_before_ms=0, expires_ms=20_000, expected=b"h" * 32),
        "order-expected",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILED)
def test_what_cannot_be_done_is_not_tried(case: str, start: Callable[[], Eye], inbox: Inbox, tmp_path: Path) -> None:
    told, reason = FAILED[case]
    eye = start()
    eye.effects.refuses = "no"
    inbox.put("order", sign_order(told, [ANNA]))
    eye.letters.read()
    (result,) = answers(tmp_path)
    assert result.outcome == "failed"
    assert reason in result.reason
    assert eye.settings.trial() is None
    assert eye.letters.after is After.GO_ON


def test_two_operators_at_once_the_second_waits_for_the_firsts_trial(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", order("set-site", counter=1, argument=b"anna"))
    start().letters.read()
    told = Order(verb="set-site", target=UNIT, counter=1, not_before_ms=0, expires_ms=20_000, argument=b"boris")
    inbox.put("order", sign_order(told, [BORIS]))
    start().letters.read()
    first, second = answers(tmp_path)
    assert (first.outcome, second.outcome) == ("on-trial", "failed")
    assert second.reason.startswith("order-busy")


def test_wipe_needs_two_and_then_leaves_only_the_answer(start: Callable[[], Eye], inbox: Inbox, tmp_path: Path) -> None:
    inbox.put("order", order("wipe", counter=1, keys=2))
    eye = start()
    eye.letters.read()
    assert eye.effects.wiped
    assert eye.letters.after is After.GONE
    assert [result.outcome for result in answers(tmp_path)] == ["done"]


def test_a_change_of_identity_is_answered_by_the_old_key_and_names_the_new(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", order("rotate-identity", counter=1))
    eye = start()
    eye.letters.read()
    (told,) = answers(tmp_path)
    assert told.reason == f"public {(b'n' * 32).hex()}"
    assert eye.letters.after is After.RESTART
    start().letters.read()
    assert eye.effects.changes == 1


def test_counters_outlive_a_restart(start: Callable[[], Eye], inbox: Inbox, tmp_path: Path) -> None:
    inbox.put("order", order("pause", counter=5))
    start().letters.read()
    inbox.put("order", order("resume", counter=5))
    eye = start()
    eye.letters.read()
    assert eye.obedience.paused
    assert [result.outcome for result in answers(tmp_path)] == ["done", "refused"]
