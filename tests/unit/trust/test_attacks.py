"""Every attack of the TUF specification (1.0.34, 1.5.2) and each role in the wrong hands, by name."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kirpik.errors import TrustError, WireError
from kirpik.trust.catch_up import Shelf, catch_up
from kirpik.trust.standing import standing
from kirpik.trust.trusted import Trusted, root_pin
from kirpik.wire import suite
from kirpik.wire.documents import OrderEntry, SealEntry
from tests.unit.trust.fleet import DAY_MS, FIRST_ROOT, FIRST_SET, START_MS, Fleet, role, seal_public, signed

THIEF = seal_public(66)


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


@pytest.fixture
def unit(fleet: Fleet) -> Trusted:
    return catch_up(Trusted.from_first_root(fleet.first_root), fleet.shelf()).trusted


def refused(attempt: Callable[[], object]) -> str:
    with pytest.raises(WireError) as caught:
        attempt()
    return caught.value.name


def test_arbitrary_software_attack_documents_of_strangers_are_refused(unit: Trusted) -> None:
    forged = replace(FIRST_SET, version=2, seal=(SealEntry(THIEF, 0, None, "active"),))
    assert refused(lambda: unit.after_keyset(signed(forged, 66, 67))) == "document-threshold"
    assert refused(lambda: unit.after_root(signed(replace(FIRST_ROOT, version=2), 66, 67))) == "document-threshold"


def test_rollback_attack_an_older_key_set_is_refused(fleet: Fleet, unit: Trusted) -> None:
    unit = catch_up(unit, Shelf.of([fleet.publish_set(11, 12)])).trusted
    assert unit.keyset_version == 2
    assert refused(lambda: unit.after_keyset(signed(FIRST_SET, 11, 12))) == "keyset-version"
    assert catch_up(unit, Shelf.of(fleet.documents[:2])).trusted == unit


def test_rollback_attack_an_older_root_is_refused(fleet: Fleet, unit: Trusted) -> None:
    second = unit.after_root(fleet.publish_root(1, 2))
    assert refused(lambda: second.after_root(fleet.documents[0])) == "root-version"


def test_fast_forward_attack_the_highest_number_there_is_does_not_lock_out_the_honest(
    fleet: Fleet, unit: Trusted
) -> None:
    """Whoever has the keys role may sign 2**62; a new root that replaces the role forgets the number with the set."""
    unit = unit.after_keyset(signed(replace(FIRST_SET, version=2**62), 11, 12))
    assert refused(lambda: unit.after_keyset(signed(replace(FIRST_SET, version=5), 11, 12))) == "keyset-version"
    fleet.publish_root(1, 2, keys=role(14, 15, 16))
    fleet.publish_set(14, 15)
    assert catch_up(unit, fleet.shelf()).trusted.keyset_version == 2


def test_fast_forward_attack_a_root_cannot_skip(unit: Trusted) -> None:
    assert refused(lambda: unit.after_root(signed(replace(FIRST_ROOT, version=2**62), 1, 2))) == "root-version"


def test_indefinite_freeze_attack_what_is_withheld_shows_by_its_expiry(unit: Trusted) -> None:
    """Receipts name the newest versions too, so a unit that receives any knows at once."""
    late = standing(unit, FIRST_SET.expires_ms)
    assert late.stale
    assert late.seal_to == seal_public(1)
    assert not standing(unit, FIRST_SET.expires_ms - 1).stale


def test_endless_data_attack_a_document_is_read_only_up_to_its_limit(unit: Trusted) -> None:
    assert refused(lambda: unit.after_root(bytes(2**20))) == "document-size"
    assert Shelf.of([bytes(2**20)]) == Shelf.of([])


def test_endless_data_attack_an_endless_chain_of_roots_is_followed_only_so_far_at_a_time() -> None:
    everything = dict.fromkeys(range(2, 10000), (b"garbage",))
    fleet = Fleet()
    progress = catch_up(Trusted.from_first_root(fleet.first_root), Shelf(everything))
    assert progress.roots == ()
    assert len(progress.refused) == 1


def test_extraneous_dependencies_attack_no_document_brings_another_unit_s_or_fleet_s_keys(unit: Trusted) -> None:
    elsewhere = Fleet(root=replace(FIRST_ROOT, root=role(21, 22, 23), keys=role(31, 32, 33)))
    assert refused(lambda: unit.after_root(elsewhere.publish_root(21, 22))) == "document-threshold"
    assert refused(lambda: unit.after_keyset(elsewhere.publish_set(31, 32))) == "document-threshold"


def test_mix_and_match_attack_a_new_set_does_not_count_under_the_old_root(fleet: Fleet, unit: Trusted) -> None:
    fleet.publish_root(1, 2, keys=role(14, 15, 16))
    new_set = fleet.publish_set(14, 15)
    assert refused(lambda: unit.after_keyset(new_set)) == "document-threshold"


def test_mix_and_match_attack_an_old_set_does_not_count_under_the_new_root(fleet: Fleet, unit: Trusted) -> None:
    old_role = signed(replace(FIRST_SET, version=9), 11, 12)
    second = unit.after_root(fleet.publish_root(1, 2, keys=role(14, 15, 16)))
    assert refused(lambda: second.after_keyset(old_role)) == "document-threshold"


def test_wrong_document_attack_a_root_is_no_key_set_and_a_key_set_no_root(fleet: Fleet, unit: Trusted) -> None:
    assert refused(lambda: unit.after_keyset(fleet.first_root)) == "document-kind"
    assert refused(lambda: unit.after_root(fleet.documents[1])) == "document-kind"


def test_wrong_threshold_attack_one_holder_is_not_enough_however_often_he_signs(unit: Trusted) -> None:
    second_root, second_set = replace(FIRST_ROOT, version=2), replace(FIRST_SET, version=2)
    assert refused(lambda: unit.after_root(signed(second_root, 1, 1, 1))) == "document-threshold"
    assert refused(lambda: unit.after_keyset(signed(second_set, 11, 11))) == "document-threshold"


def test_wrong_threshold_attack_a_root_with_a_lower_threshold_needs_the_old_one(unit: Trusted) -> None:
    weak = replace(FIRST_ROOT, version=2, root=role(1, threshold=1))
    assert refused(lambda: unit.after_root(signed(weak, 1))) == "document-threshold"


def test_wrong_mirror_attack_many_bad_documents_do_not_hide_the_good_one(fleet: Fleet, unit: Trusted) -> None:
    good = fleet.publish_root(1, 2)
    forged = [signed(replace(FIRST_ROOT, version=2), number, number + 1) for number in range(40, 50)]
    progress = catch_up(unit, Shelf.of([*forged, good, *forged]))
    assert progress.trusted.root.version == 2
    assert progress.refused == ("document-threshold",) * 10


# ---- keys in the wrong hands, role by role ----


def test_one_root_key_stolen_signs_nothing_and_is_replaced_by_the_others(fleet: Fleet, unit: Trusted) -> None:
    by_thief = signed(replace(FIRST_ROOT, version=2, root=role(66, 67, 68)), 3, 66, 67)
    assert refused(lambda: unit.after_root(by_thief)) == "document-threshold"
    second = unit.after_root(fleet.publish_root(1, 2, 4, root=role(1, 2, 4)))
    assert refused(lambda: second.after_root(signed(replace(fleet.root, version=3), 1, 3))) == "document-threshold"


def test_the_root_role_stolen_is_the_end_and_only_the_pin_tells(fleet: Fleet) -> None:
    """Two root keys can do everything: that is what a threshold means. A new unit is bound to the root of its image."""
    stolen = signed(replace(FIRST_ROOT, keys=role(66, 67, 68)), 1, 2)
    pin = root_pin(fleet.first_root)
    with pytest.raises(TrustError, match="not the root that this unit was provisioned with"):
        Trusted.from_first_root(stolen, pin=pin)
    assert Trusted.from_first_root(signed(FIRST_ROOT, 2, 3), pin=pin).root == FIRST_ROOT


def test_one_keys_holder_stolen_signs_nothing(unit: Trusted) -> None:
    forged = replace(FIRST_SET, version=2, seal=(SealEntry(THIEF, 0, None, "active"),))
    assert refused(lambda: unit.after_keyset(signed(forged, 13, 66))) == "document-threshold"


def test_the_keys_role_stolen_its_keys_are_dropped_with_the_new_root_before_any_new_set(
    fleet: Fleet, unit: Trusted
) -> None:
    """The thief's seal key is not sealed to for one packet more, nor are his receipts and orders believed."""
    order = OrderEntry(b"o" * 32, ("wipe",))
    stolen = replace(FIRST_SET, version=2, seal=(SealEntry(THIEF, 0, None, "active"),), orders=(order,))
    unit = unit.after_keyset(signed(stolen, 11, 12))
    assert standing(unit, START_MS).seal_to == THIEF
    saved = standing(unit.after_root(fleet.publish_root(1, 2, keys=role(14, 15, 16))), START_MS)
    assert saved.seal_to == FIRST_ROOT.fallback_seal
    assert saved.fallback
    assert not saved.receipts
    assert not saved.orders
    assert suite.key_id(THIEF) not in saved.safe_recipients


