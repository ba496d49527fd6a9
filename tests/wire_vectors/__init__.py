"""Vectors that other programs are written against: `python -m tests.wire_vectors` writes docs/wire/vectors anew.

Sealing is random, so packets differ each time. A vector is either good, with all that must come out, or has `refused`,
the name of the one refusal that must come.
"""

from pathlib import Path

from kirpik.wire import suite
from kirpik.wire.signature import OUTER, SigningKey
from tests.unit.wire.samples import UNIT_KEY

FOLDER = Path(__file__).parents[2] / "docs" / "wire" / "vectors"


Vector = dict[str, object]


NEXT_KEY = SigningKey.from_seed(b"next".ljust(32, b"\4"))
"""What the unit changes its key to."""


STRANGER = SigningKey.from_seed(b"s" * 32)


OTHER_SEAL = suite.SealKey.from_seed(bytes(32))


def vector(name: str, data: bytes, refused: str = "", **says: object) -> Vector:
    return {"name": name, "hex": data.hex(), **({"refused": refused} if refused else says)}


def flip(data: bytes, at: int) -> bytes:
    altered = bytearray(data)
    altered[at] ^= 0x80
    return bytes(altered)


def resign(data: bytes, at: int, new: bytes) -> bytes:
    body = bytearray(data[:-64])
    at = at if at >= 0 else at + len(data)
    body[at : at + len(new)] = new
    return bytes(body) + UNIT_KEY.sign(OUTER, bytes(body))
