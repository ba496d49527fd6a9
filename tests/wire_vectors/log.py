"""The public log: proofs that an entry is in it, its signed heads, and that it has only grown."""

from base64 import b64encode

from kirpik.wire import tlog
from kirpik.wire.tlog import Checkpoint, Proof
from tests.unit.wire.samples import RECEIPT_KEY
from tests.unit.wire.tree import consistency, inclusion, root
from tests.wire_vectors import STRANGER, Vector

ORIGIN = "kirpik.example/log"
SIZE, INDEX = 11, 5
"""No power of two, so that the tree is lopsided."""


def log_vectors() -> list[Vector]:
    """`text` is a proof of `entry`, or a note alone; `old`, `new` and `hashes` say that a log has grown."""
    return [*_proofs(), *_notes(), *_grown()]


def _entries(size: int) -> list[bytes]:
    packets = [tlog.packet_entry(bytes([number]) * 32) for number in range(size)]
    packets[INDEX] = tlog.packet_entry(bytes(range(32)))
    packets[2] = tlog.decision_entry(b"a decision")
    return packets


ENTRIES = _entries(SIZE)
HEAD = Checkpoint(ORIGIN, SIZE, root(ENTRIES))
NOTE = tlog.sign_checkpoint(HEAD, RECEIPT_KEY)
ALONE = Checkpoint(ORIGIN, 1, tlog.leaf_hash(ENTRIES[INDEX]))
PROOF = tlog.format_proof(Proof(INDEX, tuple(inclusion(INDEX, ENTRIES)), NOTE))


def _proof(name: str, text: str, refused: str = "", entry: bytes = ENTRIES[INDEX]) -> Vector:
    says = {"refused": refused} if refused else {"size": SIZE}
    return {"name": name, "what": "proof", "text": text, "entry": entry.hex(), **says}


def _proofs() -> list[Vector]:
    path = tuple(inclusion(INDEX, ENTRIES))
    lonely = tlog.format_proof(Proof(0, (), tlog.sign_checkpoint(ALONE, RECEIPT_KEY)))
    first, second = (b64encode(each).decode() for each in path[:2])
    return [
        _proof("a packet", PROOF),
        _proof("extra data is passed over", PROOF.replace("\nindex", "\nextra AAAA\nindex", 1)),
        {**_proof("the only leaf", lonely), "size": 1},
        _proof("another entry", PROOF, "tlog-inclusion", ENTRIES[INDEX + 1]),
        _proof("a decision's hash as a packet's", PROOF, "tlog-inclusion", b"\2" + ENTRIES[INDEX][1:]),
        _proof("another index", PROOF.replace(f"index {INDEX}", f"index {INDEX - 1}"), "tlog-inclusion"),
        _proof("an index beyond the log", PROOF.replace(f"index {INDEX}", f"index {SIZE}"), "tlog-inclusion"),
        _proof("a hash too few", PROOF.replace(f"{first}\n", "", 1), "tlog-inclusion"),
        _proof("a hash too many", PROOF.replace(f"{first}\n", f"{first}\n{first}\n", 1), "tlog-inclusion"),
        _proof("hashes in another order", PROOF.replace(f"{first}\n{second}", f"{second}\n{first}"), "tlog-inclusion"),
        _proof("another head line", PROOF.replace("proof@v1", "proof@v2"), "tlog-proof-form"),
        _proof("no index", PROOF.replace(f"index {INDEX}\n", ""), "tlog-proof-form"),
        _proof("an index with a zero before it", PROOF.replace("index ", "index 0"), "tlog-proof-form"),
        _proof("a hash of 31 bytes", PROOF.replace(first, b64encode(path[0][:31]).decode()), "tlog-proof-form"),
        _proof("a hash in base64 without padding", PROOF.replace(first, first.rstrip("=")), "tlog-proof-form"),
        _proof("no note", PROOF.split("\n\n", maxsplit=1)[0] + "\n", "tlog-proof-form"),
        _proof("65,537 letters", PROOF + "x" * (65537 - len(PROOF)), "tlog-proof-form"),
        _proof("a stranger's note", PROOF.replace(NOTE, tlog.sign_checkpoint(HEAD, STRANGER)), "tlog-note-signature"),
    ]


