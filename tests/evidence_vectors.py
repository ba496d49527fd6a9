"""Write docs/wire/vectors/evidence_file.json anew: `python -m tests.evidence_vectors`. Sealing and signing are random.

Two good files, and each altered one as the byte in which it differs from a good one, with the refusals that must come.
"""

import json
from dataclasses import replace

from kirpik.wire.evidence_file import EvidenceFile, encode_evidence
from kirpik.wire.keydocs import sign_document
from kirpik_provisioning.verify.examine import examine
from kirpik_provisioning.verify.trust import Trusted
from tests.unit.provisioning import evidence as ev
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS
from tests.wire_vectors import FOLDER, Vector

NAME = "evidence_file"
ROOT = samples.root(1, root_role=samples.role(0, threshold=1), keys_role=samples.role(3, threshold=1))
"""Roles of one holder, to keep the file small."""
PARTS = ("packet", "inner", "unit_public", "keyset", "receipt", "calibration")


def good(kind: str) -> EvidenceFile:
    return replace(
        ev.evidence(kind),
        roots=(sign_document(ROOT, [HOLDERS[0]]),),
        keyset=sign_document(ev.keyset(), [HOLDERS[3]]),
    )


def refusals(data: bytes) -> list[str]:
    found = examine(data, Trusted(ROOT))
    return sorted({one.reason for one in found.findings if one.outcome == "refused"})


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def altered(name: str, file: EvidenceFile, data: bytes) -> list[Vector]:
    """One byte in the middle of each part."""
    made = []
    for part in PARTS:
        inside = getattr(file, part)
        at = data.index(inside) + len(inside) // 2
        made.append({"name": f"{name}, {part}", "of": name, "at": at, "xor": 1, "refused": refusals(flipped(data, at))})
    return made


def main() -> None:
    vectors: list[Vector] = []
    for kind in ("speeding", "red_light"):
        file = good(kind)
        data = encode_evidence(file)
        vectors.append({"name": kind, "hex": data.hex(), "root": file.roots[0].hex(), "refused": refusals(data)})
        vectors += altered(kind, file, data)
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    (FOLDER / f"{NAME}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
