"""Seeds: every vector, good or refused, with the name of the file that it came from."""

import json
from dataclasses import dataclass

from tests.wire_vectors import FOLDER


@dataclass(frozen=True, slots=True)
class Seed:
    file: str
    data: bytes
    refused: bool = False


def seeds() -> list[Seed]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        vectors = json.loads(path.read_text(encoding="utf-8"))
        for vector in vectors if isinstance(vectors, list) else []:
            data = bytes.fromhex(vector["hex"]) if "hex" in vector else str(vector["name"]).encode()
            if path.stem not in NO_MESSAGES and len(data) <= MAX_BYTES:
                found.append(Seed(path.stem, data, "refused" in vector))
    return found


NO_MESSAGES = ("chain", "tlog")
"""Vectors of several things that are checked against one another."""
MAX_BYTES = 24_000
"""Oversized vectors are there to be refused by their size, which needs no fuzzing."""
