"""MQTT topic names. A unit writes only below its own `up`, and reads only its own `down` and the key documents."""

from dataclasses import dataclass
from typing import Literal

from kirpik.errors import WireError
from kirpik.wire.ids import UNIT_ID_BYTES

PREFIX = "kirpik/1"
Way = Literal["up", "down"]

PACKETS, HEALTH, STANDING, STATE, ENROL, RESULT = UP = ("v", "health", "standing", "state", "enrol", "result")
RECEIPT, ORDER = DOWN = ("receipt", "order")
LEAVES: dict[str, tuple[str, ...]] = {"up": UP, "down": DOWN}

ONLINE, LOST, DISCONNECTED = "online", "lost", "disconnected"
"""What `state` says; `lost` is the broker's word and proves nothing."""

KEYSET = f"{PREFIX}/keys/set"
ANY_KEYS = f"{PREFIX}/keys/#"

FILES = f"{PREFIX}/files"
"""Parts of files that orders name, retained, each under its file's hash and its number."""

LOBBY_ASKS = f"{PREFIX}/lobby/+/ask"
"""Where units that do not belong yet are heard: a broker of its own, that lets them say this and nothing else."""


@dataclass(frozen=True, slots=True)
class Topic:
    unit: bytes
    way: str
    leaf: str


def up(unit: bytes, leaf: str) -> str:
    return _name(unit.hex(), "up", leaf)


def down(unit: bytes, leaf: str) -> str:
    return _name(unit.hex(), "down", leaf)


def from_all(leaf: str) -> str:
    """The filter by which the central hears every unit."""
    return _name("+", "up", leaf)


def all_down(unit: bytes) -> str:
    """The filter by which a unit hears all that is meant for it."""
    return f"{PREFIX}/u/{unit.hex()}/down/#"


def root_document(version: int) -> str:
    return f"{PREFIX}/keys/root/{version}"


def file_part(sha256: bytes, number: int) -> str:
    return f"{FILES}/{sha256.hex()}/{number}"


def lobby_ask(unit: bytes) -> str:
    return f"{PREFIX}/lobby/{unit.hex()}/ask"


def lobby_answer(unit: bytes) -> str:
    return f"{PREFIX}/lobby/{unit.hex()}/answer"


def parse(topic: str) -> Topic:
    """Raises WireError unless it is a unit's topic, in the one way to write it."""
    parts = topic.split("/")
    if len(parts) != 6 or not topic.startswith(f"{PREFIX}/u/"):
        raise WireError("topic-form")
    _, _, _, unit, way, leaf = parts
    if leaf not in LEAVES.get(way, ()):
        raise WireError("topic-leaf")
    if len(unit) != 2 * UNIT_ID_BYTES or not set(unit) <= set("0123456789abcdef"):
        raise WireError("topic-unit")
    return Topic(bytes.fromhex(unit), way, leaf)


def _name(unit: str, way: Way, leaf: str) -> str:
    if leaf not in LEAVES[way]:
        raise WireError("topic-leaf", f"{leaf}, expected one of {LEAVES[way]}")
    return f"{PREFIX}/u/{unit}/{way}/{leaf}"
