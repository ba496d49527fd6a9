"""What a Kirpik is made of is written down, and is what is pinned."""

import json
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

LISTS = Path(__file__).parents[2] / "requirements"
LOCK = (LISTS / "run.txt").read_text(encoding="utf-8")
PINNED = set(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK, re.MULTILINE))
BOM = json.loads((LISTS / "sbom.cdx.json").read_text(encoding="utf-8"))


def test_the_bill_of_materials_names_every_pinned_package_and_no_other() -> None:
    assert {(part["name"], part["version"]) for part in BOM["components"]} == PINNED, "run requirements/sbom anew"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_is_what_the_standard_calls_a_bill_of_materials() -> None:
    standard = JsonStrictValidator(SchemaVersion.V1_6)
    few = [{**part, "externalReferences": part["externalReferences"][:3]} for part in BOM["components"]]
    assert standard.validate_str(json.dumps({**BOM, "components": few})) is None  # files of a package are all alike
    assert standard.validate_str(json.dumps({**BOM, "components": [{"name": "without a type"}]})) is not None


def test_it_has_the_hash_of_every_file_that_may_be_installed() -> None:
    told = {
        each["content"] for part in BOM["components"] for file in part["externalReferences"] for each in file["hashes"]
    }
    assert told == set(re.findall(r"sha256:([0-9a-f]{64})", LOCK))


def test_every_package_says_its_licence_and_none_would_bind_kirpik() -> None:
    licences = {part["name"]: part["licenses"][0]["license"]["name"] for part in BOM["components"]}
    assert not [name for name, told in licences.items() if told == "unknown"]
    assert not [
        name for name, told in licences.items() if re.search(r"(?<!L)GPL(?!.* OR )", told) and "EPL" not in told
    ]
    table = (LISTS / "LICENCES.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in table for name, _ in PINNED)
