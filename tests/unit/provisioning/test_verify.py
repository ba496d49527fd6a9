"""A good evidence file of each kind of offence holds; an altered one is refused, and for the right reason."""

from dataclasses import replace

import numpy as np
import pytest

from kirpik.wire.documents import Revoked
from kirpik.wire.evidence_file import encode_evidence
from kirpik.wire.keydocs import open_root, sign_document
from kirpik_provisioning.verify.examine import examine
from kirpik_provisioning.verify.trust import Trusted
from tests.unit.provisioning import evidence as ev
from tests.unit.provisioning.spoiled import (
    GOOD,
    ROOT,
    SPOILED,
    TRUSTED,
    after_change,
    check,
    in_hours,
    refusals,
    resealed,
    spoiled,
    warned,
)
from tests.unit.wire import samples
from tests.unit.wire.samples import HOLDERS, UNIT


@pytest.mark.parametrize("kind", list(ev.CASES))
def test_good_evidence_holds(kind: str) -> None:
    found = check(ev.evidence(kind))
    assert found.holds, refusals(found)
    assert {one.reason for one in found.findings if one.outcome == "open"} == {"log-missing"}


def test_evidence_of_a_unit_that_changed_its_key_holds() -> None:
    found = check(after_change())
    assert found.holds, refusals(found)


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
