"""Orders that are good and have to wait: for their time, or for files that they name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kirpik.held import LOOK_MS
from kirpik.store.inbox import Inbox
from kirpik.store.orders import MAX_HELD
from kirpik.store.wanted import Wanted, WantedView
from kirpik.verbs import After
from kirpik.wire.keydocs import sign_document
from kirpik.wire.order import Order, sign_order
from tests.unit.eyes import Eye, QuickDisk
from tests.unit.service.post import ANNA, BORIS, ORDERS, SET, answers, order
from tests.unit.wire.samples import HOLDERS, UNIT

LATER = sign_order(Order(verb="pause", target=UNIT, counter=1, not_before_ms=15_000, expires_ms=20_000), [ANNA])


def test_an_order_for_later_is_held_over_a_restart_and_obeyed_in_its_time(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", LATER)
    eye = start()
    eye.letters.read()
    assert not eye.obedience.paused
    eye = start()
    eye.clock_ms = 14_999
    eye.letters.read()
    assert not eye.obedience.paused
    eye.clock_ms = 15_000
    eye.letters.read()
    eye.letters.read()
    assert eye.obedience.paused
    assert [result.outcome for result in answers(tmp_path)] == ["held", "done"]


def test_an_order_for_later_is_refused_when_its_key_is_gone_in_the_meantime(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", LATER)
    eye = start()
    eye.letters.read()
    inbox.put("set", sign_document(replace(SET, version=9, orders=ORDERS[1:]), HOLDERS[3:5]))
    eye.clock_ms = 15_000
    eye.letters.read()
    assert not eye.obedience.paused
    assert [result.outcome for result in answers(tmp_path)] == ["held", "refused"]


def models(*, counter: int, expires_ms: int = 200_000) -> bytes:
    told = Order(
        verb="set-models", target=UNIT, counter=counter, not_before_ms=0, expires_ms=expires_ms, argument=b"manifest"
    )  # fmt: skip
    return sign_order(told, (ANNA, BORIS))


def started(start: Callable[[], Eye], *, lacking: tuple[bytes, ...] = (), clock_ms: int = 10_000) -> Eye:
    eye = start()
    eye.effects.lacking, eye.clock_ms = lacking, clock_ms
    eye.obedience.started(eye.settings.begin())
    return eye


def wanted(home: Path) -> list[bytes]:
    return WantedView(home / "wanted").hashes()


FILES = (b"c" * 32, b"d" * 32)


def test_networks_that_are_not_on_the_unit_are_asked_for_and_the_order_is_held(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", models(counter=1))
    eye = started(start, lacking=FILES)
    eye.letters.read()
    (told,) = answers(tmp_path)
    assert (told.outcome, told.reason) == ("held", "until 2 files have come")
    assert wanted(tmp_path) == list(FILES)
    assert eye.letters.after is After.GO_ON


def test_when_the_files_have_come_the_networks_are_tried_and_nothing_is_asked_for_any_more(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", models(counter=1))
    started(start, lacking=FILES).letters.read()
    eye = started(start, lacking=FILES[1:])
    assert wanted(tmp_path) == [FILES[1]]
    eye.effects.lacking = ()
    eye.letters.read()
    assert eye.letters.after is After.GO_ON, "it looks for them now and then, not at every turn"
    eye.clock_ms += LOOK_MS
    eye.letters.read()
    assert int(eye.letters.after) == After.RESTART
    assert wanted(tmp_path) == []
    assert [told.outcome for told in answers(tmp_path)] == ["held", "on-trial"]


def test_a_later_order_of_the_same_operator_does_not_make_a_held_one_old(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", models(counter=1))
    inbox.put("order", order("report", counter=7))
    eye = started(start, lacking=FILES)
    eye.letters.read()
    eye.effects.lacking, eye.clock_ms = (), 10_000 + LOOK_MS
    eye.letters.read()
    assert [told.outcome for told in answers(tmp_path)] == ["held", "done", "on-trial"]
    inbox.put("order", order("pause", counter=6))
    eye.letters.read()
    assert not eye.obedience.paused, "and it does not bring the counter back down"


def test_an_order_that_expires_before_its_files_come_is_refused_and_asks_for_nothing(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", models(counter=1, expires_ms=15_000))
    eye = started(start, lacking=FILES)
    eye.letters.read()
    eye.clock_ms = 15_000
    eye.letters.read()
    assert [told.outcome for told in answers(tmp_path)] == ["held", "refused"]
    assert wanted(tmp_path) == []


def test_held_networks_wait_for_a_trial_that_is_not_over(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.put("order", models(counter=1))
    inbox.put("order", order("set-site", counter=2, argument=b"[site]"))
    started(start, lacking=FILES).letters.read()
    eye = started(start)
    eye.letters.read()
    assert eye.letters.after is After.GO_ON
    eye.obedience.well()
    eye.letters.read()
    assert int(eye.letters.after) == After.RESTART
    assert [told.outcome for told in answers(tmp_path)] == ["held", "on-trial", "done", "on-trial"]


def test_a_crash_between_the_answer_and_the_end_of_the_holding_obeys_once(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    data = sign_order(
        Order(verb="rotate-identity", target=UNIT, counter=1, not_before_ms=15_000, expires_ms=20_000), [ANNA]
    )
    inbox.put("order", data)
    eye = started(start)
    eye.letters.read()
    held = (tmp_path / "ledger" / "held.cbor").read_bytes()
    eye.clock_ms = 15_000
    eye.letters.read()
    assert eye.effects.changes == 1
    (tmp_path / "ledger" / "held.cbor").write_bytes(held)
    again = started(start, clock_ms=15_000)
    again.letters.read()
    assert again.effects.changes == 0
    assert [told.outcome for told in answers(tmp_path)] == ["held", "done"]


def test_a_held_order_that_comes_again_is_held_once(start: Callable[[], Eye], inbox: Inbox, tmp_path: Path) -> None:
    for _ in range(3):
        inbox.put("order", LATER)
    eye = started(start)
    eye.letters.read()
    eye.clock_ms = 15_000
    eye.letters.read()
    assert [told.outcome for told in answers(tmp_path)] == ["held"] * 3 + ["done"]


def test_more_than_can_be_held_are_refused(start: Callable[[], Eye], inbox: Inbox, tmp_path: Path) -> None:
    for counter in range(1, MAX_HELD + 2):
        later = Order(verb="pause", target=UNIT, counter=counter, not_before_ms=15_000, expires_ms=20_000)
        inbox.put("order", sign_order(later, [ANNA]))
    started(start).letters.read()
    assert [told.outcome for told in answers(tmp_path)] == ["held"] * MAX_HELD + ["refused"]


def test_what_was_asked_for_by_an_order_that_is_gone_is_not_asked_for_after_a_start(
    start: Callable[[], Eye], tmp_path: Path
) -> None:
    Wanted(tmp_path / "wanted", disk=QuickDisk()).ask_for(FILES)
    started(start, lacking=FILES)
    assert wanted(tmp_path) == []
