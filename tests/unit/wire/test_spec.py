"""What docs/wire/SPEC.md says is what the code does."""

import re
from pathlib import Path

from kirpik.wire import checkpoint, receipt, record, suite, terms
from kirpik.wire.documents import STATES, VERBS
from kirpik.wire.packet import OVERHEAD_BYTES, REWRAPPED_SIZES, SIZES

ROOT = Path(__file__).parents[3]
SPEC = (ROOT / "docs/wire/SPEC.md").read_text(encoding="utf-8")
CDDL = (ROOT / "docs/wire/kpk1.cddl").read_text(encoding="utf-8")


def test_every_refusal_has_its_name_in_the_spec_and_the_other_way_round() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "daemon/kirpik").rglob("*.py"))
    raised = {name for call in re.findall(r"WireError\(([^,)]*)", code) for name in re.findall(r'"([a-z0-9-]+)"', call)}
    told = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", SPEC[SPEC.index("## 9.") : SPEC.index("## 10.")]))
    assert raised == told


def test_every_field_of_the_record_stands_in_its_table_with_its_key() -> None:
    table = SPEC[SPEC.index("## 4. Record") : SPEC.index("### 4.1")]
    rows = {int(key): name for key, name in re.findall(r"^\| (\d+) \| (\w+) \|", table, re.MULTILINE)}
    ours = {key: name for key, (name, _) in record.ALLOWED.items() if not name.endswith("_sha256")} | {0: "version"}
    assert rows == ours
    assert "| 26–29 | models, software, configuration, calibration |" in table


def test_the_closed_lists_are_the_same_in_spec_grammar_and_code() -> None:
    for words in (terms.KINDS, record.PHASES, record.CLOCK_SOURCES, receipt.REASONS, checkpoint.REASONS):
        assert " ".join(words) in SPEC
        assert " / ".join(f'"{word}"' for word in words) in CDDL
    for words in (STATES, VERBS):
        assert " / ".join(f'"{word}"' for word in words) in CDDL


def test_numbers_of_the_packet_are_the_same() -> None:
    assert f"{OVERHEAD_BYTES:,} bytes" in SPEC
    assert all(str(size) in SPEC for size in SIZES + REWRAPPED_SIZES)
    assert " ".join(f"{number:04x}" for number in suite.SUITE_IDS) in SPEC
