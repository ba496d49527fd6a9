"""docs/wire/kpk1.cddl judges every vector as the code does, as far as a grammar can."""

import re
from pathlib import Path

import pytest

from kirpik.wire import cbor, packet
from tests.unit.wire.test_vectors import KEYS, PUBLIC, load, raw
from tests.wire_vectors import Vector

pycddl = pytest.importorskip("pycddl", reason="pycddl has no wheel for this machine")

WHOLE = (Path(__file__).parents[3] / "docs/wire/kpk1.cddl").read_text(encoding="utf-8")
TEXT = re.sub(r"bstr \.cbor \w+", "bstr", re.sub(r"-\d+\.\.\d+", "int", WHOLE))
"""What pycddl's engine understands: no range below zero, no CBOR within a byte string of an array."""
BEYOND_GRAMMAR = ("track", "cbor", "record-cover", "receipt-signature", "receipt-size", "receipt-chain", "receipt-unit")
"""Refusals for what a grammar cannot say: signatures, the bytes of the track, the one form of a value."""
SAID_IN_PROSE = {"plate in lower case", "terms of another kind", "an offset beyond any zone"}
"""And a range that begins below zero, whose end pycddl does not look at."""


def schema(rule: str) -> object:
    """The grammar with another rule as its root, which is the first."""
    return pycddl.Schema(f"start = {rule}\n{TEXT}")


def accepts(grammar: object, data: bytes) -> bool:
    try:
        grammar.validate_cbor(data)  # type: ignore[attr-defined]  # pycddl has no types
    except (pycddl.ValidationError, OSError, ValueError):
        return False
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # its engine gives up on some choices that do not fit
            raise
        return False
    return True


RECORDS = [v for v in load("record") if not str(v.get("refused", "")).startswith(BEYOND_GRAMMAR)]


@pytest.mark.parametrize("vector", RECORDS, ids=lambda v: str(v["name"]))
def test_records(vector: Vector) -> None:
    if vector["name"] not in SAID_IN_PROSE:
        rule = "cover" if str(vector["name"]).startswith("cover") else "record"
        assert accepts(schema(rule), raw(vector)) == ("refused" not in vector)


RECEIPTS = [v for v in load("receipt") if not str(v.get("refused", "")).startswith(BEYOND_GRAMMAR)]


@pytest.mark.parametrize("vector", RECEIPTS, ids=lambda v: str(v["name"]))
def test_receipts(vector: Vector) -> None:
    assert accepts(schema("receipt"), raw(vector)[:-64]) == ("refused" not in vector)


@pytest.mark.parametrize("name", ["first root", "next root", "key set"])
def test_documents(name: str) -> None:
    (vector,) = [v for v in load("documents") if v["name"] == name]
    what = "set" if vector["what"] == "set" else "root"
    assert accepts(schema(f"{what}-document"), raw(vector))
    wrapper = cbor.decode(raw(vector))
    assert isinstance(wrapper, list)
    assert isinstance(wrapper[1], bytes)
    assert accepts(schema("keyset" if what == "set" else "root"), wrapper[1])


KINDS = [v for v in load("kinds") if not re.match("packet|rewrap|keychange", str(v.get("refused", "")))]
OTHERS = [v for v in KINDS if v.get("holds") != "record"]


@pytest.mark.parametrize("vector", OTHERS, ids=lambda v: str(v["name"]))
def test_payloads_of_other_kinds(vector: Vector) -> None:
    header = packet.parse_header(raw(vector))
    payload = packet.open_packet(raw(vector), PUBLIC, KEYS[header.recipient]).payload
    rule = "key-change" if header.kind == packet.KIND_KEY_CHANGE else "checkpoint"
    assert accepts(schema(rule), payload) == ("refused" not in vector)
