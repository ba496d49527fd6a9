"""Nothing leaves without a decision, and what leaves can be proven."""

import json
from pathlib import Path

import pytest

from kirpik.errors import StoreError, WireError
from kirpik.wire import tlog
from kirpik.wire.evidence_file import decode_evidence
from kirpik.wire.packet import link
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import Cover, encode_cover
from kirpik_central.decisions import AlreadyDecidedError, Decision, decide, read_statement, waiting
from kirpik_central.evidence import Binder
from kirpik_central.export import Exporter
from kirpik_central.keys import read_roots
from kirpik_central.log import Log, prove
from kirpik_central.tables import DECISION
from kirpik_provisioning.verify.examine import examine
from kirpik_provisioning.verify.trust import load_trusted
from tests.unit.central.intake_desk import Desk

ORIGIN = "kirpik.example/log"


def receive(desk: Desk, count: int) -> list[bytes]:
    sender = desk.sender()
    packets = [sender.next() for _ in range(count)]
    desk.take(sender, *packets)
    desk.reader.read(limit=100)
    return packets


def say(desk: Desk, packet: int, verdict: str, *, turn: int = 1, officer: str = "A. Officer") -> int:
    decision = Decision(
        packet=packet, turn=turn, verdict=verdict, officer=officer, reason="seen", decided_ms=1_795_400_000_000
    )
    return desk.store.write(lambda connection: decide(connection, decision))


def exported(desk: Desk, *, after: int = -1, binder: Binder | None = None) -> list[dict[str, object]]:
    lines: list[bytes] = []
    Exporter(desk.store, desk.units, binder).export(lines.append, after=after)
    return [json.loads(line) for line in lines]


def test_nothing_can_be_exported_without_a_decision(desk: Desk) -> None:
    receive(desk, 3)
    assert exported(desk) == []
    say(desk, 1, "confirmed")
    (line,) = exported(desk)
    assert line["case"]["plate"] == "123ABC01"  # type: ignore[index]
    told = {name: line["case"][name] for name in ("outcome", "timezone", "utc_offset_min", "charged_from_kmh")}  # type: ignore[index]
    assert told == {"outcome": "charge", "timezone": "Asia/Almaty", "utc_offset_min": 300, "charged_from_kmh": 70.0}
    assert line["decision"]["officer"] == "A. Officer"  # type: ignore[index]


def test_what_was_rejected_stays_and_the_last_word_counts(desk: Desk) -> None:
    receive(desk, 3)
    say(desk, 0, "rejected")
    say(desk, 1, "confirmed")
    say(desk, 2, "rejected")
    say(desk, 1, "rejected", turn=2)
    say(desk, 2, "confirmed", turn=2)
    assert [line["case"]["sequence"] for line in exported(desk)] == [3]  # type: ignore[index]


def test_an_export_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    receive(desk, 2)
    first = say(desk, 1, "confirmed")
    say(desk, 0, "confirmed")
    assert [line["case"]["sequence"] for line in exported(desk)] == [2, 1]  # type: ignore[index]
    assert [line["case"]["sequence"] for line in exported(desk, after=first)] == [1]  # type: ignore[index]


def test_what_has_left_and_is_taken_back_is_told_once_and_its_file_goes(desk: Desk, tmp_path: Path) -> None:
    packets = receive(desk, 3)
    home = desk.fleet.central_config.parent
    roots, keyset = ((home / "root.cbor").read_bytes(),), (home / "set.cbor").read_bytes()
    binder = Binder(desk.store, desk.units, desk.keys, roots, keyset, tmp_path / "evidence")
    say(desk, 0, "confirmed")
    told = say(desk, 1, "confirmed")
    first = exported(desk, binder=binder)
    assert len(first) == 2
    back = say(desk, 1, "recalled", turn=2)
    say(desk, 2, "confirmed")
    say(desk, 2, "recalled", turn=2)
    again = exported(desk, after=told, binder=binder)
    assert [(line["decision"]["verdict"], line["withdrawn"]) for line in again] == [  # type: ignore[index]
        ("recalled", {"unit": first[1]["case"]["unit"], "epoch": 1, "sequence": 2, "exported_leaf": told})  # type: ignore[index]
    ]
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [first[0]["evidence"]]
    assert exported(desk, after=back, binder=binder) == []
    assert [line["case"]["sequence"] for line in exported(desk)] == [1]  # type: ignore[index]
    assert "123ABC01" not in json.dumps(again)
    assert len(packets) == 3


