"""Promise 14: every rule cites its legal basis; a wrong sign can be recalled en masse, by its configuration's hash."""

import contextlib
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from kirpik.cli import main as unit_command
from kirpik.wire.record import encode_record
from kirpik_central.desk import recall
from kirpik_provisioning.demo import bundled_road
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.central.intake_desk import Desk
from tests.unit.central.packets import SPEEDING
from tests.unit.central.test_export import exported, say

PROMISE = Promise(14, "Every rule cites its legal basis; a wrong sign can be recalled en masse", remains="")
WRONG, RIGHT = hashlib.sha256(b"wrong sign").digest(), hashlib.sha256(b"right sign").digest()


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    with_basis, without = (
        _exported(folder / name, text) for name, text in (("a", "Example Act, section 592"), ("b", ""))
    )
    yield Shown(
        "Record, case and export cite the rule's legal basis; a confirmed case without one is not handed on",
        f"exported with its basis {with_basis}, without one {without}",
        holds=(with_basis, without) == (["Example Act, section 592"], []) and _warned(folder / "site.toml"),
        control="the same case with its basis, which must be handed on",
        caught=len(with_basis) == 1,
    )
    (folder / "recall").mkdir()
    desk, count = Desk(folder / "recall"), effort.of(6, 200)
    _receive(desk, WRONG, count, "first")
    _receive(desk, RIGHT, count, "second")
    for leaf in range(2 * count):
        say(desk, leaf, "confirmed")
    before = len(exported(desk))
    shown = desk.store.read(lambda connection: recall.preview(connection, WRONG))
    missed = desk.store.read(lambda connection: recall.preview(connection, bytes(32)))
    taken = desk.store.write(lambda connection: _take_back(connection, shown))
    after = exported(desk)
    yield Shown(
        "All cases of one configuration are taken back, each by a decision of its own, and no other case",
        f"{before} confirmed, {shown.count} shown beforehand, {taken} taken back, {len(after)} still stand",
        holds=(before, shown.count, taken, len(after)) == (2 * count, count, count, count),
        control="another hash, which must touch none",
        caught=not missed.count,
    )
    desk.engine.dispose()


def _exported(folder: Path, basis: str) -> list[str]:
    """Legal bases of what is exported, of one confirmed case."""
    folder.mkdir()
    desk = Desk(folder)
    sender = desk.sender()
    desk.take(sender, sender.next(payload=encode_record(replace(SPEEDING, legal_basis=basis))))
    desk.reader.read(limit=10)
    say(desk, 0, "confirmed")
    lines = exported(desk)
    desk.engine.dispose()
    return [line["case"]["legal_basis"] for line in lines]  # type: ignore[index]


def _warned(path: Path) -> bool:
    """Whether `kirpikd check` names the rule that has none."""
    text = bundled_road().site.read_text()
    path.write_text(re.sub(r'legal_basis = ".*"', 'legal_basis = ""', text, count=1))
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        unit_command(["check", "--site", str(path), "--config", str(path)])
    return "rule[0].legal_basis: empty" in said.getvalue()


def _receive(desk: Desk, configuration: bytes, count: int, name: str) -> None:
    sender = desk.sender(name)
    payloads = [
        encode_record(replace(SPEEDING, configuration_sha256=configuration, event_id=bytes([number % 256]) * 16))
        for number in range(count)
    ]
    desk.take(sender, *(sender.next(payload=payload) for payload in payloads))
    desk.reader.read(limit=1000)


def _take_back(connection: Connection, shown: recall.Preview) -> int:
    reason = "the sign was unlawful"
    return recall.recall_by_code(connection, "S. Supervisor", WRONG, reason, count=shown.count)


test_a_wrong_sign_is_recalled = as_test(prove)
