"""Evidence files that hold, and files that were altered in one way each, with the reason for which they are refused."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from kirpik.wire import packet, payload, sign1, signature
from kirpik.wire.documents import Revoked
from kirpik.wire.evidence_file import EvidenceFile, encode_evidence
from kirpik.wire.keydocs import open_root, sign_document
from kirpik.wire.packet import link
from kirpik.wire.receipt import Receipt, sign_receipt
from kirpik.wire.record import Record, encode_record
from kirpik.wire.signature import SigningKey
from kirpik.wire.terms import Terms
from kirpik_provisioning.verify.examine import Examined, examine
from kirpik_provisioning.verify.trust import Trusted
from tests.unit.provisioning import evidence as ev
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS, UNIT, UNIT_KEY

ROOT = open_root(ev.ROOT)
TRUSTED = Trusted(ROOT)
STRANGER = SigningKey.from_seed(b"stranger".ljust(32, b"\5"))


def check(file: EvidenceFile, trusted: Trusted = TRUSTED) -> Examined:
    return examine(encode_evidence(file), trusted)


def refusals(found: Examined) -> set[str]:
    return {one.reason for one in found.findings if one.outcome == "refused"}


def flip(data: bytes, at: int) -> bytes:
    altered = bytearray(data)
    altered[at] ^= 0x01
    return bytes(altered)


def resealed(record: Record) -> EvidenceFile:
    """A record that the unit itself signed: what a faulty or stolen unit could send."""
    return ev.evidence(record)


def speeding(**changes: object) -> EvidenceFile:
    return resealed(replace(ev.record("speeding"), **changes))  # type: ignore[arg-type]  # fields of a record


GOOD = ev.evidence("speeding")
RED = ev.record("red_light")
OTHER_CROP = replace(ev.record("speeding"), crop=ev.CROP[:-1] + b"\1")
ELSEWHERE = replace(ev.record("speeding").calibration, position_mm=(0, 0, 6500))


def foreign_inner() -> EvidenceFile:
    """A record that another packet of the same unit held."""
    return replace(GOOD, inner=ev.evidence("speeding", sequence=6).inner)


def by_a_stranger() -> EvidenceFile:
    wire, inner = ev.sealed(encode_record(ev.record("speeding")), key=STRANGER)
    return replace(GOOD, packet=wire, inner=inner)


def strangers_key() -> EvidenceFile:
    return replace(by_a_stranger(), unit_public=STRANGER.public)


def swapped_crop() -> EvidenceFile:
    at = GOOD.inner.index(ev.CROP)
    end = at + len(ev.CROP)
    return replace(GOOD, inner=GOOD.inner[:at] + OTHER_CROP.crop + GOOD.inner[end:])


NEW_KEY = SigningKey.from_seed(b"second".ljust(32, b"\6"))


def after_change(*, by: SigningKey = UNIT_KEY, proof_by: SigningKey = NEW_KEY, sequence: int = 2) -> EvidenceFile:
    """The same accusation, signed by the key that the unit changed to."""
    header = packet.Header(packet.KIND_KEY_CHANGE, bytes(8), UNIT, 7, sequence, bytes(32))
    proof = proof_by.sign(signature.KEY_CHANGE, header.pack() + NEW_KEY.public)
    told = payload.encode({1: NEW_KEY.public, 2: proof, 30: 3, 31: None})
    change = header.pack() + sign1.sign(told, signer=by, unit=UNIT, header=header.pack())
    wire, inner = ev.sealed(encode_record(ev.record("speeding")), key=NEW_KEY)
    return replace(GOOD, packet=wire, inner=inner, key_changes=(change,), receipt=None)


def with_keyset(**changes: object) -> EvidenceFile:
    return replace(GOOD, keyset=sign_document(ev.keyset(**changes), HOLDERS[3:5]))  # type: ignore[arg-type]


def with_receipt(**changes: object) -> EvidenceFile:
    told = Receipt(
        unit=UNIT, epoch=7, up_to=5, chain=link(GOOD.packet), central_utc_ms=1, root_version=1, keyset_version=3
    )
    return replace(GOOD, receipt=sign_receipt(replace(told, **changes), samples.RECEIPT_KEY))  # type: ignore[arg-type]


def in_hours(hours: str, **changes: object) -> EvidenceFile:
    """The record's moment is 14:13:20 UTC, 19:13:20 in Almaty."""
    terms = replace(ev.record("speeding").terms, hours=hours)
    return speeding(**{"terms": terms, "timezone": "Asia/Almaty", "utc_offset_min": 300, **changes})


def warned(**changes: object) -> EvidenceFile:
    """84 km/h are charged; here from 90 on, and warned from 80 on."""
    terms = replace(ev.record("speeding").terms, over_m_per_h=30_000, warn_m_per_h=20_000)
    return speeding(**{"terms": terms, "outcome": "warning", **changes})


