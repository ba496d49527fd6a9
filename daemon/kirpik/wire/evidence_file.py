"""The evidence file: all that it takes to check one case without asking anybody. docs/EVIDENCE.md has the format.

The central writes it from its store, and `kirpik verify` reads it. It holds what was signed, byte for byte, and the
keys' documents; nothing in it is trusted because it stands there.
"""

from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, keydocs, packet, receipt, signature

FORMAT = "kirpik/1 evidence"
MAX_BYTES = 2**22
MAX_ROOTS = 64
MAX_LOG_BYTES = 65536
SUFFIX = ".kpe"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    packet: bytes = field(repr=False)
    """As the unit sealed it: its hash is its place in the unit's chain. Of a re-wrapped one, the innermost."""
    inner: bytes = field(repr=False)
    """The COSE_Sign1 that was found in it."""
    unit_public: bytes
    """The unit's first Ed25519 key: the unit is named after it."""
    roots: tuple[bytes, ...] = field(repr=False)
    """Root documents, oldest first, without a gap."""
    keyset: bytes = field(repr=False)
    """The newest that the central knows: who has been revoked since is told there."""
    key_changes: tuple[bytes, ...] = field(default=(), repr=False)
    """Header ‖ COSE_Sign1 of each packet of kind 3, oldest first, by which the unit changed its key before this one."""
    receipt: bytes | None = field(default=None, repr=False)
    """The central's signed word that it holds the packet."""
    calibration: bytes | None = field(default=None, repr=False)
    """Statement of whoever calibrated the site."""
    log_proof: bytes | None = field(default=None, repr=False)
    """That the packet stands in the public log: text of c2sp.org/tlog-proof."""


DOCUMENT = fields.blob(1, keydocs.MAX_BYTES)
ALLOWED: dict[int, tuple[str, fields.Check]] = {
    1: ("format", fields.one_of(FORMAT)),
    2: ("packet", fields.blob(packet.SIZES[0], packet.SIZES[-1])),
    3: ("inner", fields.blob(1, packet.SIZES[-1])),
    4: ("unit_public", fields.blob(signature.PUBLIC_BYTES)),
    5: ("roots", fields.many(DOCUMENT, 1, MAX_ROOTS)),
    6: ("keyset", DOCUMENT),
    7: ("key_changes", fields.many(fields.blob(packet.HEADER_BYTES + 1, packet.SIZES[-1]), 0, MAX_ROOTS)),
    8: ("receipt", fields.maybe(fields.blob(1, receipt.MAX_BYTES))),
    9: ("calibration", fields.maybe(fields.blob(1, MAX_LOG_BYTES))),
    10: ("log_proof", fields.maybe(fields.blob(1, MAX_LOG_BYTES))),
}


def encode_evidence(evidence: EvidenceFile) -> bytes:
    """Raises WireError with the field's name for what cannot be evidence."""
    told = {number: getattr(evidence, name) for number, (name, _) in ALLOWED.items() if name != "format"}
    data = cbor.encode({1: FORMAT} | told)
    decode_evidence(data)
    return data


def decode_evidence(data: bytes) -> EvidenceFile:
    """The parts, none of them checked yet. Raises WireError when it is not such a file."""
    if len(data) > MAX_BYTES:
        raise WireError("evidence-size", f"{len(data)} bytes, expected at most {MAX_BYTES}")
    values = fields.closed_map("evidence", cbor.decode(data), ALLOWED)
    del values["format"]
    return EvidenceFile(**values)
