"""What documents allow, as a table of named cases: keys, the moment, and what is then to be done."""

from dataclasses import replace

import pytest

from kirpik.trust.clock import Proof, not_before
from kirpik.trust.standing import GRACE_MS, active_seal, standing
from kirpik.trust.trusted import Trusted
from kirpik.wire.documents import SealEntry
from tests.unit.trust.fleet import DAY_MS, FIRST_ROOT, FIRST_SET, START_MS, seal_public

A, B, C = (seal_public(number) for number in (1, 2, 3))
T = START_MS + 14 * DAY_MS
FALLBACK = FIRST_ROOT.fallback_seal

SEALING: dict[str, tuple[tuple[SealEntry, ...], int, bytes | None]] = {
    "no key at all in use: the fallback": ((SealEntry(A, 0, None, "opening"),), START_MS, FALLBACK),
    "the only key is revoked: the fallback": ((SealEntry(A, 0, None, "revoked"),), START_MS, FALLBACK),
    "the only key has not begun: the fallback": ((SealEntry(A, T, None, "active"),), T - 1, FALLBACK),
    "one key": ((SealEntry(A, 0, None, "active"),), START_MS, A),
    "the next one is shipped and has not begun": (
        (SealEntry(A, 0, None, "active"), SealEntry(B, T, None, "active")), T - 1, A),
    "the next one begins": ((SealEntry(A, 0, None, "active"), SealEntry(B, T, None, "active")), T, B),
    "in any order": ((SealEntry(B, T, None, "active"), SealEntry(A, 0, None, "active")), T, B),
    "the old one only opens": ((SealEntry(A, 0, None, "opening"), SealEntry(B, T, None, "active")), T, B),
    "the new one is revoked: back to the old": (
        (SealEntry(A, 0, None, "active"), SealEntry(B, T, None, "revoked")), T, A),
    "the newest has ended, an older one has not": (
        (SealEntry(A, 0, None, "active"), SealEntry(B, T, T + 5, "active")), T + 5, A),
    "all have ended: the newest, rather than none": (
        (SealEntry(A, 0, T, "active"), SealEntry(B, 1, T, "active")), T + DAY_MS, B),
}  # fmt: skip


@pytest.mark.parametrize("case", SEALING)
def test_sealed_to(case: str) -> None:
    seal, now_ms, expected = SEALING[case]
    assert standing(Trusted(FIRST_ROOT, replace(FIRST_SET, seal=seal)), now_ms).seal_to == expected


def test_two_rotations_that_were_shipped_at_once_begin_one_after_the_other() -> None:
    seal = tuple(SealEntry(key, begin, None, "active") for key, begin in ((A, 0), (B, T), (C, T + 1)))
    keyset = replace(FIRST_SET, seal=seal)
    chosen = [entry.public if (entry := active_seal(keyset, now)) else None for now in (T - 1, T, T + 1)]
    assert chosen == [A, B, C]


def test_expiry_never_bricks_it_alarms_then_stops_to_accuse() -> None:
    trusted, end = Trusted(FIRST_ROOT, FIRST_SET), FIRST_SET.expires_ms
    told = [standing(trusted, now) for now in (end - 1, end, end + GRACE_MS - 1, end + GRACE_MS)]
    assert [now.stale for now in told] == [False, True, True, True]
    assert [now.may_accuse for now in told] == [True, True, True, False]
    assert all(now.receipts == FIRST_SET.receipt for now in told)


def test_without_a_key_that_anybody_could_open_nobody_is_accused() -> None:
    nothing = standing(Trusted(replace(FIRST_ROOT, fallback_seal=None), None), START_MS)
    assert nothing.seal_to is None
    assert not nothing.may_accuse
    assert nothing.safe_recipients == frozenset()


CLOCKS: dict[str, tuple[int, int, int]] = {
    "never set, it says 1970: the documents' date": (0, 0, START_MS),
    "never set, a receipt is newer": (0, START_MS + 5, START_MS + 5),
    "right": (START_MS + 9, START_MS + 5, START_MS + 9),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_the_clock(case: str) -> None:
    now_ms, floor_ms, expected = CLOCKS[case]
    assert not_before(Trusted(FIRST_ROOT, FIRST_SET), now_ms, floor_ms=floor_ms) == expected


def test_a_clock_is_proven_for_one_boot_and_only_when_it_was_near() -> None:
    assert Proof("boot", START_MS, START_MS + DAY_MS).holds("boot")
    assert not Proof("boot", START_MS, START_MS).holds("next boot")
    assert not Proof("boot", START_MS, 0).holds("boot")
    assert not Proof("boot", START_MS, START_MS + DAY_MS + 1).holds("boot")
