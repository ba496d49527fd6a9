"""The packet "KPK1": signed, sealed, signed again.

The inner signature is evidence that outlives decryption; the outer one lets a front door without the opening key know
the sender, refuse copies and acknowledge. All 80 bytes of the header are bound into the seal and into both signatures,
so no field can be moved to another packet. docs/wire/SPEC.md has the bytes.
"""

import hashlib
import struct
from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import sign1, signature, suite

MAGIC = b"KPK1"
VERSION = 1
KIND_PACKET, KIND_REWRAPPED, KIND_KEY_CHANGE, KIND_CHECKPOINT = KINDS = (1, 2, 3, 4)

SIZES = (4096, 6144, 8192, 16384)
"""A packet has one of these sizes on the wire, whatever is in it."""
DEFAULT_SIZE = 6144
REWRAPPED_SIZES = (*SIZES[1:], 18432, 20480, 22528)
"""A re-wrapped packet is larger than the one in it; the last sizes leave room for being wrapped three times."""

LAYOUT = struct.Struct(">4sBBHHH8s16sIQ32s")
HEADER_BYTES = 80
LINK_BYTES = 32
LENGTH_BYTES = 4
OVERHEAD_BYTES = HEADER_BYTES + suite.ENC_BYTES + suite.TAG_BYTES + signature.SIGNATURE_BYTES
"""1,280 bytes around the plaintext."""

INFO = b"kirpik/1 sealed packet\0"