def test_the_keys_role_partly_replaced_a_set_that_the_new_one_would_have_signed_stays(
    fleet: Fleet, unit: Trusted
) -> None:
    second = unit.after_root(fleet.publish_root(1, 2, keys=role(11, 12, 14)))
    assert second.keyset == FIRST_SET


def test_a_seal_key_stolen_and_revoked_is_not_sealed_to_and_not_left_on_packets(fleet: Fleet, unit: Trusted) -> None:
    seal = (SealEntry(seal_public(1), 0, None, "revoked"), SealEntry(seal_public(2), START_MS, None, "active"))
    after = standing(unit.after_keyset(fleet.publish_set(11, 12, seal=seal)), START_MS)
    assert after.seal_to == seal_public(2)
    assert suite.key_id(seal_public(1)) not in after.safe_recipients


def test_a_receipt_key_stolen_is_out_with_the_next_set(fleet: Fleet, unit: Trusted) -> None:
    after = standing(unit.after_keyset(fleet.publish_set(11, 12, receipt=(b"n" * 32,))), START_MS)
    assert after.receipts == (b"n" * 32,)


def test_an_order_key_stolen_is_out_with_the_next_set(fleet: Fleet, unit: Trusted) -> None:
    with_key = unit.after_keyset(fleet.publish_set(11, 12, orders=(OrderEntry(b"o" * 32, ("wipe",)),)))
    assert len(standing(with_key, START_MS).orders) == 1
    assert standing(with_key.after_keyset(fleet.publish_set(11, 12, orders=())), START_MS).orders == ()


def test_the_broker_stolen_can_withhold_and_nothing_else(fleet: Fleet, unit: Trusted) -> None:
    fleet.publish_set(11, 12)
    fleet.publish_root(1, 2)
    for withheld in range(len(fleet.documents)):
        shelf = Shelf.of(data for number, data in enumerate(fleet.documents) if number != withheld)
        after = catch_up(unit, shelf).trusted
        assert after.root.version <= 2
        assert after.keyset_version >= unit.keyset_version
    assert standing(unit, START_MS + 400 * DAY_MS).stale
