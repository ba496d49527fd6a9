"""What the accused gets: his case, the evidence that holds, and nothing where number or plate is wrong."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from kirpik_central.export import Exporter
from tests.system.desk.hands import Keyboard, come_in
from tests.system.desk.sites import Desk
from tests.unit.provisioning.evidence import record


@pytest.fixture(scope="module", autouse=True)
def _forgiven(desk: Desk) -> None:
    """Other tests of this folder have asked as well."""
    desk.forgive()


def test_the_accused_takes_the_evidence_with_him_and_it_holds(
    context: BrowserContext, desk: Desk, tmp_path: Path
) -> None:
    page = come_in(context, desk, "Evidence")
    (leaf,) = desk.stage.receive(replace(record("speeding"), moment_utc_ns=1_790_000_000_000_000_000))
    page.goto(f"{desk.origin}/queue?after={leaf - 1}")
    page.click("tbody button")
    keys = Keyboard(page)
    keys.press("c")
    page.goto(f"{desk.origin}/sign")
    keys.press("Enter")
    desk.stage.checkpoint()
    desk.central("export", "--evidence", str(desk.stage.folder / "evidence"))
    file = desk.stage.store.read(lambda c: desk.stage.archive.load(c, leaf))
    assert file is not None
    assert file.opened is not None
    page.goto(desk.public)
    page.fill("[name=number]", file.number)
    page.fill("[name=plate]", "123 авс 01")
    page.click("button.main")
    with page.expect_download() as waited:
        page.click("form[action='/case/evidence'] button")
    path = tmp_path / waited.value.suggested_filename
    waited.value.save_as(path)
    root = desk.stage.home / "root.cbor"
    kirpik = [sys.executable, "-m", "kirpik_provisioning.cli", "verify", str(path), "--root", str(root), "--json"]
    verified = subprocess.run(kirpik, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_wrong_plate_or_number_tells_nothing(context: BrowserContext, desk: Desk) -> None:
    file = desk.stage.store.read(lambda c: desk.stage.archive.load(c, 0))
    assert file is not None
    assert file.opened is not None
    page = context.new_page()
    for number, plate in ((file.number, "999ZZZ99"), ("0-AAAA-AAAA", file.opened.plate), ("0", file.opened.plate)):
        page.goto(desk.public)
        page.fill("[name=number]", number)
        page.fill("[name=plate]", plate)
        page.click("button.main")
        assert "нет" in page.inner_text("[role=alert]")


def test_exports_hold_what_was_signed_and_no_more(desk: Desk) -> None:
    lines: list[bytes] = []
    Exporter(desk.stage.store, desk.stage.units).export(lines.append)
    accused = sum('"act": "confirmed"' in act or '"act": "warned"' in act for act in desk.central("audit").splitlines())
    assert len(lines) == accused
