"""What the two key documents say: who may sign, what to seal to, whose word to take. Values and their one form."""

import re
from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, dualsign, fields, signature, suite
from kirpik.wire.ids import UNIT_ID_BYTES

MAX_HOLDERS = 8
STATES = ("active", "opening", "revoked")
"""Of a seal key: new packets are sealed to it; only old ones are opened with it; it is in the wrong hands."""
VERBS = ("set-config", "set-site", "set-models", "rotate-identity", "report", "pause", "resume", "restart", "wipe")


@dataclass(frozen=True, slots=True)
class Role:
    """Holders, of whom `threshold` must sign."""

    threshold: int
    holders: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    version: int
    issued_ms: int
    expires_ms: int
    root: Role
    keys: Role
    fallback_seal: bytes | None
    """Whose private half lies in escrow: sealed to when the keys role itself is not to be trusted."""


@dataclass(frozen=True, slots=True)
class SealEntry:
    public: bytes
    not_before_ms: int
    not_after_ms: int | None
    state: str


@dataclass(frozen=True, slots=True)
class OrderEntry:
    public: bytes
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revoked:
    """A unit whose packets are believed up to this place and no further."""

    unit: bytes
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    version: int
    issued_ms: int
    expires_ms: int
    seal: tuple[SealEntry, ...]
    receipt: tuple[bytes, ...]
    orders: tuple[OrderEntry, ...] = ()
    brokers: tuple[tuple[str, int], ...] = ()
    """Host and port, in the order in which to try them."""
    broker_ca: bytes | None = None
    """PEM."""
    revoked: tuple[Revoked, ...] = ()
    minimum_software: str = ""
    """Older software accuses nobody; empty asks for nothing."""


TIME_MS = fields.whole(0, 2**53)
VERSION = fields.whole(1, 2**63 - 1)
HOLDER = fields.blob(dualsign.PUBLIC_BYTES)
ROLE = fields.row(fields.whole(1, MAX_HOLDERS), fields.many(HOLDER, 1, MAX_HOLDERS))
SEAL_PUBLIC = fields.blob(suite.PUBLIC_BYTES)
PUBLIC = fields.blob(signature.PUBLIC_BYTES)


def version(name: str, value: object) -> str:
    """Up to four numbers with dots between them, or nothing."""
    told: str = fields.text(0, 32)(name, value)
    if re.fullmatch(r"(\d{1,6}(\.\d{1,6}){0,3})?", told, re.ASCII) is None:
        raise WireError("field-range", f"{name}: expected up to four numbers with dots, such as 0.2")
    return told


ROOT_FIELDS = {
    1: ("version", VERSION),
    2: ("issued_ms", TIME_MS),
    3: ("expires_ms", TIME_MS),
    4: ("root", ROLE),
    5: ("keys", ROLE),
    6: ("fallback_seal", fields.maybe(SEAL_PUBLIC)),
}
SET_FIELDS = {
    1: ("version", VERSION),
    2: ("issued_ms", TIME_MS),
    3: ("expires_ms", TIME_MS),
    4: ("seal", fields.many(fields.row(SEAL_PUBLIC, TIME_MS, fields.maybe(TIME_MS), fields.one_of(*STATES)), 1, 16)),
    5: ("receipt", fields.many(PUBLIC, 1, 8)),
    6: ("orders", fields.many(fields.row(PUBLIC, fields.many(fields.one_of(*VERBS), 0, len(VERBS))), 0, 16)),
    7: ("brokers", fields.many(fields.row(fields.text(1, 253), fields.whole(1, 65535)), 0, 8)),
    8: ("broker_ca", fields.maybe(fields.blob(1, 16384))),
    9: ("revoked", fields.many(fields.row(fields.blob(UNIT_ID_BYTES), fields.whole(), fields.whole()), 0, 512)),
    10: ("minimum_software", version),
}


def encode_body(document: Root | KeySet) -> bytes:
    """Raises WireError for a value out of its range, or a role that could never be filled."""
    if isinstance(document, Root):
        roles = {
            4: [document.root.threshold, document.root.holders],
            5: [document.keys.threshold, document.keys.holders],
        }
        body = cbor.encode(_plain(document, ROOT_FIELDS) | roles)
        decode_root(body)
        return body
    rows = {
        4: [[entry.public, entry.not_before_ms, entry.not_after_ms, entry.state] for entry in document.seal],
        6: [[entry.public, entry.verbs] for entry in document.orders],
        9: [[entry.unit, entry.epoch, entry.sequence] for entry in document.revoked],
    }
    body = cbor.encode(_plain(document, SET_FIELDS) | rows)
    decode_keyset(body)
    return body


def _plain(document: Root | KeySet, allowed: dict[int, tuple[str, fields.Check]]) -> dict[int, object]:
    return {key: getattr(document, name) for key, (name, _) in allowed.items()}


def decode_root(body: bytes) -> Root:
    values = fields.closed_map("root", cbor.decode(body), ROOT_FIELDS)
    values["root"], values["keys"] = Role(*values["root"]), Role(*values["keys"])
    for role in (values["root"], values["keys"]):
        if len(set(role.holders)) < max(role.threshold, len(role.holders)):
            raise WireError("document-role", f"{role.threshold} of {len(set(role.holders))} different holders")
    return Root(**values)


def decode_keyset(body: bytes) -> KeySet:
    values = fields.closed_map("key set", cbor.decode(body), SET_FIELDS)
    values["seal"] = tuple(SealEntry(*row) for row in values["seal"])
    values["orders"] = tuple(OrderEntry(*row) for row in values["orders"])
    values["revoked"] = tuple(Revoked(*row) for row in values["revoked"])
    return KeySet(**values)
