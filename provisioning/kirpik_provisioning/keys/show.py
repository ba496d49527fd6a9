"""Documents in words, for those who are to sign them, and for status: keys by their ids, times by their dates."""

from datetime import UTC, datetime

from kirpik.trust.trusted import Trusted, root_pin
from kirpik.wire import dualsign, keydocs, order, suite
from kirpik.wire.documents import KeySet, Role, Root, decode_keyset, decode_root
from kirpik.wire.words import to_words

CHECK_WORDS_BYTES = 16


def describe(data: bytes) -> list[str]:
    """A document line by line, its check words last: they are the same at every holder's desk."""
    seen = keydocs.peek(data)
    document = decode_root(seen.body) if seen.what == "root" else decode_keyset(seen.body)
    lines = _root(document) if isinstance(document, Root) else _set(document)
    signers = ", ".join(key_id.hex() for key_id in seen.signers) or "nobody yet"
    return [*lines, f"  signed by     {signers}", f"  check words   {check_words(data)}"]


def check_words(data: bytes) -> str:
    return to_words(root_pin(data)[:CHECK_WORDS_BYTES])


def missing(data: bytes, trusted: Trusted | None) -> list[str]:
    """What keeps a draft from being in force, one sentence a role."""
    seen = keydocs.peek(data)
    signers = set(seen.signers)
    if seen.what == "set":
        roles = [("keys role", trusted.root.keys)] if trusted else []
    else:
        roles = [("root role, new", decode_root(seen.body).root)]
        roles += [("root role, old", trusted.root.root)] if trusted else []
    sentences = []
    for name, role in roles:
        have = len({dualsign.key_id(public) for public in role.holders} & signers)
        if have < role.threshold:
            sentences.append(f"{name}: {have} of {role.threshold} signatures")
    return sentences


def _root(root: Root) -> list[str]:
    fallback = "none" if root.fallback_seal is None else suite.key_id(root.fallback_seal).hex()
    return [
        f"root {root.version}",
        *_life(root.issued_ms, root.expires_ms),
        f"  root holders  {_role(root.root)}",
        f"  keys holders  {_role(root.keys)}",
        f"  fallback seal {fallback}",
    ]


def _set(keyset: KeySet) -> list[str]:
    lines = [f"key set {keyset.version}", *_life(keyset.issued_ms, keyset.expires_ms)]
    for entry in keyset.seal:
        end = f" to {date(entry.not_after_ms)}" if entry.not_after_ms is not None else ""
        begin = f" from {date(entry.not_before_ms)}" if entry.not_before_ms else ""
        lines.append(f"  seal key      {suite.key_id(entry.public).hex()} {entry.state}{begin}{end}")
    lines += [f"  receipt key   {key.hex()[:16]}" for key in keyset.receipt]
    lines += [f"  order key     {order.key_id(entry.public).hex()} {' '.join(entry.verbs)}" for entry in keyset.orders]
    lines += [f"  broker        {host}:{port}" for host, port in keyset.brokers]
    lines += [f"  revoked unit  {entry.unit.hex()} after {entry.epoch}-{entry.sequence}" for entry in keyset.revoked]
    return lines + ([f"  software      at least {keyset.minimum_software}"] if keyset.minimum_software else [])


def _life(issued_ms: int, expires_ms: int) -> list[str]:
    return [f"  issued        {date(issued_ms)}", f"  expires       {date(expires_ms)}"]


def _role(role: Role) -> str:
    holders = " ".join(dualsign.key_id(public).hex() for public in role.holders)
    return f"{role.threshold} of {len(role.holders)}: {holders}"


def date(moment_ms: int) -> str:
    try:
        return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "never"