def test_two_officers_cannot_decide_the_same_turn(desk: Desk) -> None:
    receive(desk, 1)
    say(desk, 0, "confirmed")
    with pytest.raises(AlreadyDecidedError, match="case 0: turn 1 has been decided"):
        say(desk, 0, "rejected", officer="B. Officer")
    assert len(desk.rows(DECISION)) == 1


def test_only_a_violation_that_was_read_can_be_decided_on(desk: Desk) -> None:
    sender = desk.sender()
    desk.take(sender, sender.next(payload=encode_cover(Cover(keyset_version=1, last_receipt=None))))
    desk.reader.read(limit=10)
    for number in (0, 7):
        with pytest.raises(StoreError, match=f"case {number}: no violation has this number"):
            say(desk, number, "confirmed")


@pytest.mark.parametrize(("verdict", "officer"), [("perhaps", "A"), ("confirmed", ""), ("confirmed", "A\n")])
def test_a_decision_that_nobody_could_have_made_is_refused(desk: Desk, verdict: str, officer: str) -> None:
    receive(desk, 1)
    with pytest.raises(WireError, match="field-range"):
        say(desk, 0, verdict, officer=officer)
    assert desk.rows(DECISION) == []


def test_cases_wait_until_somebody_has_decided(desk: Desk) -> None:
    receive(desk, 3)
    say(desk, 1, "rejected")
    assert desk.store.read(lambda connection: waiting(connection, limit=10)) == [0, 2]


def test_a_decision_is_in_the_log_with_the_packet_that_it_is_about(desk: Desk) -> None:
    (wire,) = receive(desk, 1)
    leaf = say(desk, 0, "confirmed")
    log = Log(desk.store, desk.keys.receipt, origin=ORIGIN, every_s=10)
    log.sign()
    text = desk.store.read(lambda connection: prove(connection, leaf))
    statement = desk.rows(DECISION)[0][-1]
    assert text is not None
    tlog.check_proof(text, tlog.decision_entry(statement), desk.keys.keyset.receipt, origin=ORIGIN)
    assert read_statement(statement)["packet"] == link(wire)


def test_an_evidence_file_holds_the_packet_a_receipt_that_names_it_and_its_proof(desk: Desk, tmp_path: Path) -> None:
    packets = receive(desk, 3)
    say(desk, 1, "confirmed")
    Log(desk.store, desk.keys.receipt, origin=ORIGIN, every_s=10).sign()
    home = desk.fleet.central_config.parent
    roots, keyset = ((home / "root.cbor").read_bytes(),), (home / "set.cbor").read_bytes()
    (line,) = exported(desk, binder=Binder(desk.store, desk.units, desk.keys, roots, keyset, tmp_path / "evidence"))
    evidence = decode_evidence((tmp_path / "evidence" / str(line["evidence"])).read_bytes())
    assert (evidence.packet, evidence.roots, evidence.keyset) == (packets[1], roots, keyset)
    assert evidence.receipt is not None
    assert verify_receipt(evidence.receipt, desk.keys.keyset.receipt).selective == ((2, link(packets[1])),)
    assert evidence.log_proof is not None
    entry = tlog.packet_entry(link(packets[1]))
    assert tlog.check_proof(evidence.log_proof.decode(), entry, desk.keys.keyset.receipt).size == 4


def test_kirpik_verify_accepts_what_we_export_under_the_root_alone(desk: Desk, tmp_path: Path) -> None:
    receive(desk, 2)
    say(desk, 1, "confirmed")
    Log(desk.store, desk.keys.receipt, origin=ORIGIN, every_s=10).sign()
    home = desk.fleet.central_config.parent
    binder = Binder(
        desk.store, desk.units, desk.keys, read_roots(home / "root.cbor"), (home / "set.cbor").read_bytes(), tmp_path
    )
    (line,) = exported(desk, binder=binder)
    found = examine((tmp_path / str(line["evidence"])).read_bytes(), load_trusted(home / "root.cbor"))
    outcomes = {one.check: one.outcome for one in found.findings}
    assert {outcomes[check] for check in ("packet", "record", "receipt", "log")} == {"good"}
