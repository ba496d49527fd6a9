from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kirpik.pipeline import Counts
from kirpik.service.eye import SETTLE_EVERY_FRAMES, Eye
from kirpik.service.replaying import Step
from kirpik.service.trial import TrialWatch
from kirpik.store.inbox import Inbox
from kirpik.store.keyring import Keyring
from kirpik.verbs import After
from kirpik.wire.documents import SealEntry
from tests.unit.eyes import Eye as Parts
from tests.unit.eyes import receipt, violation
from tests.unit.service.post import ORDERS, order
from tests.unit.wire.samples import SEAL, keyset, root


@dataclass
class Recorded:
    bad: int = 0
    total: int | None = None


def eye(parts: Parts, steps: Iterator[Step]) -> Eye:
    return Eye(
        steps=steps,
        recording=Recorded(),
        counts=Counts(),
        sealer=parts.sealer,
        outbox=parts.outbox,
        letters=parts.letters,
        trial=TrialWatch(parts.obedience),
        idle=lambda _: None,
    )


def test_each_violation_becomes_a_packet_and_the_end_is_known(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    running = eye(parts, iter([[violation()], [], [violation(), violation()]]))
    for _ in range(4):
        running.turn()
    assert len(parts.outbox.waiting()) == running.sent.packets == 3
    assert running.over
    assert not running.through()


def test_a_receipt_frees_the_outbox_once_it_has_come(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    inbox = Inbox(tmp_path / "inbox")
    running = eye(parts, iter([[violation()]]))
    running.turn()
    inbox.put("receipt", b"not a receipt")
    inbox.put("receipt", receipt(1, 1, parts.links()[1, 1]))
    running.turn()
    assert running.through()
    assert running.progress()["receipts"] == 1


def test_letters_are_looked_for_now_and_then_while_frames_pass(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    inbox = Inbox(tmp_path / "inbox")
    running = eye(parts, iter([[violation()], *([] for _ in range(2 * SETTLE_EVERY_FRAMES))]))
    running.turn()
    inbox.put("receipt", receipt(1, 1, parts.links()[1, 1]))
    for _ in range(SETTLE_EVERY_FRAMES):
        running.turn()
    assert not running.over
    assert parts.outbox.waiting() == []


def test_a_full_spool_accuses_nobody_and_drops_nothing(tmp_path: Path) -> None:
    parts = Parts(tmp_path, limit_bytes=5000)
    running = eye(parts, iter([[violation()], [violation()]]))
    running.turn()
    running.turn()
    assert running.sent.packets == 1
    assert running.sent.spool_full == 1
    assert len(parts.outbox.waiting()) == 1


def test_without_a_key_that_anybody_could_open_nobody_is_accused(tmp_path: Path) -> None:
    closed = keyset(seal=(SealEntry(SEAL.public, 0, None, "revoked"),))
    running = eye(Parts(tmp_path, keyring=Keyring(root(), closed)), iter([[violation()]]))
    running.turn()
    assert (running.sent.packets, running.sent.keyless) == (0, 1)
    assert running.outbox.waiting() == []


def test_a_unit_that_is_told_to_pause_accuses_nobody_until_told_to_resume(tmp_path: Path) -> None:
    parts = Parts(tmp_path, keyring=Keyring(root(), replace(keyset(), orders=ORDERS)))
    inbox = Inbox(tmp_path / "inbox")
    running = eye(parts, iter([[violation()]] * 40))
    inbox.put("order", order("pause", counter=1))
    running.letters.read()
    running.turn()
    assert (running.sent.packets, running.sent.paused) == (0, 1)
    inbox.put("order", order("resume", counter=2))
    running.letters.read()
    running.turn()
    assert (running.sent.packets, running.sent.paused) == (1, 1)


@pytest.mark.parametrize(("verb", "after"), [("restart", After.RESTART), ("wipe", After.GONE)])
def test_an_order_to_end_is_not_forgotten_by_the_turns_that_come_before_the_end(
    verb: str, after: After, tmp_path: Path
) -> None:
    """The supervisor looks four times a second; until then nothing is seen, sealed or read any more."""
    parts = Parts(tmp_path, keyring=Keyring(root(), replace(keyset(), orders=ORDERS)))
    inbox = Inbox(tmp_path / "inbox")
    running = eye(parts, iter([[], *[[violation()]] * 40]))
    running.turn()
    inbox.put("order", order(verb, counter=1, keys=2))
    running.letters.read()
    inbox.put("order", order("report", counter=2))
    for _ in range(3 * SETTLE_EVERY_FRAMES):
        running.turn()
    assert running.after is after
    assert running.sent.packets == 0
    assert len(list((tmp_path / "results").iterdir())) == 1


def test_software_that_is_too_old_accuses_nobody_and_still_says_how_it_fares(tmp_path: Path) -> None:
    told = replace(keyset(), orders=ORDERS, minimum_software="999")
    parts = Parts(tmp_path, keyring=Keyring(root(), told))
    running = eye(parts, iter([[violation()]] * 3))
    running.turn()
    assert (running.sent.packets, running.sent.keyless) == (0, 1)
    parts.sealer.checkpoint("regular", uptime_s=1)
    assert len(parts.outbox.waiting()) == 1
