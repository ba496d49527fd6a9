"""Seeds: every vector of the wire, good or refused, and samples of files and forms, each with its target's name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.fuzz import samples
from tests.wire_vectors import FOLDER


@dataclass(frozen=True, slots=True)
class Seed:
    target: str
    data: bytes
    refused: bool = False


@cache
def seeds() -> tuple[Seed, ...]:
    written = (Seed(target, data) for target, texts in samples.ALL.items() for data in texts)
    return (*_vectors(), *written)


def _vectors() -> Iterator[Seed]:
    for path in sorted(FOLDER.glob("*.json")):
        vectors = json.loads(path.read_text(encoding="utf-8"))
        for vector in vectors if isinstance(vectors, list) else []:
            data = _bytes_of(vector)
            if data is not None and len(data) <= MAX_BYTES:
                yield Seed(path.stem, data, "refused" in vector)


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
