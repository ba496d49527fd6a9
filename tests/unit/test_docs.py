"""The documents keep their word: what they link to exists, and a test that they name as a proof is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
PROOF = re.compile(r"`…/(\S+\.py)::(test_\w+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


@pytest.mark.parametrize("document", ["docs/PRIVACY.md", "SECURITY.md"])
def test_every_named_proof_is_a_test_that_exists(document: str) -> None:
    proofs = PROOF.findall((ROOT / document).read_text(encoding="utf-8"))
    assert proofs
    for path, name in proofs:
        assert is_test(path, name), f"{path}::{name}"
    assert not is_test(proofs[0][0], "test_that_nobody_wrote")


def is_test(path: str, name: str) -> bool:
    file = ROOT / "tests" / path
    return file.exists() and re.search(rf"^(def {name}\(|{name} = )", file.read_text("utf-8"), re.MULTILINE) is not None


def test_whatever_is_said_to_hold_against_an_attacker_is_held_by_a_test() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    chapters = dict(re.findall(r"^### (.+?)\n(.+?)(?=^##)", text, re.MULTILINE | re.DOTALL))
    assert chapters.keys() >= ATTACKERS
    for attacker, chapter in chapters.items():
        lines = re.findall(r"^\| (?!what holds|---)(.+?) \| (.*) \|$", chapter, re.MULTILINE)
        assert lines, attacker
        assert [line for line, tests in lines if not PROOF.search(tests)] == [], attacker
        assert "**What does not.** " in chapter, attacker


ATTACKERS = {
    "Thief of a card", "Observer of the network", "Operator of the broker", "Rogue link process", "Rogue operator",
    "Rogue officer", "Compromised central", "Forged sign, or signal",
}  # fmt: skip
"""Those that the threat model must not lose."""
