"""The evidence files that others are written against, judged by `kirpik verify` and by an independent reader."""

import json

import pytest

from kirpik.wire.keydocs import open_root
from kirpik_provisioning.verify.examine import examine
from kirpik_provisioning.verify.trust import Trusted
from tests.checker import evidence as checker
from tests.evidence_vectors import flipped, with_fields
from tests.unit.provisioning.spoiled import refusals
from tests.wire_vectors import FOLDER

VECTORS = json.loads((FOLDER / "evidence_file.json").read_text(encoding="utf-8"))
OF_NUMBERS = {"speed-differs", "uncertainty-differs", "second-differs", "rule-not-broken", "moment-differs"}
FILES = {vector["name"]: vector for vector in VECTORS if "hex" in vector}
EVERY = [pytest.param(vector, id=vector["name"]) for vector in VECTORS]


def told(vector: dict[str, object]) -> tuple[bytes, bytes]:
    """The file that a vector is, and the root document to hold it against."""
    whole = FILES[str(vector.get("of", vector["name"]))]
    data = bytes.fromhex(whole["hex"])
    altered = flipped(data, int(str(vector["at"]))) if "at" in vector else with_fields(data, vector)
    return altered, bytes.fromhex(whole["root"])


@pytest.mark.parametrize("vector", EVERY)
def test_the_vectors_hold_and_their_altered_ones_are_refused(vector: dict[str, object]) -> None:
    """Numbers are left out: a finer measure may come, and these files are of the one that made them."""
    data, root = told(vector)
    assert sorted(refusals(examine(data, Trusted(open_root(root)))) - OF_NUMBERS) == vector["refused"]


@pytest.mark.parametrize("vector", EVERY)
def test_an_independent_reader_judges_the_vectors_so(vector: dict[str, object]) -> None:
    assert checker.refusals(*told(vector)) == vector["refused"]
