"""All checks of one evidence file, in the order in which they rest on one another."""

from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.recompute import Recomputed
from kirpik.wire.evidence_file import decode_evidence
from kirpik.wire.packet import Header
from kirpik.wire.record import Record
from kirpik_provisioning.verify.finding import Finding, refused
from kirpik_provisioning.verify.log import check_log
from kirpik_provisioning.verify.numbers import check_numbers
from kirpik_provisioning.verify.signatures import (
    check_calibration,
    check_packet,
    check_receipt,
    check_record,
    read_header,
)
from kirpik_provisioning.verify.trust import Trusted, check_keys, check_revoked, check_seen, find_key


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. `record` and `again` are there only as far as the file could be read."""

    findings: tuple[Finding, ...]
    header: Header | None = None
    record: Record | None = field(default=None, repr=False)
    again: Recomputed | None = field(default=None, repr=False)

    @property
    def holds(self) -> bool:
        """Nothing was refused. What stayed open is said, but does not make a good file bad."""
        return self.record is not None and not any(one.outcome == "refused" for one in self.findings)


def examine(data: bytes, trusted: Trusted) -> Examined:
    """Every check that can be made is made, so that the page tells all reasons and not the first alone."""
    try:
        file = decode_evidence(data)
        header = read_header(file)
    except WireError as error:
        return Examined((refused("file", error.name),))
    chain = check_keys(file, trusted)
    unit_found, public = find_key(file, header)
    record_found, record = check_record(file, public)
    findings = [
        *chain.findings,
        unit_found,
        check_revoked(header, chain.keyset),
        check_packet(file, header, public),
        record_found,
        check_receipt(file, header, chain.keyset),
        check_log(file, chain.keyset),
    ]
    if record is None:
        return Examined(tuple(findings), header)
    if chain.keyset is not None:
        findings.append(check_seen(chain.keyset, record.keyset_version))
    findings += check_calibration(file, record, chain.keyset)
    numbers, again = check_numbers(record)
    return Examined((*findings, *numbers), header, record, again)
