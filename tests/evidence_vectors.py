"""Write docs/wire/vectors/evidence_file.json anew: `python -m tests.evidence_vectors`. Sealing and signing are random.

Two good files. Each altered one is told as what differs from a good one: a byte (`at`, `xor`), or fields (`set`, by
their keys, in CBOR; `without`); with all refusals that must come. No numbers are among them: a finer measure may come.
"""

import json
from collections.abc import Callable
from dataclasses import replace

from kirpik.wire import cbor, packet, suite, tlog
from kirpik.wire.documents import Revoked
from kirpik.wire.evidence_file import EvidenceFile, encode_evidence
from kirpik.wire.keydocs import sign_document
from kirpik.wire.packet import Header
from kirpik.wire.receipt import Receipt, sign_receipt
from kirpik_provisioning.verify.examine import examine
from kirpik_provisioning.verify.trust import Trusted
from tests.unit.provisioning import evidence as ev
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, UNIT, UNIT_KEY
from tests.unit.wire.tree import inclusion, root
from tests.wire_vectors import FOLDER, NEXT_KEY, STRANGER, Vector
from tests.wire_vectors.kinds import key_change

NAME = "evidence_file"
ROOT = samples.root(1, root_role=samples.role(0, threshold=1), keys_role=samples.role(3, threshold=1))
"""Roles of one holder, to keep the file small."""
PARTS = ("packet", "inner", "unit_public", "keyset", "receipt", "calibration")
ORIGIN = "kirpik.example/log"


def good(kind: str) -> EvidenceFile:
    file = ev.evidence(kind)
    return replace(file, roots=(_root(),), keyset=_keyset(), log_proof=_proof(file.packet))


def _root(version: int = 1, *, issued_ms: int = ROOT.issued_ms) -> bytes:
    return sign_document(replace(ROOT, version=version, issued_ms=issued_ms), [HOLDERS[0]])


def _keyset(version: int = 3, *, by: int = 3, **changes: object) -> bytes:
    return sign_document(ev.keyset(version, **changes), [HOLDERS[by]])


def _proof(wire: bytes) -> bytes:
    entries = [tlog.packet_entry(bytes([number]) * 32) for number in range(6)] + [tlog.packet_entry(packet.link(wire))]
    note = tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, 7, root(entries)), RECEIPT_KEY)
    return tlog.format_proof(tlog.Proof(6, tuple(inclusion(6, entries)), note)).encode()


def _receipt(file: EvidenceFile, **changes: object) -> bytes:
    said = Receipt(
        unit=UNIT, epoch=7, up_to=5, chain=packet.link(file.packet), central_utc_ms=1, root_version=1, keyset_version=3
    )
    return sign_receipt(replace(said, **changes), RECEIPT_KEY)  # type: ignore[arg-type]  # fields of a receipt


def _change(sequence: int = 2, **how: object) -> tuple[bytes, ...]:
    """A key change before the packet, in the form that an evidence file has it."""
    header = Header(3, suite.key_id(SEAL.public), UNIT, 7, sequence, bytes(32))
    wire = key_change(place=header, **how)  # type: ignore[arg-type]
    return (packet.open_packet(wire, UNIT_KEY.public, SEAL).evidence,)


def _after_change(file: EvidenceFile) -> EvidenceFile:
    payload = packet.check_evidence(file.packet[: packet.HEADER_BYTES] + file.inner, UNIT_KEY.public).payload
    wire, inner = ev.sealed(payload, key=NEXT_KEY)
    again = replace(file, packet=wire, inner=inner, key_changes=_change())
    return replace(again, receipt=_receipt(again), log_proof=_proof(wire))


