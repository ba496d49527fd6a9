"""A unit's new signing key, told in its own chain: the packet is signed by the old key, and holds the new one's word.

The unit keeps its id, which is the hash of its first key. The new key's signature covers the packet's header, so that
nobody can claim somebody else's key as his own, or show the same change at another place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, payload, signature
from kirpik.wire.packet import KIND_REWRAPPED, Header


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    public: bytes
    """The new Ed25519 key, good for every place after this packet's."""
    proof: bytes
    """By the new key, over the header of this packet and itself."""
    keyset_version: int
    last_receipt: bytes | None


ALLOWED: dict[int, tuple[str, fields.Check]] = {
    1: ("public", fields.blob(signature.PUBLIC_BYTES)),
    2: ("proof", fields.blob(signature.SIGNATURE_BYTES)),
    **payload.COMMON,
}


def encode_key_change(
    new: signature.Signer, *, header: Header, keyset_version: int, last_receipt: bytes | None
) -> bytes:
    proof = new.sign(signature.KEY_CHANGE, header.pack() + new.public)
    return payload.encode({1: new.public, 2: proof, 30: keyset_version, 31: last_receipt})


def decode_key_change(data: bytes, *, header: Header, old_public: bytes) -> KeyChange:
    """Raises WireError unless the new key agrees to be this unit's, at this place. `old_public` signed the packet."""
    change = KeyChange(**payload.read("key change", cbor.decode(data), ALLOWED))
    if change.public == old_public:
        raise WireError("keychange-same", "the new key is the old one")
    if not signature.verify(change.public, signature.KEY_CHANGE, header.pack() + change.public, change.proof):
        raise WireError("keychange-proof")
    return change


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Which key a unit signed with at which place."""

    first: bytes
    changes: Sequence[tuple[int, int, bytes]] = ()
    """Epoch and sequence of each key change, rising, and the key that it brought."""

    def at(self, header: Header) -> tuple[bytes, ...]:
        """The keys that may have signed this packet: the one in force there, and if it is re-wrapped, any later one."""
        if not self.changes:
            return (self.first,)
        place = (header.epoch, header.sequence)
        earlier = [public for *at, public in self.changes if tuple(at) < place]
        in_force = earlier[-1] if earlier else self.first
        if header.kind != KIND_REWRAPPED:
            return (in_force,)
        return (in_force, *[public for *at, public in self.changes if tuple(at) >= place])
