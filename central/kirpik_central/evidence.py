"""Evidence files of single cases, bound together from what the store and the key documents hold."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, select

from kirpik.errors import StoreError
from kirpik.wire import opening, packet
from kirpik.wire.evidence_file import SUFFIX, EvidenceFile, encode_evidence
from kirpik.wire.receipt import NO_CHAIN, Receipt, sign_receipt
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.log import prove
from kirpik_central.store import Case, Store
from kirpik_central.tables import CHAIN, PACKET


@dataclass(frozen=True, slots=True)
class Binder:
    store: Store
    units: Units
    keys: CentralKeys
    roots: tuple[bytes, ...] = field(repr=False)
    """Root documents from the first on."""
    keyset: bytes = field(repr=False)
    folder: Path

    def bind(self, case: Case) -> str:
        """Write the case's evidence file and return its name."""
        name = _name(case)
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f".{name}.new"
        beside.write_bytes(encode_evidence(self.store.read(lambda connection: self._gather(connection, case))))
        beside.replace(self.folder / name)
        return name

    def take_away(self, case: Case) -> None:
        """The file of a case that accuses nobody any more, if there is one."""
        (self.folder / _name(case)).unlink(missing_ok=True)

    def _gather(self, connection: Connection, case: Case) -> EvidenceFile:
        history = self.units.history(case.place.unit)
        if history is None:
            raise StoreError(f"case {case.leaf}: its unit {case.place.unit.hex()} is not known any more")
        proof = prove(connection, case.leaf)
        return EvidenceFile(
            packet=self._innermost(_wire(connection, case)),
            inner=case.evidence[packet.HEADER_BYTES :],
            unit_public=history.first,
            roots=self.roots,
            keyset=self.keyset,
            key_changes=_key_changes(connection, case),
            receipt=self._receipt(connection, case),
            log_proof=None if proof is None else proof.encode(),
        )

    def _innermost(self, wire: bytes) -> bytes:
        """The packet as the unit sealed it first: only that one has the header that its record is signed with."""
        header = packet.parse_header(wire)
        if header.kind != packet.KIND_REWRAPPED:
            return wire
        key, history = self.keys.seal.get(header.recipient), self.units.history(header.unit)
        if key is None or history is None:
            raise StoreError(f"packet {header.epoch}-{header.sequence}: re-wrapped, and its seal key is not here")
        _, public = opening.check_front(wire, history.at)
        return self._innermost(packet.open_packet(wire, public, key).payload)

    def _receipt(self, connection: Connection, case: Case) -> bytes:
        """A fresh one that names this very packet: nobody outside could follow the chain to it."""
        place = (CHAIN.c.unit == case.place.unit) & (CHAIN.c.epoch == case.place.epoch)
        chain = connection.execute(select(CHAIN.c.up_to, CHAIN.c.link).where(place)).one()
        receipt = Receipt(
            unit=case.place.unit,
            epoch=case.place.epoch,
            up_to=chain.up_to,
            chain=bytes(chain.link) or NO_CHAIN,
            selective=((case.place.sequence, case.link),),
            central_utc_ms=time.time_ns() // 1_000_000,
            root_version=self.keys.root_version,
            keyset_version=self.keys.keyset.version,
        )
        return sign_receipt(receipt, self.keys.receipt)


def _name(case: Case) -> str:
    return f"{case.place.unit.hex()}-{case.place.epoch}-{case.place.sequence}{SUFFIX}"


def _wire(connection: Connection, case: Case) -> bytes:
    return bytes(connection.execute(select(PACKET.c.wire).where(PACKET.c.leaf == case.leaf)).scalar_one())


def _key_changes(connection: Connection, case: Case) -> tuple[bytes, ...]:
    """Header ‖ COSE_Sign1 of each packet by which the unit changed its key before this one."""
    before = (PACKET.c.epoch < case.place.epoch) | (
        (PACKET.c.epoch == case.place.epoch) & (PACKET.c.sequence < case.place.sequence)
    )
    query = (
        select(PACKET.c.evidence)
        .where(PACKET.c.unit == case.place.unit, PACKET.c.kind == packet.KIND_KEY_CHANGE, before)
        .where(PACKET.c.refusal.is_(None), PACKET.c.evidence.is_not(None))
        .order_by(PACKET.c.epoch, PACKET.c.sequence)
    )
    return tuple(bytes(evidence) for evidence in connection.execute(query).scalars())
