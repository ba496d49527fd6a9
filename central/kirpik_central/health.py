"""What units say of themselves: numbers, kept as the latest state and nothing older; and where they stand, which is
held against their chains and not kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.wire import health, topics
from kirpik.wire.health import chain_48
from kirpik_central.chains import Chain

STATES = (topics.ONLINE, topics.LOST, topics.DISCONNECTED)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    unit: bytes
    numbers: Mapping[str, float] = field(default_factory=dict)
    state: str | None = None
    standing: Mapping[str, float] = field(default_factory=dict)

    @property
    def head(self) -> tuple[int, int] | None:
        """Epoch and sequence of the newest packet that the unit has sealed; None where it does not say."""
        epoch, sequence = (self.standing.get(name) for name in ("epoch", "sequence"))
        if isinstance(epoch, int) and isinstance(sequence, int) and 0 < epoch < 2**32 and 0 < sequence < 2**63:
            return epoch, sequence
        return None

    def after(self, before: "Heartbeat | None") -> "Heartbeat":
        """With what was said before and is not said again."""
        if before is None:
            return self
        return Heartbeat(
            self.unit, self.numbers or before.numbers, self.state or before.state, self.standing or before.standing
        )

    @property
    def has_sent_all(self) -> bool:
        """Whether nothing waits at the unit."""
        return self.standing.get("spool_count") == 0

    def told(self) -> str | None:
        """The numbers as they are kept."""
        return json.dumps(self.numbers, separators=(",", ":"), sort_keys=True) if self.numbers else None


def parse(topic: str, payload: bytes) -> Heartbeat:
    """Raises WireError for what is neither a heartbeat nor a state."""
    told = topics.parse(topic)
    if told.leaf == topics.HEALTH:
        return Heartbeat(told.unit, numbers=health.decode_health(payload))
    if told.leaf == topics.STANDING:
        return Heartbeat(told.unit, standing=health.decode_standing(payload))
    if told.leaf == topics.STATE and (state := payload.decode("ascii", "replace")) in STATES:
        return Heartbeat(told.unit, state=state)
    raise WireError("topic-leaf" if told.leaf != topics.STATE else "health-state")


def is_missing_packets(heartbeat: Heartbeat, chain: Chain) -> bool:
    """Whether the unit has sealed more than we hold."""
    return heartbeat.head is not None and heartbeat.head[1] > chain.up_to


def is_another_chain(heartbeat: Heartbeat, chain: Chain) -> bool:
    """Whether the unit and we have different packets at the same place: its memory is in two places, or was altered."""
    told = heartbeat.standing.get("chain_48")
    at_our_end = heartbeat.head is not None and heartbeat.head[1] == chain.up_to
    return at_our_end and told is not None and told != chain_48(chain.link)


def has_nothing_to_send(heartbeat: Heartbeat, chain: Chain) -> bool:
    """Whether nobody can send what we miss: the unit has it no more, or was even receipted it."""
    acked_epoch, acked = (heartbeat.standing.get(name, 0) for name in ("acked_epoch", "acked_sequence"))
    was_receipted = heartbeat.head is not None and acked_epoch == heartbeat.head[0] and acked > chain.up_to
    return was_receipted or heartbeat.has_sent_all
