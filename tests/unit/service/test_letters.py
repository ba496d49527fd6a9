"""What the post changes: documents, orders, receipts, in whatever order they come, and twice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kirpik.obey import After
from kirpik.store.inbox import Inbox
from kirpik.store.keyring import Keyring
from kirpik.wire import packet, suite
from kirpik.wire.documents import VERBS, OrderEntry, SealEntry
from kirpik.wire.keydocs import sign_document
from kirpik.wire.opening import open_any
from kirpik.wire.order import Order, sign_order
from kirpik.wire.result import Result, verify_result
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from tests.unit.eyes import Eye, QuickDisk, receipt, violation
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, UNIT, UNIT_KEY, keyset, role, root

ANNA, BORIS = (SigningKey.from_seed(bytes([number]) * 32) for number in (21, 22))
ORDERS = (OrderEntry(ANNA.public, VERBS), OrderEntry(BORIS.public, VERBS))
SET = replace(keyset(), orders=ORDERS)
NEW_SEAL = SealKey.from_seed(b"new seal".ljust(32, b"\4"))


def order(verb: str, *, counter: int, target: bytes | str = UNIT, argument: bytes = b"", keys: int = 1) -> bytes:
    told = Order(
        verb=verb, target=target, counter=counter, not_before_ms=0, expires_ms=20_000, argument=argument
    )  # fmt: skip
    return sign_order(told, (ANNA, BORIS)[:keys])


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    first = replace(root(), fallback_seal=SealKey.from_seed(bytes(32)).public)
    (folder / "root.cbor").write_bytes(sign_document(first, HOLDERS[:2]))
    (folder / "set.cbor").write_bytes(sign_document(SET, HOLDERS[3:5]))
    return folder


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", disk=QuickDisk())


@pytest.fixture
def start(tmp_path: Path, keys: Path) -> Callable[[], Eye]:
    return lambda: Eye(tmp_path, disk=QuickDisk(), keyring=Keyring.load(keys, disk=QuickDisk()))


def answers(home: Path) -> list[Result]:
    return [verify_result(path.read_bytes(), UNIT_KEY.public) for path in sorted((home / "results").glob("*.result"))]


def test_a_new_key_set_is_taken_and_outlives_a_restart(start: Callable[[], Eye], inbox: Inbox) -> None:
    eye = start()
    inbox.put("set", sign_document(replace(SET, version=4), HOLDERS[3:5]))
    eye.letters.read()
    assert eye.keyring.keyset_version == 4
    assert start().keyring.keyset_version == 4


def test_roots_that_come_in_the_wrong_order_are_followed_when_the_missing_one_has_come(
    start: Callable[[], Eye], inbox: Inbox
) -> None:
    eye, fallback = start(), SealKey.from_seed(bytes(32)).public
    second, third = (sign_document(replace(root(v), fallback_seal=fallback), HOLDERS[:2]) for v in (2, 3))
    inbox.put("root", third)
    eye.letters.read()
    assert eye.keyring.root.version == 1
    inbox.put("root", second)
    eye.letters.read()
    assert eye.keyring.root.version == 3
    assert start().keyring.root.version == 3


def test_documents_are_read_before_the_orders_that_need_them(start: Callable[[], Eye], inbox: Inbox) -> None:
    carla = SigningKey.from_seed(b"c" * 32)
    told = Order(verb="pause", target=UNIT, counter=1, not_before_ms=0, expires_ms=20_000)
    eye = start()
    inbox.put("order", sign_order(told, [carla]))
    inbox.put("set", sign_document(replace(SET, version=4, orders=(OrderEntry(carla.public, VERBS),)), HOLDERS[3:5]))
    eye.letters.read()
    assert eye.obedience.paused


def test_a_revoked_seal_key_is_not_left_on_any_packet_that_waits(start: Callable[[], Eye], inbox: Inbox) -> None:
    """Wrapped again as it is, in its own place, under its own link; the central opens both layers."""
    eye = start()
    entries = [eye.sealer.seal(violation()) for _ in range(3)]
    links = eye.links()
    seal = (SealEntry(SEAL.public, 0, None, "revoked"), SealEntry(NEW_SEAL.public, 1, None, "active"))
    inbox.put("set", sign_document(replace(SET, version=4, seal=seal), HOLDERS[3:5]))
    eye.letters.read()
    waiting = [eye.outbox.read(entry) or b"" for entry in entries]
    assert {packet.parse_header(data).recipient for data in waiting} == {suite.key_id(NEW_SEAL.public)}
    assert eye.links() == links
    both = {suite.key_id(key.public): key for key in (SEAL, NEW_SEAL)}
    for data in waiting:
        assert open_any(data, lambda _: [UNIT_KEY.public], both)[0].header.kind == packet.KIND_PACKET
    inbox.put("receipt", receipt(1, 3, links[1, 3]))
    eye.letters.read()
    assert eye.outbox.waiting() == []


def test_a_crash_before_the_wrapping_is_made_good_at_the_next_start(start: Callable[[], Eye], keys: Path) -> None:
    entry = start().sealer.seal(violation())
    seal = (SealEntry(SEAL.public, 0, None, "revoked"), SealEntry(NEW_SEAL.public, 1, None, "active"))
    (keys / "set.cbor").write_bytes(sign_document(replace(SET, version=4, seal=seal), HOLDERS[3:5]))
    eye = start()
    eye.letters.start()
    assert packet.parse_header(eye.outbox.read(entry) or b"").recipient == suite.key_id(NEW_SEAL.public)


def test_the_keys_role_replaced_everything_goes_to_the_fallback_at_once(start: Callable[[], Eye], inbox: Inbox) -> None:
    eye = start()
    entry = eye.sealer.seal(violation())
    fallback = SealKey.from_seed(bytes(32)).public
    second = replace(root(2, keys_role=role(2, 5, threshold=2)), fallback_seal=fallback)
    inbox.put("root", sign_document(second, HOLDERS[:2]))
    inbox.put("order", order("pause", counter=1))
    eye.letters.read()
    assert eye.keyring.keyset is None
    later = eye.sealer.seal(violation())
    for place in (entry, later):
        assert packet.parse_header(eye.outbox.read(place) or b"").recipient == suite.key_id(fallback)
    assert not eye.obedience.paused
    assert start().keyring.keyset is None


def test_a_receipt_of_a_key_that_only_the_replaced_role_named_lets_nothing_go(
    start: Callable[[], Eye], inbox: Inbox
) -> None:
    eye = start()
    eye.sealer.seal(violation())
    second = replace(root(2, keys_role=role(2, 5, threshold=2)), fallback_seal=SealKey.from_seed(bytes(32)).public)
    inbox.put("root", sign_document(second, HOLDERS[:2]))
    inbox.put("receipt", receipt(1, 1, eye.links()[1, 1]))
    eye.letters.read()
    assert len(eye.outbox.waiting()) == 1
    assert eye.letters.deleted == 0


def test_a_stick_brings_what_the_network_withholds(start: Callable[[], Eye]) -> None:
    eye = start()
    eye.letters.stick = lambda: [b"a photograph", sign_document(replace(SET, version=9), HOLDERS[3:5])]
    eye.letters.start()
    assert eye.keyring.keyset_version == 9


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


def test_an_order_for_others_is_left_alone_and_one_for_our_group_obeyed(
    start: Callable[[], Eye], inbox: Inbox, tmp_path: Path
) -> None:
    eye = start()
    targets: tuple[bytes | str, ...] = (b"v" * 16, "astana", "almaty")
    for number, target in enumerate(targets):
        inbox.put("order", order("report", counter=number + 1, target=target))
    eye.letters.read()
    assert len(answers(tmp_path)) == 1


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
