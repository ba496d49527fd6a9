"""Write docs/wire/vectors/*.json anew, or those that are named: `python -m tests.wire_vectors orders results`."""

import json
import sys

from tests.wire_vectors import FOLDER, Vector
from tests.wire_vectors.joining import enrol_vectors, part_vectors
from tests.wire_vectors.kinds import chain_vectors, kinds_vectors
from tests.wire_vectors.log import log_vectors
from tests.wire_vectors.orders import order_vectors, result_vectors
from tests.wire_vectors.packets import evidence_vectors, packet_vectors
from tests.wire_vectors.records import record_vectors
from tests.wire_vectors.small import cbor_vectors, health_vectors, id_vectors, topic_vectors
from tests.wire_vectors.trust import document_vectors, receipt_vectors

FILES = {
    "cbor": cbor_vectors,
    "packet": packet_vectors,
    "evidence": evidence_vectors,
    "kinds": kinds_vectors,
    "chain": chain_vectors,
    "record": record_vectors,
    "receipt": receipt_vectors,
    "documents": document_vectors,
    "orders": order_vectors,
    "results": result_vectors,
    "enrolment": enrol_vectors,
    "parts": part_vectors,
    "topics": topic_vectors,
    "health": health_vectors,
    "tlog": log_vectors,
}


def main() -> None:
    """All, or the files that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "ids.json").write_text(json.dumps(id_vectors(), indent=1) + "\n", encoding="utf-8")
    for name in sys.argv[1:] or FILES:
        _write(name, FILES[name]())


def _write(name: str, vectors: list[Vector]) -> None:
    """One vector a line."""
    lines = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors)
    (FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
