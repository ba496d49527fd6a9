"""The central's keys: it opens with the seal keys, signs receipts, and knows which documents are the newest."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kirpik.errors import TrustError, WireError
from kirpik.wire import keydocs, suite
from kirpik.wire.documents import KeySet, Revoked
from kirpik.wire.ids import unit_id
from kirpik.wire.keychange import KeyHistory
from kirpik.wire.signature import PUBLIC_BYTES, SEED_BYTES, SigningKey
from kirpik.wire.suite import SealKey

log = logging.getLogger(__name__)

Changes = Callable[[bytes], Iterable[tuple[int, int, bytes]]]
"""Epoch, sequence and new key of each key change of a unit, in order."""


@dataclass(frozen=True)
class CentralKeys:
    seal: Mapping[bytes, SealKey] = field(repr=False)
    """By key id."""
    receipt: SigningKey = field(repr=False)
    root_version: int
    keyset: KeySet

    @cached_property
    def revoked(self) -> dict[bytes, Revoked]:
        """By unit."""
        return {entry.unit: entry for entry in self.keyset.revoked}


def load_keys(*, seal: Sequence[Path], receipt: Path, root: Path, keyset: Path) -> CentralKeys:
    """Raises TrustError that names the file. Keys that the key set does not know of are refused."""
    root_document, set_document = _documents(root, keyset)
    keys = [SealKey.from_seed(_read(path, size=suite.SEED_BYTES)) for path in seal]
    known = {entry.public for entry in set_document.seal}
    for path, key in zip(seal, keys, strict=True):
        if key.public not in known:
            raise TrustError(f"{path}: not one of the {len(known)} seal keys of {keyset}")
    signer = SigningKey.from_seed(_read(receipt, size=SEED_BYTES))
    if signer.public not in set_document.receipt:
        raise TrustError(f"{receipt}: not one of the {len(set_document.receipt)} receipt keys of {keyset}")
    return CentralKeys({suite.key_id(key.public): key for key in keys}, signer, root_document.version, set_document)


def read_roots(newest: Path) -> tuple[bytes, ...]:
    """All root documents, oldest first; the older ones lie beside, as `kirpik keys set publish` writes them."""
    data = _read(newest)
    version = keydocs.peek(data).version
    earlier = [newest.with_name(f"root-{number}.cbor") for number in range(1, version)]
    return (*map(_read, earlier), data)


class Units:
    """The units that may report, and with which keys. A file that is added is seen at the unit's next packet."""

    def __init__(self, folder: Path, changes: Changes = lambda _: ()) -> None:
        """`changes` tells of key changes that are stored. Raises TrustError for a file that cannot be meant."""
        if not folder.is_dir():
            raise TrustError(f"{folder}: expected a folder with the public keys of the units")
        self._folder = folder
        self._changes = changes
        self._firsts = {unit_id(public): public for public in map(_read_unit, sorted(folder.glob("*.pub")))}
        self._histories: dict[bytes, KeyHistory] = {}

    def history(self, unit: bytes) -> KeyHistory | None:
        """The unit's keys, or None when we do not know the unit."""
        return self._histories.get(unit) or self.look_again(unit)

    def look_again(self, unit: bytes) -> KeyHistory | None:
        """The same, and sure to know of every change that is stored by now."""
        first = self._first(unit)
        if first is not None:
            self._histories[unit] = KeyHistory(first, tuple(self._changes(unit)))
        return self._histories.get(unit)

    def forget(self, unit: bytes) -> None:
        """Its keys are changing: look them up when they are next needed."""
        self._histories.pop(unit, None)

    def _first(self, unit: bytes) -> bytes | None:
        if unit not in self._firsts:
            path = self._folder / f"{unit.hex()}.pub"
            try:
                self._firsts[unit] = _read_unit(path)
            except TrustError as error:
                if path.exists():  # one unit's spoiled file must not end the intake of all
                    log.error("unit=%s why=%r", unit.hex(), str(error))
        return self._firsts.get(unit)


def _read_unit(path: Path) -> bytes:
    public = _read(path, size=PUBLIC_BYTES)
    if path.stem != unit_id(public).hex():
        raise TrustError(f"{path}: the key in it belongs to unit {unit_id(public).hex()}")
    return public


def _documents(root: Path, keyset: Path) -> tuple[keydocs.Root, KeySet]:
    at = root
    try:
        root_document = keydocs.open_root(_read(root))
        at = keyset
        return root_document, keydocs.open_keyset(_read(keyset), root_document)
    except WireError as error:
        raise TrustError(f"{at}: not to be trusted: {error}") from error


def _read(path: Path, *, size: int | None = None) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
    if size is not None and len(data) != size:
        raise TrustError(f"{path}: {len(data)} bytes, expected {size}")
    return data
