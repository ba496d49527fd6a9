"""The transparency log as others can check it: RFC 6962 hashes, C2SP checkpoints (signed notes) and proofs.

The log is append-only: its leaves are hashes of packets, of decisions and of what was done at the desk, no more.
Whoever holds a proof can check it years later, offline, with the receipt keys of the key set alone. Formats:
c2sp.org/tlog-checkpoint, tlog-proof and signed-note; proofs as in RFC 6962 2.1, checked as in RFC 9162 2.1.3.2 and
2.1.4.2.
"""

import binascii
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import signature

HASH_BYTES = 32
PACKET, DECISION, ACT = b"\x01", b"\x02", b"\x03"
"""First byte of an entry: what the hash after it is of."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
ED25519 = b"\x01"
"""The type of a note's signature."""
KEY_ID_BYTES = 4
MAX_SIGNATURES = 16
MAX_PROOF_BYTES = 65536
PROOF_HEAD = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's signed word on all that it holds."""

    origin: str
    """Which log: a name of its own, as an address without scheme."""
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """That one entry is in the log, for whoever has no log."""

    index: int
    hashes: tuple[bytes, ...]
    """From the leaf's sibling up."""
    note: str
    """The checkpoint, signed."""


def packet_entry(link: bytes) -> bytes:
    """`link` is the packet's, as `packet.link` has it."""
    return PACKET + link


def decision_entry(statement: bytes) -> bytes:
    return DECISION + hashlib.sha256(statement).digest()


def act_entry(statement: bytes) -> bytes:
    """Of the audit log: who did what at the desk."""
    return ACT + hashlib.sha256(statement).digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_proof(text: str, entry: bytes, publics: Iterable[bytes], *, origin: str | None = None) -> Checkpoint:
    """The checkpoint under which `entry` is proven to be in the log. Raises WireError."""
    proof = parse_proof(text)
    checkpoint = open_checkpoint(proof.note, publics, origin=origin)
    check_inclusion(leaf_hash(entry), proof.index, checkpoint, proof.hashes)
    return checkpoint


def check_inclusion(leaf: bytes, index: int, checkpoint: Checkpoint, hashes: Sequence[bytes]) -> None:
    """Raises WireError unless `leaf` is number `index` of the tree that the checkpoint names."""
    if not 0 <= index < checkpoint.size:
        raise WireError("tlog-inclusion", f"leaf {index} of {checkpoint.size}")
    at, last, root = index, checkpoint.size - 1, leaf
    for sibling in hashes:
        if last == 0:
            raise WireError("tlog-inclusion", "more hashes than the tree is high")
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    if last != 0 or root != checkpoint.root:
        raise WireError("tlog-inclusion", "the hashes do not lead to the root")


def check_consistency(old: Checkpoint, new: Checkpoint, hashes: Sequence[bytes]) -> None:
    """Raises WireError unless the new tree begins with all that the old one held."""
    if old.origin != new.origin or old.size > new.size:
        raise WireError("tlog-consistency", f"{old.size} and {new.size} leaves, expected a log that has grown")
    if old.size in (0, new.size):
        good = not hashes and (old.root == new.root if old.size else old.root == EMPTY_ROOT)
    else:
        good = _grown(old, new, hashes)
    if not good:
        raise WireError("tlog-consistency", "the hashes do not lead from the old root to the new one")


def _grown(old: Checkpoint, new: Checkpoint, hashes: Sequence[bytes]) -> bool:
    path = [old.root, *hashes] if old.size & (old.size - 1) == 0 else list(hashes)
    at, last = old.size - 1, new.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not path:
        return False
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old.root and second == new.root


def sign_checkpoint(checkpoint: Checkpoint, key: signature.Signer) -> str:
    """A signed note under the origin's name."""
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"
    proof = key_id(checkpoint.origin, key.public) + key.sign(b"", text.encode())
    return f"{text}\n— {checkpoint.origin} {b64encode(proof).decode()}\n"


def key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_BYTES]


def open_checkpoint(
    note: str, publics: Iterable[bytes], *, origin: str | None = None, signer: str | None = None
) -> Checkpoint:
    """What the note says, signed by one of `publics` under the name `signer`, else the origin's. Raises WireError."""
    text, blank, lines = note.rpartition("\n\n")
    text += "\n"
    if not blank or any(letter < " " and letter != "\n" for letter in note) or not lines.endswith("\n"):
        raise WireError("tlog-note-form")
    checkpoint = _parse_checkpoint(text)
    if origin is not None and checkpoint.origin != origin:
        raise WireError("tlog-note-origin", "another log than expected")
    name = signer or checkpoint.origin
    signed = _signatures(lines, name)
    good = [
        signature.verify(public, b"", text.encode(), proof)
        for public in publics
        for known, proof in signed
        if known == key_id(name, public)
    ]
    if not good or not all(good):
        raise WireError("tlog-note-signature")
    return checkpoint


def _parse_checkpoint(text: str) -> Checkpoint:
    """Lines after the third are somebody else's extensions, and signed like the others."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _is_number(lines[1]):
        raise WireError("tlog-note-form", "expected origin, size and root, a line each")
    return Checkpoint(lines[0], int(lines[1]), _hash(lines[2], "tlog-note-form"))


def _signatures(lines: str, name: str) -> list[tuple[bytes, bytes]]:
    """Key id and signature of each line under that name."""
    found = []
    for line in lines[:-1].split("\n")[:MAX_SIGNATURES]:
        dash, *words = line.split(" ")
        if dash != "—" or len(words) != 2:
            raise WireError("tlog-note-form", "expected a signature: dash, name, base64")
        if words[0] == name:
            data = _base64(words[1], "tlog-note-form")
            found.append((data[:KEY_ID_BYTES], data[KEY_ID_BYTES:]))
    return found


def format_proof(proof: Proof) -> str:
    hashes = "".join(f"{b64encode(each).decode()}\n" for each in proof.hashes)
    return f"{PROOF_HEAD}\nindex {proof.index}\n{hashes}\n{proof.note}"


def parse_proof(text: str) -> Proof:
    """Raises WireError for what `format_proof` would not have written; opaque extra data is passed over."""
    head, blank, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if len(text) > MAX_PROOF_BYTES or not blank or first != PROOF_HEAD:
        raise WireError("tlog-proof-form", f"expected {PROOF_HEAD}")
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    word, _, index = lines[0].partition(" ") if lines else ("", "", "")
    if word != "index" or not _is_number(index):
        raise WireError("tlog-proof-form", "expected an index")
    return Proof(int(index), tuple(_hash(line, "tlog-proof-form") for line in lines[1:]), note)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and (text == "0" or text[0] != "0")


def _hash(text: str, refusal: str) -> bytes:
    data = _base64(text, refusal)
    if len(data) != HASH_BYTES:
        raise WireError(refusal, f"{len(data)} bytes, expected a hash of {HASH_BYTES}")
    return data


def _base64(text: str, refusal: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WireError(refusal, "not base64") from error
    if b64encode(data).decode() != text:
        raise WireError(refusal, "base64 in another form than its own")
    return data