SPOILED: dict[str, tuple[Callable[[], EvidenceFile], str]] = {
    "a bit of the sealed packet": (lambda: replace(GOOD, packet=flip(GOOD.packet, 2000)), "packet-outer-signature"),
    "a bit of the packet's place": (lambda: replace(GOOD, packet=flip(GOOD.packet, 47)), "sign1-signature"),
    "a key change by a stranger": (lambda: after_change(by=STRANGER), "key-change"),
    "a key change that the new key does not know of": (lambda: after_change(proof_by=UNIT_KEY), "key-change"),
    "a key change after the packet": (lambda: after_change(sequence=6), "key-change-place"),
    "a key that was changed long ago": (lambda: replace(after_change(), key_changes=()), "packet-outer-signature"),
    "a bit of the record": (lambda: replace(GOOD, inner=flip(GOOD.inner, 400)), "sign1-signature"),
    "a bit of the inner signature": (lambda: replace(GOOD, inner=flip(GOOD.inner, -1)), "sign1-signature"),
    "a swapped crop": (swapped_crop, "sign1-signature"),
    "a record from another packet": (foreign_inner, "sign1-signature"),
    "another unit's signature": (by_a_stranger, "packet-outer-signature"),
    "another unit's signature with its key": (strangers_key, "unit-key"),
    "a bit of the root": (lambda: replace(GOOD, roots=(flip(GOOD.roots[0], 300),)), "document-threshold"),
    "a root left out": (
        lambda: replace(GOOD, roots=(ev.ROOT, sign_document(samples.root(3), HOLDERS[:2]))), "root-version"),
    "another root": (
        lambda: replace(GOOD, roots=(sign_document(replace(samples.root(1), issued_ms=7), HOLDERS[:2]),)),
        "root-unknown"),
    "a bit of the key set": (lambda: replace(GOOD, keyset=flip(GOOD.keyset, 1300)), "document-threshold"),
    "a key set by strangers": (
        lambda: replace(GOOD, keyset=sign_document(ev.keyset(), HOLDERS[:2])), "document-threshold"),
    "a rolled-back key set": (lambda: with_keyset(version=2), "keyset-rolled-back"),
    "a revoked unit": (lambda: with_keyset(version=4, revoked=(Revoked(UNIT, 7, 4),)), "unit-revoked"),
    "another packet's receipt": (lambda: with_receipt(chain=bytes(31) + b"\1"), "receipt-other-packet"),
    "another unit's receipt": (lambda: with_receipt(unit=bytes(16)), "receipt-other-packet"),
    "a bit of the receipt": (
        lambda: replace(GOOD, receipt=flip(GOOD.receipt or b"", -1)), "receipt-signature"),
    "another site's calibration statement": (
        lambda: replace(GOOD, calibration=ev.statement(ev.record("speeding"), site_id="kz-02-0099")),
        "calibration-other-site"),
    "a statement of other values": (
        lambda: replace(GOOD, calibration=ev.statement(ev.record("speeding"), calibration_sha256=bytes(32))),
        "calibration-other"),
    "a statement by a stranger": (
        lambda: replace(GOOD, calibration=ev.statement(ev.record("speeding"), key=STRANGER)), "statement-key"),
    "a bit of the statement": (
        lambda: replace(GOOD, calibration=flip(GOOD.calibration or b"", -1)), "statement-signature"),
    "another site's calibration in the record": (lambda: speeding(calibration=ELSEWHERE), "calibration-hash"),
    "a speed that does not follow": (lambda: speeding(speed_m_per_h=97_000), "speed-differs"),
    "an uncertainty that is too small": (lambda: speeding(uncertainty_m_per_h=100), "uncertainty-differs"),
    "a charge without the deduction": (lambda: speeding(charged_m_per_h=86_000), "charge-too-high"),
    "a charge below the threshold": (lambda: speeding(limit_m_per_h=80_000), "charge-below-threshold"),
    "a charge that asks for a warning only": (lambda: warned(outcome="charge"), "charge-below-threshold"),
    "a warning below its threshold": (lambda: warned(limit_m_per_h=65_000), "charge-below-threshold"),
    "outside of the rule's hours": (lambda: in_hours("14:00-15:00"), "hours-outside"),
    "within the clock's error of the end": (
        lambda: in_hours("19:00-19:14", clock_error_us=60_000_000), "hours-outside"),
    "hours without a clock": (
        lambda: in_hours("19:00-20:00", moment_utc_ns=None, utc_offset_min=None), "hours-without-clock"),
    "an hour that the zone never had": (
        lambda: in_hours("20:00-21:00", utc_offset_min=360), "zone-differs"),
    "a charge without a limit": (lambda: speeding(limit_m_per_h=None), "charge-missing"),
    "no track": (lambda: speeding(track=()), "track-missing"),
    "a track too short to measure": (lambda: speeding(track=ev.record("speeding").track[:5]), "speed-no-measure"),
    "another moment": (lambda: resealed(replace(RED, track=ev.record("speeding").track)), "moment-differs"),
    "a light that was green": (
        lambda: resealed(replace(RED, signal_changes=(replace(RED.signal_changes[-1], phase="green"),))),
        "rule-not-broken"),
    "a line that was moved": (
        lambda: resealed(replace(RED, terms=replace(RED.terms, line_mm=((-1750, 27_000), (1750, 27_000))))),
        "moment-differs"),
    "a lawful lane": (lambda: resealed(replace(ev.record("wrong_way"), terms=Terms(min_length_mm=60_000))),
        "rule-not-broken"),
}  # fmt: skip


@cache
def spoiled(name: str) -> Examined:
    return check(SPOILED[name][0]())
