"""The other side in memory: holders who sign, and the documents that they have published so far."""

from dataclasses import dataclass, field, replace

from kirpik.trust.catch_up import Shelf
from kirpik.wire.documents import KeySet, Role, Root, SealEntry
from kirpik.wire.dualsign import DocumentKey
from kirpik.wire.keydocs import sign_document
from tests.unit.wire import samples

DAY_MS = 24 * 3600 * 1000
START_MS = 1_800_000_000_000


def seal_public(number: int) -> bytes:
    """Not a key, but of a key's size: documents do not look inside."""
    return bytes([number]) * 1216


def holder(number: int) -> DocumentKey:
    return DocumentKey(number.to_bytes(32, "big"))


def role(*numbers: int, threshold: int = 2) -> Role:
    return Role(threshold, tuple(holder(number).public for number in numbers))


FIRST_ROOT = Root(
    version=1,
    issued_ms=START_MS,
    expires_ms=START_MS + 730 * DAY_MS,
    root=role(1, 2, 3),
    keys=role(11, 12, 13),
    fallback_seal=seal_public(255),
)
FIRST_SET = KeySet(
    version=1,
    issued_ms=START_MS,
    expires_ms=START_MS + 365 * DAY_MS,
    seal=(SealEntry(seal_public(1), 0, None, "active"),),
    receipt=(samples.RECEIPT_KEY.public,),
)


def signed(document: Root | KeySet, *numbers: int) -> bytes:
    return sign_document(document, [holder(number) for number in numbers])


@dataclass
class Fleet:
    """Publishes; a unit looks at `shelf` when it likes."""

    root: Root = FIRST_ROOT
    keyset: KeySet = FIRST_SET
    documents: list[bytes] = field(default_factory=lambda: [signed(FIRST_ROOT, 1, 2), signed(FIRST_SET, 11, 12)])

    @property
    def first_root(self) -> bytes:
        return self.documents[0]

    def shelf(self) -> Shelf:
        return Shelf.of(self.documents)

    def publish_root(self, *signers: int, **changes: object) -> bytes:
        self.root = replace(self.root, **{"version": self.root.version + 1, **changes})  # type: ignore[arg-type]  # fields by name
        return self._publish(signed(self.root, *signers))

    def publish_set(self, *signers: int, **changes: object) -> bytes:
        self.keyset = replace(self.keyset, **{"version": self.keyset.version + 1, **changes})  # type: ignore[arg-type]
        return self._publish(signed(self.keyset, *signers))

    def _publish(self, data: bytes) -> bytes:
        self.documents.append(data)
        return data
