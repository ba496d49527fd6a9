"""What the post changes: documents, orders, receipts, in whatever order they come, and twice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kirpik.store.inbox import Inbox
from kirpik.wire import packet, suite
from kirpik.wire.documents import VERBS, OrderEntry, SealEntry
from kirpik.wire.keydocs import sign_document
from kirpik.wire.opening import open_any
from kirpik.wire.order import Order, sign_order
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import SealKey
from tests.unit.eyes import Eye, receipt, violation
from tests.unit.service.post import NEW_SEAL, SET, order
from tests.unit.wire.samples import HOLDERS, SEAL, UNIT, UNIT_KEY, role, root


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
