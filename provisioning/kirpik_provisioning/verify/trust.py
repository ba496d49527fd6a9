"""The chain of keys: from the root that the reader trusts, by the key set, to the unit that signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import InputError, TrustError, WireError
from kirpik.wire import packet
from kirpik.wire.documents import KeySet, Root
from kirpik.wire.evidence_file import EvidenceFile
from kirpik.wire.ids import unit_id
from kirpik.wire.keychange import decode_key_change
from kirpik.wire.keydocs import next_root, open_keyset, open_root
from kirpik.wire.packet import Header
from kirpik_provisioning.verify.finding import Finding, good, not_checked, refused


@dataclass(frozen=True, slots=True)
class Trusted:
    """What the reader has from elsewhere. Each that is missing leaves a check open, and the page says so."""

    root: Root | None = None
    keyset: bytes | None = None
    """The newest key set that was published: it may revoke what the file's own does not know of."""


def load_trusted(root: Path | None, keyset: Path | None = None) -> Trusted:
    """Raises TrustError for a file that is no root."""
    try:
        document = None if root is None else open_root(_read(root))
    except WireError as error:
        raise TrustError(f"{root}: not a root document: {error}") from error
    return Trusted(document, None if keyset is None else _read(keyset))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class KeyChain:
    """Root and key set that hold, as far as they do, with what was found on the way."""

    findings: tuple[Finding, ...]
    keyset: KeySet | None = None


def check_keys(file: EvidenceFile, trusted: Trusted) -> KeyChain:
    try:
        roots = _follow(file.roots)
    except WireError as error:
        return KeyChain((refused("roots", error.name),))
    findings = [good("roots", first=roots[0].version, last=roots[-1].version), _pin(roots, trusted.root)]
    try:
        keyset = _newest(file.keyset, trusted.keyset, roots[-1])
    except WireError as error:
        return KeyChain((*findings, refused("keyset", error.name)))
    return KeyChain((*findings, good("keyset", version=keyset.version)), keyset)


def _follow(documents: Sequence[bytes]) -> list[Root]:
    roots = [open_root(documents[0])]
    for document in documents[1:]:
        roots.append(next_root(roots[-1], document))
    return roots


def _pin(roots: Sequence[Root], trusted: Root | None) -> Finding:
    """The reader's root must stand in the chain: what follows from it is then vouched for, what came before is not."""
    if trusted is None:
        return not_checked("root", "root-not-given")
    if trusted.version > roots[-1].version:
        return refused("root", "root-rolled-back", ours=trusted.version, theirs=roots[-1].version)
    if trusted not in roots:
        return refused("root", "root-unknown", ours=trusted.version)
    return good("root", version=trusted.version)


def _newest(ours: bytes, published: bytes | None, root: Root) -> KeySet:
    """Both must be signed; the one with the higher number speaks."""
    keyset = open_keyset(ours, root)
    other = keyset if published is None else open_keyset(published, root)
    return max(keyset, other, key=lambda one: one.version)


def check_seen(keyset: KeySet, seen_version: int) -> Finding:
    """A unit that has seen key set 7 proves that 7 was published: an older one here hides something."""
    if keyset.version < seen_version:
        return refused("keyset_age", "keyset-rolled-back", ours=keyset.version, seen=seen_version)
    return good("keyset_age", seen=seen_version)


def find_key(file: EvidenceFile, header: Header) -> tuple[Finding, bytes]:
    """The key that was the unit's at this place: its first one, changed as often as the file tells."""
    public = file.unit_public
    if unit_id(public) != header.unit:
        return refused("unit", "unit-key", unit=header.unit.hex()), public
    last = (0, 0)
    for data in file.key_changes:
        try:
            opened = packet.check_evidence(data, public)
            change = decode_key_change(opened.payload, header=opened.header, old_public=public)
        except WireError as error:
            return refused("unit", "key-change", why=error.name), public
        told, place = opened.header, (opened.header.epoch, opened.header.sequence)
        ours = told.kind == packet.KIND_KEY_CHANGE and told.unit == header.unit
        if not (ours and last < place < (header.epoch, header.sequence)):
            return refused("unit", "key-change-place"), public
        public, last = change.public, place
    return good("unit", unit=header.unit.hex(), changes=len(file.key_changes)), public


def check_revoked(header: Header, keyset: KeySet | None) -> Finding:
    return not_checked("revoked", "keyset-missing") if keyset is None else _revoked(header, keyset)


def _revoked(header: Header, keyset: KeySet) -> Finding:
    for entry in keyset.revoked:
        if entry.unit == header.unit and (header.epoch, header.sequence) > (entry.epoch, entry.sequence):
            return refused(
                "revoked", "unit-revoked", epoch=header.epoch, sequence=header.sequence,
                last_epoch=entry.epoch, last_sequence=entry.sequence,
            )  # fmt: skip
    return good("revoked", version=keyset.version)
