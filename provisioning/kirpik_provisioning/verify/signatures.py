"""What was signed: the packet, the record in it, the central's receipt, and the installer's statement."""

from kirpik.errors import WireError
from kirpik.wire import packet
from kirpik.wire.calibration import calibration_hash
from kirpik.wire.documents import KeySet
from kirpik.wire.evidence_file import EvidenceFile
from kirpik.wire.packet import Header
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import Record, decode_record
from kirpik.wire.statement import verify_statement
from kirpik_provisioning.verify.finding import Finding, good, not_checked, refused


def read_header(file: EvidenceFile) -> Header:
    """Raises WireError for what is no packet of the first kind: a re-wrapped one is shown by the packet inside it."""
    header = packet.parse_header(file.packet)
    if header.kind != packet.KIND_PACKET:
        raise WireError("packet-kind", f"expected {packet.KIND_PACKET}, got {header.kind}")
    return header


def check_packet(file: EvidenceFile, header: Header, public: bytes) -> Finding:
    """The outer signature covers the sealed bytes: the chain of packets and the receipt speak of these very bytes."""
    try:
        packet.check_outer(file.packet, public)
    except WireError as error:
        return refused("packet", error.name)
    return good("packet", link=packet.link(file.packet).hex(), epoch=header.epoch, sequence=header.sequence)


def check_record(file: EvidenceFile, public: bytes) -> tuple[Finding, Record | None]:
    """The inner signature covers the record, with the picture in it, and the packet's header."""
    bound = file.packet[: packet.HEADER_BYTES]
    try:
        opened = packet.check_evidence(bound + file.inner, public)
        return good("record", bytes=len(opened.payload)), decode_record(opened.payload)
    except WireError as error:
        return refused("record", error.name), None


def check_receipt(file: EvidenceFile, header: Header, keyset: KeySet | None) -> Finding:
    if file.receipt is None or keyset is None:
        return not_checked("receipt", "receipt-missing" if file.receipt is None else "keyset-missing")
    try:
        told = verify_receipt(file.receipt, keyset.receipt)
    except WireError as error:
        return refused("receipt", error.name)
    link = packet.link(file.packet)
    here = told.unit == header.unit and told.epoch == header.epoch
    listed = (header.sequence, link) in told.selective
    at_the_end = header.sequence == told.up_to and told.chain == link
    if not (here and (listed or at_the_end)):
        return refused("receipt", "receipt-other-packet")
    return good("receipt", utc_ms=told.central_utc_ms)


def check_calibration(file: EvidenceFile, record: Record, keyset: KeySet | None) -> list[Finding]:
    """The calibration is the one that the record names, and the one that was signed for this site."""
    found = calibration_hash(record.calibration)
    if found != record.calibration_sha256:
        return [refused("calibration", "calibration-hash")]
    return [good("calibration", hash=found.hex()), _check_statement(file, record, keyset)]


def _check_statement(file: EvidenceFile, record: Record, keyset: KeySet | None) -> Finding:
    if file.calibration is None or keyset is None:
        return not_checked("statement", "statement-missing" if file.calibration is None else "keyset-missing")
    try:
        told = verify_statement(file.calibration, keyset)
    except WireError as error:
        return refused("statement", error.name)
    if told.site_id != record.site_id:
        return refused("statement", "calibration-other-site", ours=record.site_id, theirs=told.site_id)
    if told.calibration_sha256 != record.calibration_sha256:
        return refused("statement", "calibration-other", site=record.site_id)
    return good("statement", site=told.site_id, by=told.calibrated_by, utc_ms=told.made_utc_ms)
