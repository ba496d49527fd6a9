"""What operators type and name, as values: holders, order keys, endpoints, ids, files. Each wrong one is a sentence."""

from collections.abc import Sequence
from pathlib import Path

import click

from kirpik.errors import KirpikError, TrustError
from kirpik.wire.documents import VERBS, OrderEntry, Role
from kirpik.wire.keydocs import peek
from kirpik_provisioning.keys.holders import read_public


def role(files: Sequence[Path], threshold: int, option: str) -> Role:
    holders = tuple(read_public(path, "document") for path in files)
    if len(set(holders)) < max(threshold, len(holders)) or not holders:
        raise click.UsageError(f"{option}: {len(set(holders))} different holders, expected at least {threshold}")
    return Role(threshold, holders)


def order_entry(text: str) -> OrderEntry:
    path, _, verbs = text.partition(":")
    named = tuple(verbs.split(",")) if verbs else VERBS
    unknown = [verb for verb in named if verb not in VERBS]
    if unknown:
        raise click.UsageError(f"{unknown[0]!r} is no verb; expected some of {', '.join(VERBS)}")
    return OrderEntry(read_public(Path(path), "order"), named)


def endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.UsageError(f"{text!r}: expected HOST:PORT, such as broker.example:8883")
    return host, int(port)


def key_id(text: str) -> bytes:
    return hex_of(text, 8, "a seal key's id, 16 hex digits")


def hex_of(text: str, size: int, expected: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if len(data) != size:
        raise click.UsageError(f"{text!r}: expected {expected}")
    return data


def read(path: Path | None) -> bytes | None:
    return None if path is None else _read_file(path)


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error


def read_document(path: Path) -> bytes:
    data = _read_file(path)
    try:
        peek(data)
    except KirpikError as error:
        raise TrustError(f"{path}: not a key document: {error}") from error
    return data
