"""The documents keep their word: what they link to exists, and a test that they name as a proof is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
PROOF = re.compile(r"`…/(\S+\.py)::(test_\w+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_named_proof_is_a_test_that_exists() -> None:
    proofs = PROOF.findall((ROOT / "docs/PRIVACY.md").read_text(encoding="utf-8"))
    assert proofs
    for path, name in proofs:
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert f"def {name}(" in text, f"{path}::{name}"
