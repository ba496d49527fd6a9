"""What a desk believes of results: the unit's own word on this very order, and the last one."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kirpik.errors import WireError
from kirpik.wire.order import Order, sign_order
from kirpik.wire.result import Result, sign_result
from kirpik.wire.signature import SigningKey
from kirpik_provisioning.orders.book import Entry, OrderFolder
from kirpik_provisioning.registry import Card, Known, Registry
from tests.unit.wire.samples import UNIT, UNIT_KEY

ANNA, STRANGER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))
ORDER = Order(verb="set-site", target=UNIT, counter=1, not_before_ms=0, expires_ms=2000, argument=b"[site]")


@pytest.fixture
def desk(tmp_path: Path) -> tuple[OrderFolder, Entry, Known]:
    known = Registry(tmp_path).put(UNIT_KEY.public, Card(label="one"))
    folder = OrderFolder(tmp_path)
    return folder, folder.keep(sign_order(ORDER, [ANNA])), known


def word(entry: Entry, outcome: str) -> Result:
    return Result(unit=UNIT, order=entry.signed.digest, outcome=outcome, utc_ms=1500)


SAID = {
    ("on-trial", "done"): "done",
    ("held", "on-trial", "rolled-back"): "rolled-back",
    ("on-trial", "done", "on-trial"): "done",
    ("rolled-back", "held"): "rolled-back",
    ("done", "refused"): "done",
    ("refused", "done"): "done",
    ("done", "done"): "done",
}


@pytest.mark.parametrize("said", SAID)
def test_an_old_word_that_somebody_repeats_changes_nothing(
    said: tuple[str, ...], desk: tuple[OrderFolder, Entry, Known]
) -> None:
    folder, entry, known = desk
    for outcome in said:
        with suppress(WireError):
            folder.take_result(entry, known, sign_result(word(entry, outcome), UNIT_KEY))
    assert folder.results(entry)[UNIT].outcome == SAID[said]


def test_anothers_word_or_a_word_on_another_order_is_not_believed(desk: tuple[OrderFolder, Entry, Known]) -> None:
    folder, entry, known = desk
    for data in (
        sign_result(word(entry, "done"), STRANGER),
        sign_result(replace(word(entry, "done"), order=b"o" * 32), UNIT_KEY),
        sign_result(replace(word(entry, "done"), unit=b"v" * 16), UNIT_KEY),
    ):
        with pytest.raises(WireError):
            folder.take_result(entry, known, data)
    assert folder.results(entry) == {}
