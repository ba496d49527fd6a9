"""A good evidence file of each kind of offence holds; an altered one is refused, and for the right reason."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from kirpik.wire import packet, payload, sign1, signature, tlog
from kirpik.wire.documents import Revoked
from kirpik.wire.evidence_file import EvidenceFile, decode_evidence, encode_evidence
from kirpik.wire.keydocs import open_root, sign_document
from kirpik.wire.packet import link
from kirpik.wire.receipt import Receipt, sign_receipt
from kirpik.wire.record import Record, encode_record
from kirpik.wire.signature import SigningKey
from kirpik.wire.terms import Terms
from kirpik_provisioning.cli import bench
from kirpik_provisioning.verify.examine import Examined, examine
from kirpik_provisioning.verify.trust import Trusted
from kirpik_provisioning.verify.words import LANGUAGES, load_words
from tests.unit.provisioning import evidence as ev
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS, UNIT, UNIT_KEY
from tests.wire_vectors import FOLDER

ROOT = open_root(ev.ROOT)
TRUSTED = Trusted(ROOT)
STRANGER = SigningKey.from_seed(b"stranger".ljust(32, b"\5"))


def check(file: EvidenceFile, trusted: Trusted = TRUSTED) -> Examined:
    return examine(encode_evidence(file), trusted)


def refusals(found: Examined) -> set[str]:
    return {one.reason for one in found.findings if one.outcome == "refused"}


@pytest.mark.parametrize("kind", list(ev.CASES))
def test_good_evidence_holds(kind: str) -> None:
    found = check(ev.evidence(kind))
    assert found.holds, refusals(found)
    assert {one.reason for one in found.findings if one.outcome == "open"} == {"log-missing"}


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


def test_evidence_of_a_unit_that_changed_its_key_holds() -> None:
    found = check(after_change())
    assert found.holds, refusals(found)


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


def test_a_warning_holds_from_where_it_is_warned() -> None:
    found = check(warned())
    assert found.holds, refusals(found)


def test_the_hours_of_a_rule_are_held_against_the_time_at_the_site() -> None:
    found = check(in_hours("19:00-20:00"))
    assert found.holds, refusals(found)
    assert {one.outcome for one in found.findings if one.check == "hours"} == {"good"}
    unknown = check(in_hours("19:00-20:00", timezone="Moon/Tranquillity"))
    assert {one.reason for one in unknown.findings if one.check == "hours"} == {"zone-unknown"}
    assert unknown.holds


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


@pytest.mark.parametrize("name", list(SPOILED))
def test_altered_evidence_is_refused_with_its_reason(name: str) -> None:
    found = spoiled(name)
    assert not found.holds
    assert SPOILED[name][1] in refusals(found)


def test_no_flipped_bit_is_taken() -> None:
    good = encode_evidence(GOOD)
    rng = np.random.default_rng(4)
    for at in rng.choice(len(good), 150, replace=False):
        altered = bytearray(good)
        altered[at] ^= 1 << int(rng.integers(8))
        assert not examine(bytes(altered), TRUSTED).holds, at


def test_a_root_that_was_not_given_is_said_and_one_that_is_too_new_is_refused() -> None:
    assert ("root", "root-not-given") in {(one.check, one.reason) for one in check(GOOD, Trusted()).findings}
    newer = Trusted(open_root(sign_document(samples.root(2), HOLDERS[:2])))
    assert "root-rolled-back" in refusals(check(GOOD, newer))


def test_a_root_that_came_later_vouches_for_what_follows_it() -> None:
    second = sign_document(samples.root(2), HOLDERS[:2])
    assert check(replace(GOOD, roots=(ev.ROOT, second)), Trusted(open_root(second))).holds


def test_a_published_key_set_revokes_what_the_files_own_does_not_know_of() -> None:
    published = sign_document(ev.keyset(version=9, revoked=(Revoked(UNIT, 1, 1),)), HOLDERS[3:5])
    assert refusals(check(GOOD, Trusted(ROOT, published))) == {"unit-revoked"}


def test_a_lower_claim_of_uncertainty_is_refused_but_a_wider_one_is_not() -> None:
    """The unit may doubt itself more than the fit does: that only frees."""
    wider = replace(ev.record("speeding"), uncertainty_m_per_h=1_500, charged_m_per_h=82_000)
    assert check(resealed(wider)).holds


def test_words_of_all_languages_have_the_same_keys_and_places() -> None:
    def shape(texts: object, at: str = "") -> set[tuple[str, frozenset[str]]]:
        if isinstance(texts, dict):
            return set().union(*(shape(value, f"{at}.{key}") for key, value in texts.items()))
        words = str(texts).replace("{", " {").split("{")[1:]
        return {(at, frozenset(word.split("}")[0].split(":")[0] for word in words))}

    first, *others = (shape(dict(load_words(language).texts)) for language in LANGUAGES)
    for other in others:
        assert other == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_a_sentence_in_every_language(language: str) -> None:
    words = load_words(language)
    for name, (_, reason) in SPOILED.items():
        for one in spoiled(name).findings:
            assert words.title(one)
            assert "{" not in words.sentence(one)
        assert reason in words.texts["reason"]


# ---- the log ----


def log_proof(entry: bytes, *, others: int, key: SigningKey = samples.RECEIPT_KEY) -> bytes:
    """A proof that `entry` is the last but one of a small log."""
    entries = [tlog.packet_entry(bytes([n]) * 32) for n in range(others)]
    entries.insert(max(0, others - 1), entry)
    leaves = [tlog.leaf_hash(one) for one in entries]
    index = entries.index(entry)
    note = tlog.sign_checkpoint(tlog.Checkpoint("log.example/kirpik", len(leaves), _tree(leaves)), key)
    return tlog.format_proof(tlog.Proof(index, tuple(_audit_path(index, leaves)), note)).encode()


def _tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return tlog.node_hash(_tree(leaves[:split]), _tree(leaves[split:]))


def _audit_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*_audit_path(index, leaves[:split]), _tree(leaves[split:])]
    return [*_audit_path(index - split, leaves[split:]), _tree(leaves[:split])]


ENTRY = tlog.packet_entry(link(GOOD.packet))


@pytest.mark.parametrize("others", [0, 1, 6])
def test_a_packet_that_stands_in_the_log_is_found_there(others: int) -> None:
    found = check(replace(GOOD, log_proof=log_proof(ENTRY, others=others)))
    assert found.holds
    assert {one.outcome for one in found.findings} == {"good"}


def test_a_packet_that_does_not_stand_in_the_log_is_refused() -> None:
    cases = {
        log_proof(tlog.packet_entry(bytes(32)), others=6): "tlog-inclusion",
        log_proof(ENTRY, others=6, key=STRANGER): "tlog-note-signature",
        b"nothing": "tlog-proof-form",
        b"\xff": "tlog-proof-form",
    }
    for told, reason in cases.items():
        assert refusals(check(replace(GOOD, log_proof=told))) == {reason}


# ---- the command ----


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "case.kpe").write_bytes(encode_evidence(GOOD))
    (tmp_path / "root.cbor").write_bytes(ev.ROOT)
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(bench, ["verify", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_command_says_what_was_found_and_exits_by_it(folder: Path) -> None:
    code, said = run(folder / "case.kpe", "--root", folder / "root.cbor")
    assert code == 0
    assert "The evidence holds" in said
    (folder / "case.kpe").write_bytes(encode_evidence(swapped_crop()))
    code, said = run(folder / "case.kpe", "--root", folder / "root.cbor")
    assert code == 1
    assert "picture of the plate" in said
    assert run(folder / "case.kpe", "--language", "xx")[0] == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xa1\x01\x02"])
def test_what_is_no_evidence_file_is_refused_in_one_sentence(folder: Path, content: bytes) -> None:
    (folder / "case.kpe").write_bytes(content)
    code, said = run(folder / "case.kpe")
    assert code == 1
    assert "not an evidence file" in said
    assert "Traceback" not in said


def test_json_tells_claim_and_inputs_and_what_follows(folder: Path) -> None:
    code, said = run(folder / "case.kpe", "--root", folder / "root.cbor", "--json")
    told = json.loads(said)
    assert code == 0
    assert told["holds"]
    assert abs(told["recomputed"]["motion"]["speed_kmh"] - told["claimed"]["speed_m_per_h"] / 1000) < 0.1
    assert len(told["inputs"]["track_us_us_mpx_px32"]) == told["recomputed"]["motion"]["frames"]


def test_the_file_has_one_form() -> None:
    data = encode_evidence(GOOD)
    assert encode_evidence(decode_evidence(data)) == data
    assert packet.link(decode_evidence(data).packet) == link(GOOD.packet)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["speeding", "red_light"])
def test_the_page_is_the_same_bytes_each_time_and_shows_claim_plan_and_checks(
    tmp_path: Path, kind: str, language: str
) -> None:
    (tmp_path / "case.kpe").write_bytes(encode_evidence(ev.evidence(kind)))
    pages = []
    for name in ("a.html", "a.pdf", "b.pdf", "a.svg"):
        assert run(tmp_path / "case.kpe", "--page", tmp_path / name, "--language", language)[0] == 0
        pages.append((tmp_path / name).read_bytes())
    html, first, second, svg = pages
    words = load_words(language)
    for said in (words.name("kind", kind), "123ABC01", words.page("checks"), words.page("again"), "<svg"):
        assert said in html.decode()
    assert b"<script" not in html
    assert first == second
    assert first.startswith(b"%PDF")
    assert svg.startswith(b"<svg xmlns")


def test_a_page_is_made_of_refused_evidence_too(tmp_path: Path) -> None:
    (tmp_path / "case.kpe").write_bytes(encode_evidence(swapped_crop()))
    assert run(tmp_path / "case.kpe", "--page", tmp_path / "a.pdf")[0] == 1
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert run(tmp_path / "case.kpe", "--page", tmp_path / "a.doc")[0] == 2
    assert run(tmp_path / "case.kpe", "--page", tmp_path / "no" / "a.pdf")[0] == 1


# ---- vectors ----

VECTORS = json.loads((FOLDER / "evidence_file.json").read_text(encoding="utf-8"))
OF_NUMBERS = {"speed-differs", "uncertainty-differs", "second-differs", "rule-not-broken", "moment-differs"}
FILES = {vector["name"]: vector for vector in VECTORS if "hex" in vector}


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS])
def test_the_vectors_hold_and_their_altered_bytes_are_refused(vector: dict[str, object]) -> None:
    whole = FILES[str(vector.get("of", vector["name"]))]
    data, root = bytes.fromhex(whole["hex"]), open_root(bytes.fromhex(whole["root"]))
    if "at" in vector:
        data = flip(data, int(str(vector["at"])))
    """Numbers are left out: a finer measure may come, and these files are of the one that made them."""
    found = examine(data, Trusted(root))
    assert sorted(refusals(found) - OF_NUMBERS) == vector["refused"]
