"""Names that follow from keys: whoever knows the key can compute them, and nobody can choose them."""

import hashlib

UNIT_ID_BYTES = 16
UNIT_DOMAIN = b"kirpik/1 unit\0"
GENESIS_DOMAIN = b"kirpik/1 genesis\0"


def unit_id(genesis_public: bytes) -> bytes:
    """A unit is named after its first Ed25519 key, and keeps the name when it changes the key."""
    return hashlib.sha256(UNIT_DOMAIN + genesis_public).digest()[:UNIT_ID_BYTES]


def genesis_link(unit: bytes) -> bytes:
    """What the first packet of a unit names as its previous one."""
    return hashlib.sha256(GENESIS_DOMAIN + unit).digest()
