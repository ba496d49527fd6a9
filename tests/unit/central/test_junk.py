"""Whatever comes in, the intake goes on: each letter has a name for its fate, and none is taken for what it is not."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kirpik.wire import signature, topics
from kirpik_central.letters import Letter
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import Sender

EPOCHS = itertools.count(1)
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.engine.dispose()


@SETTINGS
@given(st.one_of(st.text(max_size=80), st.sampled_from(topics.UP)), st.binary(max_size=300))
def test_any_topic_and_any_bytes_are_turned_away_and_counted(desk: Desk, leaf: str, payload: bytes) -> None:
    sender = Sender(desk.fleet_identity(), desk.fleet.seal.public)
    for topic in (leaf, f"kirpik/1/u/{sender.unit.hex()}/up/{leaf}"):
        before = sum(desk.store.counters().values())
        answered = desk.intake.take([Letter(topic, payload, 1)])
        assert answered.receipts == []
        assert sum(desk.store.counters().values()) == before + 1


@SETTINGS
@given(st.lists(st.tuples(st.integers(0, 6143), st.integers(1, 255)), min_size=1, max_size=4), st.booleans())
def test_a_packet_with_any_bytes_changed_is_never_stored_as_evidence(
    desk: Desk, changes: list[tuple[int, int]], signed_again: bool
) -> None:
    sender = Sender(desk.fleet_identity(), desk.fleet.seal.public)
    wire = bytearray(sender.next())
    good = bytes(wire)
    for at, change in changes:
        wire[at] ^= change
    if signed_again:  # as only the unit itself could
        wire[-64:] = sender.identity.sign(signature.OUTER, bytes(wire[:-64]))
    if bytes(wire) != good:
        desk.intake.take([Letter(topics.up(sender.unit, topics.PACKETS), bytes(wire), 1)])
        desk.reader.read(limit=10)
    assert bytes(wire[:80]) not in {case.evidence[:80] for case in desk.store.cases()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 7), min_size=1, max_size=24), st.integers(1, 6))
def test_packets_in_any_order_any_number_of_times_in_groups_of_any_size_end_in_the_same_chain(
    desk: Desk, order: list[int], group: int
) -> None:
    sender = Sender(desk.fleet_identity(), desk.fleet.seal.public, epoch=next(EPOCHS))
    packets = [sender.next() for _ in range(8)]
    letters = [Letter(topics.up(sender.unit, topics.PACKETS), packets[at], 1) for at in [*order, *range(8)]]
    for first in range(0, len(letters), group):
        desk.intake.take(letters[first : first + group])
    with desk.store.writing() as ledger:
        chain = ledger.hold_chains([(sender.unit, sender.epoch)])[sender.unit, sender.epoch]
    assert (chain.up_to, chain.head, chain.link) == (8, 8, sender.previous)
    held = [case for case in desk.store.cases() if case.place.epoch == sender.epoch]
    assert len(held) == 8
