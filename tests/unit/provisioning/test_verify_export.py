"""What the central exports of a confirmed case is what `kirpik verify` takes: from the unit's packet to the verdict."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kirpik.wire.evidence_file import decode_evidence
from kirpik.wire.keydocs import open_root
from kirpik.wire.record import Record
from kirpik.wire.rewrap import rewrap
from kirpik.wire.signature import SigningKey
from kirpik_central.decisions import Decision, decide
from kirpik_central.evidence import Binder
from kirpik_central.export import Exporter
from kirpik_central.log import Log
from kirpik_provisioning.verify.examine import Examined, examine
from kirpik_provisioning.verify.trust import Trusted
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import Sender
from tests.unit.provisioning import evidence as ev

SECOND = SigningKey.from_seed(b"second".ljust(32, b"\7"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.engine.dispose()


def told(kind: str) -> Record:
    """Of a unit that goes by the fleet's first key set."""
    return replace(ev.record(kind), keyset_version=1, legal_basis="Example Act, section 592")


def exported(desk: Desk, sender: Sender, *packets: bytes, leaf: int) -> bytes:
    """All come in, the one is confirmed, the log is signed, and its file is written."""
    desk.take(sender, *packets)
    desk.reader.read(limit=100)
    decision = Decision(
        packet=leaf, turn=1, verdict="confirmed", officer="A. Officer", reason="", decided_ms=1_795_400_000_000
    )
    desk.store.write(lambda connection: decide(connection, decision))
    Log(desk.store, desk.keys.receipt, origin="kirpik.example/log", every_s=10).sign()
    home = desk.fleet.central_config.parent
    folder = home / "evidence"
    roots, keyset = ((home / "root.cbor").read_bytes(),), (home / "set.cbor").read_bytes()
    lines: list[bytes] = []
    Exporter(desk.store, desk.units, Binder(desk.store, desk.units, desk.keys, roots, keyset, folder)).export(
        lines.append
    )
    assert len(lines) == 1
    (path,) = folder.glob("*.kpe")
    return path.read_bytes()


def verdict(desk: Desk, data: bytes) -> Examined:
    root = open_root((desk.fleet.central_config.parent / "root.cbor").read_bytes())
    return examine(data, Trusted(root))


@pytest.mark.parametrize("kind", ["speeding", "red_light"])
def test_an_exported_case_holds(desk: Desk, kind: str) -> None:
    sender = desk.sender()
    found = verdict(desk, exported(desk, sender, sender.next(), sender.next(told(kind)), leaf=1))
    assert found.holds, [one for one in found.findings if one.outcome == "refused"]
    assert {one.reason for one in found.findings if one.outcome == "open"} == {"statement-missing"}


def test_a_case_after_a_change_of_key_holds(desk: Desk) -> None:
    sender = desk.sender()
    packets = (sender.change_key(SECOND), sender.next(told("speeding")))
    data = exported(desk, sender, *packets, leaf=1)
    assert len(decode_evidence(data).key_changes) == 1
    found = verdict(desk, data)
    assert found.holds, [one for one in found.findings if one.outcome == "refused"]


def test_a_case_that_was_re_wrapped_is_shown_by_the_packet_inside(desk: Desk) -> None:
    sender = desk.sender()
    inside = sender.next(told("speeding"))
    outside = rewrap(inside, signer=sender.identity, recipient_public=desk.fleet.seal.public)
    data = exported(desk, sender, outside, leaf=0)
    assert decode_evidence(data).packet == inside
    found = verdict(desk, data)
    assert found.holds, [one for one in found.findings if one.outcome == "refused"]
