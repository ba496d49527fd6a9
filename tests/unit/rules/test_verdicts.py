"""Why doubts free: the same names in the rules and on the wire."""

from typing import get_args

from kirpik.rules import verdicts
from kirpik.wire import checkpoint


def test_the_rules_and_the_checkpoint_name_the_same_doubts_in_the_same_order() -> None:
    assert verdicts.DOUBTS == get_args(verdicts.Doubt) == checkpoint.DOUBTS
