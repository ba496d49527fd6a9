import random

import pytest

from kirpik.trust.catch_up import Shelf, catch_up
from kirpik.trust.trusted import Trusted
from tests.unit.trust.fleet import Fleet, role


def turned(rotations: int) -> Fleet:
    """A fleet in which every key of both roles was replaced at every rotation."""
    fleet = Fleet()
    holders: tuple[int, ...] = (1, 2, 3)
    for number in range(rotations):
        new = tuple(100 + 10 * number + n for n in range(3))
        keys = tuple(500 + 10 * number + n for n in range(3))
        fleet.publish_root(*holders[:2], *new[:2], root=role(*new), keys=role(*keys))
        fleet.publish_set(*keys[:2])
        holders = new
    return fleet


@pytest.mark.parametrize("rotations", [0, 1, 12, 13])
def test_a_unit_that_slept_catches_up_from_whatever_order_the_documents_lie_in(rotations: int) -> None:
    fleet = turned(rotations)
    documents = fleet.documents[:]
    random.Random(rotations).shuffle(documents)  # noqa: S311  repeatable
    progress = catch_up(Trusted.from_first_root(fleet.first_root), Shelf.of(documents))
    assert progress.trusted.root == fleet.root
    assert progress.trusted.keyset == fleet.keyset
    assert [version for version, _ in progress.roots] == list(range(2, rotations + 2))


def test_a_missing_root_stops_it_where_it_is_missing_and_the_rest_is_for_later() -> None:
    fleet = turned(5)
    hole = fleet.documents[6]
    first = Trusted.from_first_root(fleet.first_root)
    halted = catch_up(first, Shelf.of(data for data in fleet.documents if data is not hole)).trusted
    assert halted.root.version == 3
    assert halted.keyset_version == 3
    assert catch_up(halted, fleet.shelf()).trusted.keyset == fleet.keyset


def test_nothing_new_changes_nothing() -> None:
    fleet = turned(2)
    there = catch_up(Trusted.from_first_root(fleet.first_root), fleet.shelf()).trusted
    again = catch_up(there, fleet.shelf())
    assert (again.trusted, again.roots, again.new_set, again.refused) == (there, (), None, ())


def test_refusals_are_told_by_name() -> None:
    fleet = Fleet()
    unit = catch_up(Trusted.from_first_root(fleet.first_root), fleet.shelf()).trusted
    fleet.publish_root(1, 66)
    fleet.publish_set(11)
    assert catch_up(unit, fleet.shelf()).refused == ("document-threshold", "document-threshold")
