"""Promise 10: a named officer decides, and refusals are counted. Nothing can be exported without a decision."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, literal

from kirpik.errors import KirpikError
from kirpik_central import export
from kirpik_central.store import cases_query
from kirpik_central.tables import DECISION, PACKET
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.central.intake_desk import Desk
from tests.unit.central.test_export import exported, receive, say

PROMISE = Promise(
    10, "A named officer decides; refusals are counted",
    remains="That the name is a person's: a passkey shows which key signed, not who touched it. At an authority: its "
    "own "
    "rules for handing keys out, and the auditor's view of every decision.",
)  # fmt: skip


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    desk, count = Desk(folder), effort.of(12, 300)
    receive(desk, count)
    while desk.reader.read(limit=100):
        pass
    without = exported(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "_page", _page_of_all)
        leaky = exported(desk)
    for leaf in range(count):
        say(desk, leaf, ("confirmed", "rejected")[leaf % 2], officer="A. Officer")
    with_ = exported(desk)
    officers = {line["decision"]["officer"] for line in with_}  # type: ignore[index]
    yield Shown(
        "Cases are exported only where the last word is a named officer's confirmation",
        f"{count} cases: {len(without)} exported before a decision, {len(with_)} of {count - count // 2} confirmed "
        f"after it, under the name of {', '.join(sorted(map(str, officers)))}",
        holds=not without and len(with_) == count - count // 2 and officers == {"A. Officer"},
        control="an export that asks for no verdict",
        caught=len(leaky) == count,
    )
    nameless = [name for name in ("", "A\n", "x" * 101) if not _refused(desk, name)]
    rejected = [row for row in desk.rows(DECISION) if row[3] == "rejected"]
    yield Shown(
        "A decision without a name is refused; each refusal stays, and is counted",
        f"nameless decisions taken: {len(nameless)}; {count // 2} rejected, {len(rejected)} counted",
        holds=not nameless and len(rejected) == count // 2,
        control="the same decision with a name, which must be taken",
        caught=not _refused(desk, "B. Officer"),
    )
    desk.engine.dispose()


def _page_of_all(connection: Connection, after: int) -> list[Any]:
    """The broken export: whatever somebody has said, or nobody."""
    columns = [DECISION.c[name] for name in ("turn", "officer", "reason", "decided_ms")]
    leaf = func.coalesce(DECISION.c.leaf, PACKET.c.leaf)
    verdict = literal("confirmed").label("verdict")
    query = cases_query().add_columns(leaf.label("decision_leaf"), leaf.label("accused_leaf"), verdict, *columns)
    query = query.join(DECISION, DECISION.c.packet == PACKET.c.leaf, isouter=True).where(leaf > after)
    return list(connection.execute(query.order_by(leaf).limit(100)).all())


def _refused(desk: Desk, officer: str) -> bool:
    try:
        say(desk, 0, "rejected", turn=2, officer=officer)
    except KirpikError:
        return True
    return False


test_a_named_officer_decides = as_test(prove)
