"""An order on its way: to each unit that it is for, and back as signed results, until all answered or time is up.

The broker carries both and can neither change nor invent one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kirpik.errors import TrustError, WireError
from kirpik.mqtt.messages import Arrival
from kirpik.trust.orders import check_order
from kirpik.trust.trusted import Trusted
from kirpik.wire import topics
from kirpik.wire.result import Result
from kirpik_provisioning import line
from kirpik_provisioning.orders.book import FINAL, Entry, OrderFolder
from kirpik_provisioning.registry import Known, Registry

NEW_KEY = "public "
"""What a change of identity is answered with, before the new key."""


@dataclass(slots=True)
class Outcome:
    """What was heard so far."""

    units: Sequence[Known]
    results: dict[bytes, Result] = field(default_factory=dict)

    @property
    def settled(self) -> int:
        return sum(result.outcome in FINAL for result in self.results.values())

    @property
    def all_settled(self) -> bool:
        return self.settled == len(self.units)

    @property
    def all_done(self) -> bool:
        return sum(result.outcome == "done" for result in self.results.values()) == len(self.units)


def check_before(entry: Entry, trusted: Trusted, *, now_ms: int) -> None:
    """Refuse here what every unit would refuse there."""
    entries = () if trusted.keyset is None else trusted.keyset.orders
    try:
        check_order(entry.signed, entries, counters={}, now_ms=max(now_ms, entry.order.not_before_ms))
    except WireError as error:
        raise TrustError(f"order {entry.name}: {error}; nothing was sent") from error


def send(desk: Path, entry: Entry, *, wait_s: float, progress: Callable[[Outcome], object]) -> Outcome:
    """Deliver, then listen. A second time delivers again: units answer again and obey once."""
    folder, outcome = OrderFolder(desk), Outcome(Registry(desk).meant(entry.order.target))
    known = {unit.unit: unit for unit in outcome.units}

    def hear(arrival: Arrival) -> None:
        try:
            unit = known[topics.parse(arrival.topic).unit]
            outcome.results[unit.unit] = folder.take_result(entry, unit, arrival.payload)
        except (WireError, KeyError):  # an older result, or somebody else's
            return
        _note_new_key(desk, unit, outcome.results[unit.unit])
        progress(outcome)

    with line.opened(desk, [topics.up(unit.unit, topics.RESULT) for unit in outcome.units]) as broker:
        messages = [(topics.down(unit.unit, topics.ORDER), entry.data) for unit in outcome.units]
        broker.publish(messages, retain=False)
        progress(outcome)
        broker.listen(hear, wait_s=wait_s, enough=lambda: outcome.all_settled)
    return outcome


def _note_new_key(desk: Path, unit: Known, result: Result) -> None:
    """The old key's last word names the new one."""
    if result.outcome == "done" and result.reason.startswith(NEW_KEY):
        public = result.reason.removeprefix(NEW_KEY)
        Registry(desk).put(unit.first_public, msgspec.structs.replace(unit.card, public=public))


def now_ms() -> int:
    return time.time_ns() // 1_000_000
