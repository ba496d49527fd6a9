"""That the packet stands in the public log: an inclusion proof under a tree head that a receipt key signed."""

from kirpik.errors import WireError
from kirpik.wire import packet, tlog
from kirpik.wire.documents import KeySet
from kirpik.wire.evidence_file import EvidenceFile
from kirpik_provisioning.verify.finding import Finding, good, not_checked, refused


def check_log(file: EvidenceFile, keyset: KeySet | None) -> Finding:
    if file.log_proof is None or keyset is None:
        return not_checked("log", "log-missing" if file.log_proof is None else "keyset-missing")
    try:
        text = file.log_proof.decode()
        head = tlog.check_proof(text, tlog.packet_entry(packet.link(file.packet)), keyset.receipt)
    except UnicodeDecodeError:
        return refused("log", "tlog-proof-form")
    except WireError as error:
        return refused("log", error.name)
    return good("log", origin=head.origin, index=tlog.parse_proof(text).index, size=head.size)
