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
from kirpik_provisioning.keys.desk import Desk
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
    """Deliver, then listen. A second time delivers again: units answer again and obey once.

    To a unit that comes on the line while we listen it is delivered then.
    """
    outcome = Outcome(Registry(desk).meant(entry.order.target, revoked=Desk(desk).revoked()))
    filters = [topics.up(unit.unit, leaf) for unit in outcome.units for leaf in (topics.RESULT, topics.STATE)]
    with line.opened(desk, filters) as broker:
        ear = _Ear(desk, entry, outcome, broker)
        broker.publish([_to(unit, entry) for unit in outcome.units], retain=False)
        progress(outcome)
        broker.listen(lambda arrival: ear.hear(arrival) and progress(outcome), wait_s=wait_s, enough=ear.enough)
    return outcome


@dataclass(slots=True)
class _Ear:
    desk: Path
    entry: Entry
    outcome: Outcome
    broker: line.Line

    def enough(self) -> bool:
        return self.outcome.all_settled

    def hear(self, arrival: Arrival) -> bool:
        """Whether it was a result that we wait for; an older one, or somebody else's, is none."""
        try:
            place = topics.parse(arrival.topic)
            unit = next(unit for unit in self.outcome.units if unit.unit == place.unit)
            if place.leaf == topics.STATE:
                self._greet(unit, arrival)
                return False
            result = OrderFolder(self.desk).take_result(self.entry, unit, arrival.payload)
        except (WireError, StopIteration):
            return False
        self.outcome.results[unit.unit] = result
        _note_new_key(self.desk, unit, result)
        return True

    def _greet(self, unit: Known, arrival: Arrival) -> None:
        """Deliver to whoever has come on the line only now."""
        online = arrival.payload == topics.ONLINE.encode() and not arrival.retained
        if online and unit.unit not in self.outcome.results:
            self.broker.publish([_to(unit, self.entry)], retain=False)


def _to(unit: Known, entry: Entry) -> tuple[str, bytes]:
    return topics.down(unit.unit, topics.ORDER), entry.data


def _note_new_key(desk: Path, unit: Known, result: Result) -> None:
    """The old key's last word names the new one."""
    if result.outcome == "done" and result.reason.startswith(NEW_KEY):
        public = result.reason.removeprefix(NEW_KEY)
        Registry(desk).put(unit.first_public, msgspec.structs.replace(unit.card, public=public))


def now_ms() -> int:
    return time.time_ns() // 1_000_000