def _note(name: str, text: str, refused: str = "") -> Vector:
    return {"name": name, "what": "note", "text": text, **({"refused": refused} if refused else {"size": SIZE})}


def _notes() -> list[Vector]:
    other = tlog.sign_checkpoint(Checkpoint("kirpik.example/other", SIZE, HEAD.root), RECEIPT_KEY)
    witness = tlog.sign_checkpoint(Checkpoint("witness.example", SIZE, HEAD.root), STRANGER).splitlines()[-1]
    proof = NOTE.splitlines()[-1].split(" ")[2]
    twice = NOTE + NOTE.splitlines()[-1].replace(proof, b64encode(b"\0" * 68).decode()) + "\n"
    return [
        _note("a note", NOTE),
        _note("a note that a witness has signed too", f"{NOTE}{witness}\n"),
        _note("signed twice, once by a key that nobody knows", twice),
        _note("another size", NOTE.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n"), "tlog-note-signature"),
        _note(
            "another root",
            NOTE.replace(b64encode(HEAD.root).decode(), b64encode(bytes(32)).decode()),
            "tlog-note-signature",
        ),
        _note("signed in another's name", NOTE.replace(f"— {ORIGIN}", "— else.example"), "tlog-note-signature"),
        _note("no signature", NOTE.rsplit("\n", 2)[0] + "\n", "tlog-note-form"),
        _note("another log's", other, "tlog-note-origin"),
        _note("a size with a zero before it", NOTE.replace(f"\n{SIZE}\n", f"\n0{SIZE}\n"), "tlog-note-form"),
        _note("a size of twenty digits", NOTE.replace(f"\n{SIZE}\n", f"\n{'9' * 20}\n"), "tlog-note-form"),
        _note("a hyphen for a dash", NOTE.replace("— ", "- "), "tlog-note-form"),
        _note("no blank line", NOTE.replace("\n\n", "\n"), "tlog-note-form"),
        _note("no end of the last line", NOTE[:-1], "tlog-note-form"),
        _note("a tab", NOTE.replace(ORIGIN, f"{ORIGIN}\t"), "tlog-note-form"),
    ]


def _growth(name: str, old: Checkpoint, new: Checkpoint, hashes: list[bytes], refused: str = "") -> Vector:
    heads = {key: {"origin": c.origin, "size": c.size, "root": c.root.hex()} for key, c in (("old", old), ("new", new))}
    told: Vector = {"name": name, "what": "growth", **heads, "hashes": [each.hex() for each in hashes]}
    return {**told, **({"refused": refused} if refused else {"size": new.size})}


def _grown() -> list[Vector]:
    def head(size: int) -> Checkpoint:
        return Checkpoint(ORIGIN, size, root(ENTRIES[:size]))

    good = [
        _growth(f"from {size} to {SIZE}", head(size), HEAD, consistency(size, ENTRIES)) for size in (1, 4, 6, 8, 10)
    ]
    path, name = consistency(6, ENTRIES), "tlog-consistency"
    return [
        *good,
        _growth("from nothing", head(0), HEAD, []),
        _growth("not grown", HEAD, HEAD, []),
        _growth("shrunk", HEAD, head(6), path, name),
        _growth("a leaf rewritten", Checkpoint(ORIGIN, 6, root([b"x", *ENTRIES[1:6]])), HEAD, path, name),
        _growth("the same size, another root", HEAD, Checkpoint(ORIGIN, SIZE, bytes(32)), [], name),
        _growth("a hash too few", head(6), HEAD, path[:-1], name),
        _growth("a hash too many", head(6), HEAD, [*path, bytes(32)], name),
        _growth("no hash at all", head(6), HEAD, [], name),
        _growth("another log", Checkpoint("else.example", 6, head(6).root), HEAD, path, name),
        _growth("a hash for a log that has not grown", HEAD, HEAD, [bytes(32)], name),
    ]
