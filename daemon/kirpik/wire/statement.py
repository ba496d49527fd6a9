"""What an installer signs after a calibration: this camera, at this site, is turned and lensed like this.

The record carries the calibration that it was measured with, and its hash; the statement says which site that hash was
found at. Signed with an order key that may set a site's file, because whoever may do that may say it as well.
"""

from dataclasses import dataclass

from kirpik.errors import WireError
from kirpik.wire import cbor, fields, signature
from kirpik.wire.documents import KeySet

DOMAIN = b"kirpik/1 calibration statement\0"
VERB = "set-site"
MAX_BODY_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    site_id: str
    calibration_sha256: bytes
    """As `calibration.calibration_hash` has it: camera and pose, without the lanes."""
    made_utc_ms: int
    report_sha256: bytes
    """Of the report's JSON, where residuals and methods stand."""
    calibrated_by: str


ALLOWED: dict[int, tuple[str, fields.Check]] = {
    1: ("site_id", fields.text(1, 64)),
    2: ("calibration_sha256", fields.blob(fields.SHA256_BYTES)),
    3: ("made_utc_ms", fields.whole(0, 2**53)),
    4: ("report_sha256", fields.blob(fields.SHA256_BYTES)),
    5: ("calibrated_by", fields.text(1, 100)),
}
WRAPPER = fields.row(
    fields.blob(1, MAX_BODY_BYTES), fields.blob(signature.PUBLIC_BYTES), fields.blob(signature.SIGNATURE_BYTES)
)


def sign_statement(statement: Statement, key: signature.Signer) -> bytes:
    """[body, public key, signature]."""
    body = cbor.encode({number: getattr(statement, name) for number, (name, _) in ALLOWED.items()})
    data = cbor.encode([body, key.public, key.sign(DOMAIN, body)])
    parse_statement(data)
    return data


def parse_statement(data: bytes) -> tuple[Statement, bytes]:
    """What it says and whose key signed it. Raises WireError; whether the key may speak, `verify_statement` decides."""
    body, public, proof = WRAPPER("statement", cbor.decode(data))
    if not signature.verify(public, DOMAIN, body, proof):
        raise WireError("statement-signature")
    return Statement(**fields.closed_map("statement", cbor.decode(body), ALLOWED)), public


def verify_statement(data: bytes, keyset: KeySet) -> Statement:
    """Raises WireError unless a key signed it that the key set lets set a site's file."""
    statement, public = parse_statement(data)
    if not any(entry.public == public and VERB in entry.verbs for entry in keyset.orders):
        raise WireError("statement-key", f"expected an order key that may {VERB}")
    return statement
