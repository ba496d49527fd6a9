"""A line of replay has the fields of the contract, and a field more only where a site asks for more."""

import json
from dataclasses import replace

from kirpik.service.events import violation_line
from tests.unit.eyes import violation


def told(**changes: object) -> dict[str, object]:
    line = violation_line(replace(violation(), **changes))  # type: ignore[arg-type]  # fields of a violation
    return dict(json.loads(line)["violation"])


def test_a_charge_has_the_fields_of_the_contract_and_a_warning_says_that_it_is_one() -> None:
    assert "outcome" not in told()
    assert told(outcome="warning") == told() | {"outcome": "warning"}