@dataclass(frozen=True, slots=True)
class Header:
    """What everybody on the way can read."""

    kind: int
    recipient: bytes
    """Id of the key that it is sealed to."""
    unit: bytes
    epoch: int
    """New at every start of the eye, strictly rising, from 1."""
    sequence: int
    """Within the epoch, from 1 without a gap."""
    previous: bytes
    """Link of the unit's packet before this one, also across epochs; `ids.genesis_link` for the first.

    Where `kind` is KIND_REWRAPPED: link of the packet inside."""

    def pack(self) -> bytes:
        return LAYOUT.pack(
            MAGIC, VERSION, self.kind, *suite.SUITE_IDS,
            self.recipient, self.unit, self.epoch, self.sequence, self.previous,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    header: Header
    payload: bytes
    evidence: bytes
    """Header ‖ COSE_Sign1: what `sign1` can check later, without any secret."""

    def __repr__(self) -> str:
        return f"Opened({self.header.unit.hex()}, {self.header.epoch}, {self.header.sequence})"


def room(size: int) -> int:
    """Bytes of payload that a packet of `size` holds."""
    return size - OVERHEAD_BYTES - LENGTH_BYTES - sign1.overhead()


def build(  # noqa: PLR0913  one argument for each field of the header
    payload: bytes, *, kind: int = KIND_PACKET, signer: signature.Signer, unit: bytes, recipient_public: bytes,
    epoch: int, sequence: int, previous: bytes, size: int | None = DEFAULT_SIZE,
) -> bytes:  # fmt: skip
    """A packet of `size` bytes; None takes the smallest size that holds it. Raises WireError("packet-too-large")."""
    header = Header(kind, suite.key_id(recipient_public), unit, epoch, sequence, previous)
    return seal(payload, header=header, signer=signer, recipient_public=recipient_public, size=size)


def seal(
    payload: bytes, *, header: Header, signer: signature.Signer, recipient_public: bytes,
    size: int | None = DEFAULT_SIZE,
) -> bytes:  # fmt: skip
    """As `build`, for a payload that had to know its header. `header.recipient` must be the id of the key."""
    bound = header.pack()
    inner = sign1.sign(payload, signer=signer, unit=header.unit, header=bound)
    length = _size_for(header.kind, len(inner), size) - OVERHEAD_BYTES
    plaintext = struct.pack(">I", len(inner)) + inner
    body = bound + suite.seal(plaintext.ljust(length, b"\0"), recipient_public, INFO + bound)
    return body + signer.sign(signature.OUTER, body)


def sizes(kind: int) -> tuple[int, ...]:
    return REWRAPPED_SIZES if kind == KIND_REWRAPPED else SIZES


def _size_for(kind: int, inner_bytes: int, size: int | None) -> int:
    needed = OVERHEAD_BYTES + LENGTH_BYTES + inner_bytes
    for candidate in sizes(kind) if size is None else (size,):
        if needed <= candidate:
            return candidate
    raise WireError("packet-too-large", f"{needed} bytes, expected at most {size or sizes(kind)[-1]}")


def parse_header(packet: bytes) -> Header:
    """What the header says, unproven. Raises WireError when it is not a packet of this format."""
    if len(packet) not in SIZES + REWRAPPED_SIZES:
        raise WireError("packet-size", f"{len(packet)} bytes, expected one of {SIZES}")
    header = parse_header_bytes(packet[:HEADER_BYTES])
    if len(packet) not in sizes(header.kind):
        raise WireError("packet-size", f"{len(packet)} bytes, expected one of {sizes(header.kind)}")
    return header


def parse_header_bytes(data: bytes) -> Header:
    magic, version, kind, *ids, recipient, unit, epoch, sequence, previous = LAYOUT.unpack(data)
    if magic != MAGIC:
        raise WireError("packet-magic")
    if version != VERSION:
        raise WireError("packet-version", f"{version}, expected {VERSION}")
    if kind not in KINDS:
        raise WireError("packet-kind", f"{kind}, expected one of {KINDS}")
    if tuple(ids) != suite.SUITE_IDS:
        raise WireError("packet-suite", f"{ids}, expected {suite.SUITE_IDS}")
    if not (epoch and sequence):
        raise WireError("packet-place", f"epoch {epoch}, sequence {sequence}, expected both from 1")
    return Header(kind, recipient, unit, epoch, sequence, previous)


def check_outer(packet: bytes, unit_public: bytes) -> Header:
    """The header, proven to be by the owner of `unit_public`, which the caller has looked up by the header's unit."""
    header = parse_header(packet)
    if not is_signed(packet, unit_public):
        raise WireError("packet-outer-signature")
    return header


def is_signed(packet: bytes, unit_public: bytes) -> bool:
    """Whether the outer signature is by the owner of `unit_public`."""
    body, outer = packet[: -signature.SIGNATURE_BYTES], packet[-signature.SIGNATURE_BYTES :]
    return signature.verify(unit_public, signature.OUTER, body, outer)


def open_packet(packet: bytes, unit_public: bytes, seal_key: suite.SealKey) -> Opened:
    """Check everything, then hand out the payload. Raises WireError."""
    return open_proven(packet, check_outer(packet, unit_public), unit_public, seal_key)


def open_proven(packet: bytes, header: Header, unit_public: bytes, seal_key: suite.SealKey) -> Opened:
    """The same where `check_outer` has returned this header before."""
    if header.recipient != seal_key.id:
        raise WireError("packet-recipient", f"sealed to {header.recipient.hex()}")
    bound = packet[:HEADER_BYTES]
    plaintext = seal_key.open(packet[HEADER_BYTES : -signature.SIGNATURE_BYTES], INFO + bound)
    inner = _unpad(plaintext)
    payload = sign1.verify(inner, unit_public=unit_public, unit=header.unit, header=bound)
    return Opened(header, payload, bound + inner)


def _unpad(plaintext: bytes) -> bytes:
    (length,) = struct.unpack_from(">I", plaintext)
    inner, padding = plaintext[LENGTH_BYTES : LENGTH_BYTES + length], plaintext[LENGTH_BYTES + length :]
    if length != len(inner):
        raise WireError("packet-length", f"{length} bytes announced, {len(inner)} there")
    if padding != bytes(len(padding)):  # any() would look at thousands of zeros one by one
        raise WireError("packet-padding")
    return inner


def check_evidence(evidence: bytes, unit_public: bytes) -> Opened:
    """The same payload again from what `open_packet` returned as evidence: no key but the unit's public one."""
    if len(evidence) <= HEADER_BYTES:
        raise WireError("evidence-short", f"{len(evidence)} bytes")
    bound, inner = evidence[:HEADER_BYTES], evidence[HEADER_BYTES:]
    header = parse_header_bytes(bound)
    payload = sign1.verify(inner, unit_public=unit_public, unit=header.unit, header=bound)
    return Opened(header, payload, evidence)


def link(packet: bytes) -> bytes:
    """The hash by which the next packet names this one. A re-wrapped one tells it itself."""
    if _is_rewrapped(packet):
        return packet[HEADER_BYTES - LINK_BYTES : HEADER_BYTES]
    return digest(packet)


def digest(packet: bytes) -> bytes:
    """Of these very bytes, by whomever they are: the same as `link` but for a packet that was re-wrapped."""
    return hashlib.sha256(packet).digest()


def _is_rewrapped(packet: bytes) -> bool:
    return len(packet) in REWRAPPED_SIZES and packet.startswith(MAGIC + bytes([VERSION, KIND_REWRAPPED]))
