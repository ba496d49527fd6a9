"""Who may change the key documents (rules of TUF 1.0.34, 5.3).

A root names its own holders, the holders of the keys role, and how many of each must sign. A root is followed only by
the next number, signed by enough holders of both; a key set is signed by enough holders of the keys role, and its
number only rises. Nothing here reads a clock: expiry is for the caller to judge, and must never stop a unit from
sealing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, dualsign, fields
from kirpik.wire.documents import KeySet, Role, Root, SealEntry, decode_keyset, decode_root, encode_body

__all__ = ["KeySet", "Role", "Root", "SealEntry", "next_root", "open_keyset", "open_root", "sign_document"]

MAX_BYTES = 65536
DOMAINS = {"root": b"kirpik/1 root document\0", "set": b"kirpik/1 set document\0"}

PROOF = fields.row(fields.blob(dualsign.KEY_ID_BYTES), fields.blob(dualsign.SIGNATURE_BYTES))
WRAPPER = fields.row(fields.one_of(*DOMAINS), fields.blob(1, MAX_BYTES), fields.many(PROOF, 0, 16))
"""A document that nobody has signed yet is on its way from holder to holder."""


def sign_document(document: Root | KeySet, keys: Iterable[dualsign.DocumentSigner]) -> bytes:
    """[what, body, [[key id, signature]…]], signed by each of `keys`."""
    what = "root" if isinstance(document, Root) else "set"
    body = encode_body(document)
    return _wrap(what, body, [(dualsign.key_id(key.public), key.sign(DOMAINS[what], body)) for key in keys])


@dataclass(frozen=True, slots=True)
class Seen:
    """What a document claims, unproven."""

    what: str
    version: int
    body: bytes
    signers: tuple[bytes, ...]
    """Ids of the document keys that are said to have signed."""


def peek(data: bytes) -> Seen:
    """For sorting and for showing, never for believing."""
    kind, body, proofs = _wrapper(data)
    document = decode_root(body) if kind == "root" else decode_keyset(body)
    return Seen(kind, document.version, body, tuple(key_id for key_id, _ in proofs))


def add_signature(data: bytes, key: dualsign.DocumentSigner) -> bytes:
    """The document with one holder's signature more, or the same bytes when that holder has signed already."""
    kind, body, proofs = _wrapper(data)
    if dualsign.key_id(key.public) in dict(proofs):
        return data
    return _wrap(kind, body, [*proofs, (dualsign.key_id(key.public), key.sign(DOMAINS[kind], body))])


def merge_signatures(data: bytes, other: bytes) -> bytes:
    """All signatures of two copies of one document. Raises WireError when they do not say the same."""
    (kind, body, proofs), (other_kind, other_body, more) = _wrapper(data), _wrapper(other)
    if (kind, body) != (other_kind, other_body):
        raise WireError("document-body", "the copies do not say the same")
    return _wrap(kind, body, list({**dict(more), **dict(proofs)}.items()))


def open_root(data: bytes) -> Root:
    """A root that enough of its own holders signed. Whether it is THE root, the caller knows by its hash or place."""
    body, proofs = _unwrap(data, "root")
    root = decode_root(body)
    _require(root.root, "root", body, proofs)
    return root


def next_root(current: Root, data: bytes) -> Root:
    """The root after `current`, signed by enough holders of both."""
    body, proofs = _unwrap(data, "root")
    _require(current.root, "root", body, proofs)
    root = decode_root(body)
    if root.version != current.version + 1:
        raise WireError("root-version", f"expected root version {current.version + 1}, got {root.version}")
    _require(root.root, "root", body, proofs)
    return root


def open_keyset(data: bytes, root: Root, *, after: int = 0) -> KeySet:
    """A key set that enough holders of the root's keys role signed, newer than version `after`."""
    body, proofs = _unwrap(data, "set")
    _require(root.keys, "set", body, proofs)
    keyset = decode_keyset(body)
    if keyset.version <= after:
        raise WireError("keyset-version", f"expected a key set above version {after}, got {keyset.version}")
    return keyset


def _unwrap(data: bytes, what: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    kind, body, proofs = _wrapper(data)
    if kind != what:
        raise WireError("document-kind", f"expected {what}, got {kind}")
    return body, proofs


def _wrapper(data: bytes) -> tuple[str, bytes, list[tuple[bytes, bytes]]]:
    if len(data) > MAX_BYTES:
        raise WireError("document-size", f"{len(data)} bytes, expected at most {MAX_BYTES}")
    kind, body, proofs = WRAPPER("document", cbor.decode(data))
    return kind, body, list(proofs)


def _wrap(what: str, body: bytes, proofs: Sequence[tuple[bytes, bytes]]) -> bytes:
    return cbor.encode([what, body, [list(proof) for proof in proofs]])


def _require(role: Role, what: str, body: bytes, proofs: Sequence[tuple[bytes, bytes]]) -> None:
    """Each holder counts once, however often a signature of theirs is there."""
    holders = {dualsign.key_id(public): public for public in role.holders}
    good = {
        key_id
        for key_id, proof in proofs
        if key_id in holders and dualsign.verify(holders[key_id], DOMAINS[what], body, proof)
    }
    if len(good) < role.threshold:
        raise WireError("document-threshold", f"expected {role.threshold} signatures, got {len(good)}")
