"""The public log: a packet that stands in it is found there, and no other."""

from dataclasses import replace

import pytest

from kirpik.wire import tlog
from kirpik.wire.packet import link
from kirpik.wire.signature import SigningKey
from tests.unit.provisioning.spoiled import (
    GOOD,
    STRANGER,
    check,
    refusals,
)
from tests.unit.wire import samples


def log_proof(entry: bytes, *, others: int, key: SigningKey = samples.RECEIPT_KEY) -> bytes:
    """A proof that `entry` is the last but one of a small log."""
    entries = [tlog.packet_entry(bytes([n]) * 32) for n in range(others)]
    entries.insert(max(0, others - 1), entry)
    leaves = [tlog.leaf_hash(one) for one in entries]
    index = entries.index(entry)
    note = tlog.sign_checkpoint(tlog.Checkpoint("log.example/kirpik", len(leaves), _tree(leaves)), key)
    return tlog.format_proof(tlog.Proof(index, tuple(_audit_path(index, leaves)), note)).encode()


def _tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return tlog.node_hash(_tree(leaves[:split]), _tree(leaves[split:]))


def _audit_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*_audit_path(index, leaves[:split]), _tree(leaves[split:])]
    return [*_audit_path(index - split, leaves[split:]), _tree(leaves[:split])]


ENTRY = tlog.packet_entry(link(GOOD.packet))


@pytest.mark.parametrize("others", [0, 1, 6])
def test_a_packet_that_stands_in_the_log_is_found_there(others: int) -> None:
    found = check(replace(GOOD, log_proof=log_proof(ENTRY, others=others)))
    assert found.holds
    assert {one.outcome for one in found.findings} == {"good"}


def test_a_packet_that_does_not_stand_in_the_log_is_refused() -> None:
    cases = {
        log_proof(tlog.packet_entry(bytes(32)), others=6): "tlog-inclusion",
        log_proof(ENTRY, others=6, key=STRANGER): "tlog-note-signature",
        b"nothing": "tlog-proof-form",
        b"\xff": "tlog-proof-form",
    }
    for told, reason in cases.items():
        assert refusals(check(replace(GOOD, log_proof=told))) == {reason}
