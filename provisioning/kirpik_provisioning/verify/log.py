"""That the packet stands in the public log: a proof after c2sp.org/tlog-proof, checked by the key that the reader has.

The log's entry for a packet is its link, the SHA-256 of the whole packet: it tells nobody anything, and whoever holds
the packet can find it. Hashes of the tree: RFC 9162, 2.1; signed tree heads: c2sp.org/tlog-checkpoint and signed-note.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from kirpik.wire import packet, signature
from kirpik.wire.evidence_file import EvidenceFile
from kirpik_provisioning.verify.finding import Finding, good, not_checked, refused

FIRST_LINE = "c2sp.org/tlog-proof@v1"
LEAF, NODE = b"\0", b"\1"
ED25519 = 1
"""Algorithm byte of a signed note's key."""
KEY_HASH_BYTES = 4
HASHES_MOST = 63


class LogError(ValueError):
    """The proof is not one. The text is the refusal's stable name."""


@dataclass(frozen=True, slots=True)
class LogProof:
    index: int
    path: tuple[bytes, ...]
    origin: str
    size: int
    root: bytes
    signed: bytes
    """The checkpoint's text, that the log's key signed."""
    signatures: tuple[tuple[str, bytes], ...]
    """Name, and key hash ‖ signature."""


def check_log(file: EvidenceFile, log_key: str | None) -> Finding:
    if file.log_proof is None or log_key is None:
        return not_checked("log", "log-missing" if file.log_proof is None else "log-key-not-given")
    try:
        proof = parse_proof(file.log_proof)
        name, public = parse_key(log_key)
        _check_signed(proof, name, public)
    except LogError as error:
        return refused("log", str(error))
    if root_of(packet.link(file.packet), proof) != proof.root:
        return refused("log", "log-not-included")
    return good("log", origin=proof.origin, index=proof.index, size=proof.size)


def parse_key(text: str) -> tuple[str, bytes]:
    """Return name and Ed25519 key of a verifier key `<name>+<hash>+<base64>`. Raises LogError."""
    name, _, rest = text.strip().partition("+")
    told, _, encoded = rest.partition("+")
    data = _base64(encoded)
    if len(data) != 1 + signature.PUBLIC_BYTES or data[0] != ED25519 or told != _key_hash(name, data).hex():
        raise LogError("log-key-form")
    return name, data[1:]


def parse_proof(data: bytes) -> LogProof:
    try:
        head, _, checkpoint = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise LogError("log-form") from error
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    if len(lines) < 2 or lines[0] != FIRST_LINE or len(lines) > 2 + HASHES_MOST:
        raise LogError("log-form")
    index = _number(lines[1].removeprefix("index "))
    body, _, notes = checkpoint.partition("\n\n")
    told = body.split("\n")
    if len(told) < 3:
        raise LogError("log-form")
    size, root = _number(told[1]), _base64(told[2])
    if index >= size:
        raise LogError("log-form")
    signatures = tuple(_note_line(line) for line in notes.splitlines())
    return LogProof(index, tuple(map(_base64, lines[2:])), told[0], size, root, (body + "\n").encode(), signatures)


def root_of(entry: bytes, proof: LogProof) -> bytes:
    """The tree's root if `entry` stands where the proof says (RFC 9162, 2.1.3.2); nothing when it cannot be."""
    hashed, at, last = hashlib.sha256(LEAF + entry).digest(), proof.index, proof.size - 1
    for sibling in proof.path:
        if last == 0:
            return b""
        if at & 1 or at == last:
            hashed = hashlib.sha256(NODE + sibling + hashed).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = hashlib.sha256(NODE + hashed + sibling).digest()
        at, last = at >> 1, last >> 1
    return hashed if last == 0 else b""


def _check_signed(proof: LogProof, name: str, public: bytes) -> None:
    wanted = _key_hash(name, bytes([ED25519]) + public)
    if proof.origin != name:
        raise LogError("log-other")
    for signer, told in proof.signatures:
        key_hash, signed = told[:KEY_HASH_BYTES], told[KEY_HASH_BYTES:]
        if signer == name and key_hash == wanted and signature.verify(public, b"", proof.signed, signed):
            return
    raise LogError("log-signature")


def _note_line(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—":
        raise LogError("log-form")
    return name, _base64(encoded)


def _key_hash(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:KEY_HASH_BYTES]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or (text[0] == "0" and text != "0") or len(text) > 18:
        raise LogError("log-form")
    return int(text)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LogError("log-form") from error
