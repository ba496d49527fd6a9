"""Seeds: every vector, good or refused, with the name of the file that it came from."""

import json
from dataclasses import dataclass
from typing import Any

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
            data = _bytes_of(vector)
            if data is not None and len(data) <= MAX_BYTES:
                found.append(Seed(path.stem, data, "refused" in vector))
    return found


def _bytes_of(vector: dict[str, Any]) -> bytes | None:
    """None for what is several things that are checked against one another, or told as a change of another vector."""
    if "hex" in vector:
        return bytes.fromhex(vector["hex"])
    if OF_SEVERAL & vector.keys():
        return None
    return str(vector.get("text", vector["name"])).encode()


OF_SEVERAL = {"packets", "hashes", "of"}
MAX_BYTES = 24_000
"""Oversized vectors are there to be refused by their size, which needs no fuzzing."""
