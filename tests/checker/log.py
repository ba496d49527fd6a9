"""Proofs of the public log, by the recursion of RFC 6962, 2.1, and notes after c2sp.org/signed-note."""

from base64 import b64decode, b64encode
from typing import Any

from tests.checker import Refused, need
from tests.checker.reading import sha256, signed


def proof(text: str, entry: bytes, publics: list[bytes], origin: str | None) -> int:
    """How large the log is that the entry is proven to be in."""
    head, blank, told = text.partition("\n\n")
    lines = head.split("\n")
    need(len(text) <= 65536 and blank and lines[0] == "c2sp.org/tlog-proof@v1", "tlog-proof-form")
    lines = [line for number, line in enumerate(lines) if number != 1 or not line.startswith("extra ")][1:]
    need(lines and lines[0].startswith("index "), "tlog-proof-form")
    index = number(lines[0].removeprefix("index "), "tlog-proof-form")
    path = [digest(line, "tlog-proof-form") for line in lines[1:]]
    size, root = note(told, publics, origin)
    need(index < size and climb(index, size, sha256(b"\0", entry), path) == root, "tlog-inclusion")
    return size


def climb(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """PATH of RFC 6962 undone: its last hash is the one at the top."""
    if size == 1:
        return None if path else leaf
    if not path:
        return None
    left = half(size)
    if index < left:
        below = climb(index, left, leaf, path[:-1])
        return None if below is None else sha256(b"\1", below, path[-1])
    below = climb(index - left, size - left, leaf, path[:-1])
    return None if below is None else sha256(b"\1", path[-1], below)


def growth(old: dict[str, Any], new: dict[str, Any], hashes: list[bytes]) -> int:
    before, after = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
    need(old["origin"] == new["origin"] and old["size"] <= new["size"], "tlog-consistency")
    if old["size"] == 0:
        need(not hashes and before == sha256(b""), "tlog-consistency")
    else:
        left = list(hashes)
        need(both(old["size"], new["size"], left, before) == (before, after) and not left, "tlog-consistency")
    return int(new["size"])


def both(old: int, new: int, left: list[bytes], known: bytes | None) -> tuple[bytes, bytes] | None:
    """SUBPROOF of RFC 6962 undone: the roots over the first `old` and over all `new` leaves."""
    if old == new:
        same = known if known is not None else left.pop() if left else None
        return None if same is None else (same, same)
    if not left:
        return None
    top, middle = left.pop(), half(new)
    if old <= middle:
        below = both(old, middle, left, known)
        return None if below is None else (below[0], sha256(b"\1", below[1], top))
    below = both(old - middle, new - middle, left, None)
    return None if below is None else (sha256(b"\1", top, below[0]), sha256(b"\1", top, below[1]))


def half(size: int) -> int:
    """The largest power of two that is smaller."""
    power = 1
    while 2 * power < size:
        power *= 2
    return power


def note(text: str, publics: list[bytes], origin: str | None) -> tuple[int, bytes]:
    """Size and root of a signed head."""
    need(not any(ord(letter) < 32 and letter != "\n" for letter in text), "tlog-note-form")
    need("\n\n" in text and text.endswith("\n"), "tlog-note-form")
    body, _, proofs = text.rpartition("\n\n")
    lines = body.split("\n")
    need(len(lines) >= 3 and lines[0], "tlog-note-form")
    size, root = number(lines[1], "tlog-note-form"), digest(lines[2], "tlog-note-form")
    need(origin is None or lines[0] == origin, "tlog-note-origin")
    known = {sha256(lines[0].encode(), b"\n\1", public)[:4]: public for public in publics}
    verdicts = []
    for line in proofs[:-1].split("\n"):
        need(line.startswith("— ") and line.count(" ") == 2, "tlog-note-form")
        _, name, told = line.split(" ")
        data = plain(told, "tlog-note-form") if name == lines[0] else b""
        if data[:4] in known:
            verdicts.append(signed(known[data[:4]], body.encode() + b"\n", data[4:]))
    need(verdicts and all(verdicts), "tlog-note-signature")
    return size, root


def number(text: str, name: str) -> int:
    need(text.isascii() and text.isdigit() and len(text) < 20 and str(int(text)) == text, name)
    return int(text)


def digest(text: str, name: str) -> bytes:
    data = plain(text, name)
    need(len(data) == 32, name)
    return data


def plain(text: str, name: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise Refused(name) from None
    need(b64encode(data).decode() == text, name)
    return data
