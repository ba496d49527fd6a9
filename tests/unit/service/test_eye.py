from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kirpik.pipeline import Counts
from kirpik.service.eye import SETTLE_EVERY_FRAMES, Eye
from kirpik.service.replaying import Step
from kirpik.store.inbox import Inbox, InboxView
from tests.unit.eyes import Eye as Parts
from tests.unit.eyes import receipt, violation


@dataclass
class Recorded:
    bad: int = 0
    total: int | None = None


def eye(parts: Parts, inbox: Path, steps: Iterator[Step]) -> Eye:
    return Eye(
        steps=steps,
        recording=Recorded(),
        counts=Counts(),
        sealer=parts.sealer,
        ledger=parts.ledger,
        outbox=parts.outbox,
        inbox=InboxView(inbox),
        idle=lambda _: None,
    )


def test_each_violation_becomes_a_packet_and_the_end_is_known(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    running = eye(parts, tmp_path / "inbox", iter([[violation()], [], [violation(), violation()]]))
    for _ in range(4):
        running.turn()
    assert len(parts.outbox.waiting()) == running.sent.packets == 3
    assert running.over
    assert not running.through()


def test_a_receipt_frees_the_outbox_once_it_has_come(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    inbox = Inbox(tmp_path / "inbox")
    running = eye(parts, tmp_path / "inbox", iter([[violation()]]))
    running.turn()
    inbox.put("receipt", b"not a receipt")
    inbox.put("receipt", receipt(1, 1, parts.links()[1, 1]))
    running.turn()
    assert running.through()
    assert running.progress()["receipts"] == 1


def test_letters_are_looked_for_now_and_then_while_frames_pass(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    inbox = Inbox(tmp_path / "inbox")
    running = eye(parts, tmp_path / "inbox", iter([[violation()], *([] for _ in range(2 * SETTLE_EVERY_FRAMES))]))
    running.turn()
    inbox.put("receipt", receipt(1, 1, parts.links()[1, 1]))
    for _ in range(SETTLE_EVERY_FRAMES):
        running.turn()
    assert not running.over
    assert parts.outbox.waiting() == []


def test_a_full_spool_accuses_nobody_and_drops_nothing(tmp_path: Path) -> None:
    parts = Parts(tmp_path, limit_bytes=5000)
    running = eye(parts, tmp_path / "inbox", iter([[violation()], [violation()]]))
    running.turn()
    running.turn()
    assert running.sent.packets == 1
    assert running.sent.spool_full == 1
    assert len(parts.outbox.waiting()) == 1