ALTERED: dict[str, Callable[[EvidenceFile], EvidenceFile]] = {
    "after a key change": _after_change,
    "a key change left out": lambda f: replace(_after_change(f), key_changes=()),
    "a key change that the new key does not agree to": lambda f: replace(f, key_changes=_change(signer=STRANGER)),
    "a key change after the packet": lambda f: replace(f, key_changes=_change(sequence=6)),
    "a key change twice": lambda f: replace(_after_change(f), key_changes=_change() * 2),
    "another unit's key": lambda f: replace(f, unit_public=STRANGER.public),
    "another root": lambda f: replace(f, roots=(_root(issued_ms=7),)),
    "a root left out": lambda f: replace(f, roots=(_root(), _root(3))),
    "a key set by the wrong role": lambda f: replace(f, keyset=_keyset(by=0)),
    "a key set older than the unit's": lambda f: replace(f, keyset=_keyset(2)),
    "a revoked unit": lambda f: replace(f, keyset=_keyset(4, revoked=(Revoked(UNIT, 7, 4),))),
    "revoked after the packet": lambda f: replace(f, keyset=_keyset(4, revoked=(Revoked(UNIT, 7, 5),))),
    "another packet's receipt": lambda f: replace(f, receipt=_receipt(f, chain=bytes(31) + b"\1")),
    "a receipt that covers the packet without a name": lambda f: replace(f, receipt=_receipt(f, up_to=6)),
    "a receipt that lists it": lambda f: replace(
        f, receipt=_receipt(f, up_to=0, chain=bytes(32), selective=((5, packet.link(f.packet)),))
    ),
    "without receipt, statement and proof": lambda f: replace(f, receipt=None, calibration=None, log_proof=None),
    "another site's statement": lambda f: replace(f, calibration=ev.statement(ev.payload(f), site_id="kz-02-0099")),
    "a statement of other values": lambda f: replace(
        f, calibration=ev.statement(ev.payload(f), calibration_sha256=bytes(32))
    ),
    "a stranger's statement": lambda f: replace(f, calibration=ev.statement(ev.payload(f), key=STRANGER)),
    "another packet's proof": lambda f: replace(f, log_proof=_proof(bytes(6144))),
    "a proof under a stranger's note": lambda f: replace(
        f, log_proof=(f.log_proof or b"").replace(b"/log\n7\n", b"/log\n8\n")
    ),
    "a proof that is none": lambda f: replace(f, log_proof=b"in the log, I swear"),
}
OTHER_FIELDS: dict[str, dict[str, object]] = {
    "another format": {"set": {"1": cbor.encode("kirpik/2 evidence").hex()}},
    "a field that is not on the list": {"set": {"11": cbor.encode("a name").hex()}},
    "a field left out": {"without": [6]},
    "a packet of a size that is none": {"set": {"2": cbor.encode(bytes(5000)).hex()}},
    "no packet": {"set": {"2": cbor.encode(bytes(6144)).hex()}},
}


def refusals(data: bytes) -> list[str]:
    found = examine(data, Trusted(ROOT))
    return sorted({one.reason for one in found.findings if one.outcome == "refused"})


def with_fields(data: bytes, change: dict[str, object]) -> bytes:
    """A file with what a vector says instead."""
    value = cbor.decode(data)
    told, gone = change.get("set", {}), change.get("without", [])
    assert isinstance(value, dict)
    assert isinstance(told, dict)
    assert isinstance(gone, list)
    changed = value | {int(key): cbor.decode(bytes.fromhex(new)) for key, new in told.items()}
    return cbor.encode({key: item for key, item in changed.items() if key not in gone})


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def bit_flips(name: str, file: EvidenceFile, data: bytes) -> list[Vector]:
    """One byte in the middle of each part."""
    made = []
    for part in PARTS:
        inside = getattr(file, part)
        at = data.index(inside) + len(inside) // 2
        made.append({"name": f"{name}, {part}", "of": name, "at": at, "xor": 1, "refused": refusals(flipped(data, at))})
    return made


def altered(name: str, file: EvidenceFile, data: bytes) -> list[Vector]:
    before, changes = cbor.decode(data), dict(OTHER_FIELDS)
    assert isinstance(before, dict)
    for what, change in ALTERED.items():
        after = cbor.decode(encode_evidence(change(file)))
        assert isinstance(after, dict)
        changes[what] = {"set": {str(k): cbor.encode(v).hex() for k, v in after.items() if v != before[k]}}
    return [
        {"name": f"{name}, {what}", "of": name, **change, "refused": refusals(with_fields(data, change))}
        for what, change in changes.items()
    ]


def main() -> None:
    vectors: list[Vector] = []
    for kind in ("speeding", "red_light"):
        file = good(kind)
        data = encode_evidence(file)
        vectors.append({"name": kind, "hex": data.hex(), "root": file.roots[0].hex(), "refused": refusals(data)})
        vectors += bit_flips(kind, file, data)
        if kind == "speeding":
            vectors += altered(kind, file, data)
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    (FOLDER / f"{NAME}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
