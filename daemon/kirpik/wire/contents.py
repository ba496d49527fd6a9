"""What a packet holds, by its kind."""

from typing import TypeAlias

from kirpik.errors import WireError
from kirpik.wire import packet
from kirpik.wire.checkpoint import Checkpoint, decode_checkpoint
from kirpik.wire.keychange import KeyChange, decode_key_change
from kirpik.wire.packet import Opened
from kirpik.wire.record import Cover, Record, decode_payload

Contents: TypeAlias = Record | Cover | KeyChange | Checkpoint


def read_contents(opened: Opened, public: bytes) -> Contents:
    """`public` is the key that signed the packet. Raises WireError."""
    match opened.header.kind:
        case packet.KIND_PACKET:
            return decode_payload(opened.payload)
        case packet.KIND_KEY_CHANGE:
            return decode_key_change(opened.payload, header=opened.header, old_public=public)
        case packet.KIND_CHECKPOINT:
            return decode_checkpoint(opened.payload)
    raise WireError("packet-kind", "a re-wrapped packet holds another packet; open that one")
