"""What the demo says when it is over: how much was looked at, how little was read, and where the page is."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from kirpik_provisioning.demo import Outcome


def print_summary(console: Console, outcome: Outcome) -> None:
    for line in lines(outcome):
        console.print(line, highlight=False, soft_wrap=True)


def lines(outcome: Outcome) -> list[str]:
    count = outcome.story.count
    said = [
        "",
        f"{count('frames')} frames looked at, none kept",
        f"{count('tracks')} tracks followed, {count('suspects')} broke a rule, {count('reader_calls')} plates read; "
        f"{count('tracks') - count('suspects')} were forgotten unread",
        f"{count('packets')} packets sealed, {len(outcome.story.cases)} opened at the central, "
        f"{count('receipts')} receipts verified, {outcome.waiting} waiting",
    ]
    if not outcome.finished:
        said.append(f"Stopped. {waiting_sentence(outcome.waiting, outcome.outbox)}")
    if outcome.missed is not None:
        said += [f"missing: {one} should have come" for one in outcome.missed.absent]
        said += [f"wrong: {one} should not have come" for one in outcome.missed.unexpected]
        if outcome.missed.none:
            said.append("as the simulator's truth says: each offender accused, no innocent")
    said += about_evidence(outcome.evidence)
    said.append(f"Open in a browser: file://{outcome.page}")
    return [*said, *(["Decide on them as an officer: kirpik demo --desk"] if outcome.evidence else [])]


def about_evidence(files: Sequence[Path]) -> list[str]:
    if not files:
        return []
    first = files[0]
    return [
        f"{len(files)} evidence files, as an accused would get them; check one, offline:",
        f"  {Path(sys.executable).with_name('kirpik')} verify {first} --root {first.with_name('root.cbor')}",
    ]


def waiting_sentence(waiting: int, outbox: Path) -> str:
    if not waiting:
        return "No packet was waiting."
    return f"{waiting} packets wait, whole and sealed, in {outbox}"
