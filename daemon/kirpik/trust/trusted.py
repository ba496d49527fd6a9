"""What a unit believes: the newest root, and the newest key set that this root vouches for (TUF 1.0.34, 5.3).

A value, not a store: check, check, check, and only then a new value. Whoever keeps it writes the bytes of each accepted
document to disk; read again, they give the same value, because nothing here depends on how it came about.
"""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from kirpik.errors import TrustError, WireError
from kirpik.wire import keydocs
from kirpik.wire.documents import KeySet, Root

PIN_DOMAIN = b"kirpik/1 root pin\0"


@dataclass(frozen=True, slots=True)
class Trusted:
    root: Root
    keyset: KeySet | None = None
    """None: the newest root vouches for no key set that we have. Its fallback is sealed to, and nobody is obeyed."""
    set_data: bytes = field(default=b"", repr=False)
    """The newest key set's bytes, also when it is not vouched for any more: a later root may think otherwise."""

    @classmethod
    def from_first_root(cls, data: bytes, *, pin: bytes | None = None) -> "Trusted":
        """Begin with a root that was put here by hand. `pin` is `root_pin` of the one that is meant."""
        root = keydocs.open_root(data)
        if pin is not None and root_pin(data) != pin:
            raise TrustError(f"root version {root.version}: not the root that this unit was provisioned with")
        return cls(root)

    @property
    def keyset_version(self) -> int:
        """0 when no key set is believed."""
        return 0 if self.keyset is None else self.keyset.version

    def after_root(self, data: bytes) -> "Trusted":
        """Follow to the next root. A key set that its keys role would not have signed is believed no longer.

        With the key set its number is forgotten too: otherwise whoever stole the role could have signed the highest
        number there is, and no honest set could follow (TUF: recovery from fast-forward attacks).
        """
        root = keydocs.next_root(self.root, data)
        return Trusted(root, _vouched_for(self.set_data, root), self.set_data)

    def after_keyset(self, data: bytes) -> "Trusted":
        """Take a newer key set. Expired ones too: newer is better, and expiry must never brick a unit."""
        keyset = keydocs.open_keyset(data, self.root, after=self.keyset_version)
        return replace(self, keyset=keyset, set_data=data)


def root_pin(data: bytes) -> bytes:
    """SHA-256 of what a root says, whoever signed it: what the unit's settings name as the root to begin with."""
    return sha256(PIN_DOMAIN + keydocs.peek(data).body).digest()


def _vouched_for(set_data: bytes, root: Root) -> KeySet | None:
    try:
        return keydocs.open_keyset(set_data, root) if set_data else None
    except WireError:
        return None
