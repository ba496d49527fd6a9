"""Which software is too old for what a key set asks, and what a unit that is too old still does."""

from dataclasses import replace

import pytest

from kirpik.errors import WireError
from kirpik.trust.software import is_older
from kirpik.trust.standing import standing
from kirpik.trust.trusted import Trusted
from kirpik.wire.documents import decode_keyset, encode_body
from tests.unit.trust.fleet import FIRST_ROOT, FIRST_SET, START_MS

OLDER = {
    ("0.1.0", ""): False, ("0.1.0", "0.1"): False, ("0.1", "0.1.0"): False, ("0.1.0", "0.1.1"): True,
    ("0.9.0", "0.10"): True, ("0.10.0", "0.9"): False, ("1.0", "0.99.9"): False, ("1.2rc1", "1.2"): False,
    ("", "0.1"): True,
}  # fmt: skip


@pytest.mark.parametrize(("version", "minimum"), OLDER)
def test_older(version: str, minimum: str) -> None:
    assert is_older(version, minimum) is OLDER[version, minimum]


def test_a_unit_that_is_too_old_accuses_nobody_and_goes_on_listening() -> None:
    keyset = replace(FIRST_SET, minimum_software="0.2")
    old, new = (standing(Trusted(FIRST_ROOT, keyset), START_MS, software=software) for software in ("0.1.9", "0.2"))
    assert (old.too_old, old.may_accuse) == (True, False)
    assert (new.too_old, new.may_accuse) == (False, True)
    assert (old.receipts, old.orders, old.seal_to) == (new.receipts, new.orders, new.seal_to)


@pytest.mark.parametrize("minimum", ["newest", "1.", ".1", "1..2", "1.2.3.4.5", "1234567", "١"])
def test_a_minimum_that_is_no_version_is_not_signed(minimum: str) -> None:
    with pytest.raises(WireError, match="minimum_software"):
        encode_body(replace(FIRST_SET, minimum_software=minimum))


@pytest.mark.parametrize("minimum", ["", "0", "1.2", "0.10.3", "1.2.3.4"])
def test_a_minimum_that_is_one_is_read_as_it_was_written(minimum: str) -> None:
    assert decode_keyset(encode_body(replace(FIRST_SET, minimum_software=minimum))).minimum_software == minimum
