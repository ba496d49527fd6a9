"""What the broker brings, sorted without believing it: only the eye can tell whether it is true."""

from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, receipt, signature, topics


@dataclass(frozen=True, slots=True)
class Hint:
    """What a receipt seems to say: good enough to choose the next packets by, and for nothing else."""

    epoch: int
    up_to: int
    singles: frozenset[int]
    """Sequences that are held, or refused, one by one."""


def kind_of(topic: str) -> str | None:
    """Under which name the inbox keeps what came on a topic; None for what is not ours to keep."""
    if topic == topics.KEYSET:
        return "set"
    if topic.startswith(f"{topics.PREFIX}/keys/root/"):
        return "root"
    try:
        place = topics.parse(topic)
    except WireError:
        return None
    return place.leaf if place.way == "down" else None


def hint_of(data: bytes) -> Hint | None:
    """None when it is not even formed like a receipt."""
    try:
        told = fields.closed_map("receipt", cbor.decode(data[: -signature.SIGNATURE_BYTES]), receipt.ALLOWED)
    except WireError:
        return None
    singles = [row[0] for row in (*told["selective"], *told["refused"])]
    return Hint(told["epoch"], told["up_to"], frozenset(singles))
