"""The officers' desk and the citizens' page as they are run, in a real Chromium with a real (virtual) authenticator."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from kirpik_central.accounts.command import manage
from kirpik_central.accounts.people import Role
from kirpik_central.export import Exporter
from tests.desk import Stage, road
from tests.system.browser import find_chromium
from tests.system.ground import Daemon, free_port, listens, wait_until
from tests.unit.provisioning.evidence import record

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium here: sudo apt-get install chromium")

CASES = 60
PASSWORD = "long steppe under a wide sky"  # noqa: S105  of a test
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
COMPLAINTS: dict[Page, list[str]] = {}
"""Of the browser, about our own scripts and styles."""
SETTLED_MS = 450
"""Keys are not taken in a page's first moments."""


@dataclass
class Desk:
    stage: Stage
    origin: str
    public: str

    def central(self, *words: str) -> str:
        config = str(self.stage.fleet.central_config)
        command = [sys.executable, "-m", "kirpik_central.cli", words[0], "--config", config, *words[1:]]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def invite(self, name: str, role: Role = "officer") -> str:
        """As `kirpik-central user add` prints it."""
        return manage(self.stage.store, self.origin, "add", name, role)[0]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    ports = free_port(), free_port()
    origin, public = (f"http://localhost:{port}" for port in ports)
    stage = Stage(folder, origin=origin)
    stage.receive(*road(CASES))
    stage.checkpoint()
    config = stage.fleet.central_config
    config.write_text(
        config.read_text()
        + f'\n[web]\norigin = "{origin}"\nport = {ports[0]}\n'
        + '[desk]\ncontrol_percent = 0\nbatch = 3\nsign_with = "any"\n'
        + f'[registry]\ncsv = "{folder}/owners.csv"\n'
        + f'[citizen]\nenabled = true\norigin = "{public}"\nport = {ports[1]}\nevidence = "{folder}/evidence"\n'
    )
    daemons = [
        Daemon([sys.executable, "-m", "kirpik_central.cli", name, "--config", str(config)], folder / f"{name}.log")
        for name in ("web", "citizen")
    ]
    try:
        for daemon in daemons:
            daemon.start()
        for port in ports:
            wait_until(lambda port=port: listens(port), timeout_s=120, what="the site listens")
        yield Desk(stage, origin, public)
        assert [daemon.end(60) for daemon in daemons] == [0, 0]
    finally:
        for daemon in daemons:
            daemon.kill()
        stage.engine.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="ru-RU", viewport={"width": 1440, "height": 900})
    yield context
    assert [said for page in context.pages for said in COMPLAINTS.get(page, [])] == []
    context.close()


def with_passkey(context: BrowserContext) -> Page:
    """A page whose browser has an authenticator, and which takes no complaint of the browser lightly."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    complaints = COMPLAINTS.setdefault(page, [])
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
    return page


def come_in(context: BrowserContext, desk: Desk, name: str, role: Role = "officer") -> Page:
    page = with_passkey(context)
    page.goto(desk.invite(name, role))
    page.click("[data-go]")
    page.wait_for_url(f"{desk.origin}/")
    return page


class Keyboard:
    """Presses keys as an officer does, and counts them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed = 0

    def press(self, *keys: str) -> str:
        """The address afterwards."""
        before = self._page.url
        for number, key in enumerate(keys):
            self._page.wait_for_timeout(SETTLED_MS if number == 0 else 50)
            self._page.keyboard.press(key)
            self.pressed += 1
        self._page.wait_for_url(lambda url: url != before)
        self._page.wait_for_load_state()
        return self._page.url


def test_an_officer_decides_by_keyboard_in_at_most_two_strokes_and_signs_by_touch(
    context: BrowserContext, desk: Desk
) -> None:
    page = with_passkey(context)
    page.goto(desk.central("user", "add", "Keyboard A", "--role", "officer").splitlines()[0])
    page.click("[data-go]")
    page.wait_for_url(f"{desk.origin}/")
    keys = Keyboard(page)
    assert "/case/" in keys.press("n")
    strokes: list[int] = []
    for decision in (("c",), ("r", "1"), ("w",)):
        before = keys.pressed
        where = keys.press(*decision)
        strokes.append(keys.pressed - before)
    assert max(strokes) <= 2
    assert where.endswith("/sign")
    assert keys.press("Enter") == f"{desk.origin}/"
    acts = desk.central("audit").splitlines()
    for verdict in ("confirmed", "rejected", "warned"):
        assert any(f'"act": "{verdict}"' in act and "Keyboard A" in act for act in acts)
    assert "whole" in desk.central("audit", "--check")
    page.click("text=Выйти")
    page.click("[data-go]")
    page.wait_for_url(f"{desk.origin}/")


def test_a_decision_is_taken_back_with_one_key(context: BrowserContext, desk: Desk) -> None:
    page = come_in(context, desk, "Undo")
    keys = Keyboard(page)
    first = keys.press("n")
    keys.press("c")
    assert keys.press("u") == first


def test_keys_work_on_a_keyboard_that_is_set_to_russian(context: BrowserContext, desk: Desk) -> None:
    page = come_in(context, desk, "Cyrillic")
    page.wait_for_timeout(SETTLED_MS)
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'т', code: 'KeyN', bubbles: true}))")
    page.wait_for_url("**/case/*")


def test_one_key_pressed_twice_fast_decides_one_case(context: BrowserContext, desk: Desk) -> None:
    page = come_in(context, desk, "Hasty")
    Keyboard(page).press("n")
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press("c")
    page.keyboard.press("c")
    page.wait_for_load_state()
    page.wait_for_timeout(SETTLED_MS)
    page.goto(f"{desk.origin}/sign")
    assert page.locator("tbody tr").count() == 1


def test_sliders_change_the_view_and_nothing_else(context: BrowserContext, desk: Desk) -> None:
    page = come_in(context, desk, "Sliders")
    Keyboard(page).press("n")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    source = page.get_attribute("#crop", "src")
    page.locator("[data-filter=brightness]").fill("250")
    page.locator("[data-filter=invert]").check()
    assert "brightness(2.5)" in page.evaluate("getComputedStyle(document.getElementById('crop')).filter")
    assert page.get_attribute("#crop", "src") == source
    page.click("[data-reset]")
    assert "brightness(1) " in page.evaluate("getComputedStyle(document.getElementById('crop')).filter")
    assert asked == []


def test_all_of_it_works_without_script(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(java_script_enabled=False, locale="kk-KZ")
    page = context.new_page()
    page.goto(desk.invite("No Script"))
    page.click("summary")
    secret = pyotp.TOTP("".join(page.inner_text("code").split()))
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.fill("[name=code]", secret.now())
    page.click("form[action$=password] button")
    assert page.url == f"{desk.origin}/"
    page.click("button.main")
    page.click("button[value=confirm]")
    page.click("summary.button")
    page.click("button[value=technical]")
    page.click("button[value=refer]")
    assert page.url.endswith("/sign")
    page.fill("[name=code]", secret.at(int(time.time()) + 30))
    page.click("form[action='/sign/code'] button")
    assert page.url == f"{desk.origin}/"
    said = [line for line in desk.central("audit").splitlines() if "No Script" in line]
    assert (
        sum(any(f'"act": "{verdict}"' in line for verdict in ("confirmed", "rejected", "referred")) for line in said)
        == 3
    )
    context.close()


def audit(page: Page, name: str) -> None:
    """No violation that axe-core knows; in the dark only colours can differ."""
    schemes: tuple[tuple[Literal["light", "dark"], dict[str, list[str]] | None], ...] = (
        ("light", None),
        ("dark", {"runOnly": ["color-contrast"]}),
    )
    for scheme, options in schemes:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=options)
        assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"


@pytest.mark.timeout(900)
def test_every_page_passes_axe_in_the_light_and_in_the_dark(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(locale="ru-RU", viewport={"width": 1440, "height": 900})
    page = with_passkey(context)
    page.goto(desk.invite("Axe", "supervisor"))
    page.click("summary")
    audit(page, "enrol")
    page.click("[data-go]")
    page.wait_for_url(f"{desk.origin}/")
    audit(page, "queue")
    Keyboard(page).press("n")
    audit(page, "case")
    page.click("summary.button")
    audit(page, "reasons")
    number = page.url.rpartition("/")[2]
    page.keyboard.press("Escape")
    Keyboard(page).press("c")
    page.goto(f"{desk.origin}/sign")
    audit(page, "sign")
    Keyboard(page).press("Enter")
    for path in (
        f"/case/{number}",
        "/queue?state=done",
        "/me",
        "/team",
        "/audit",
        "/fleet/",
        "/recall",
        "/recall/" + "00" * 32,
        "/x",
    ):
        page.goto(desk.origin + path)
        audit(page, path)
    for path in ("/", "/figures"):
        page.goto(desk.public + path)
        audit(page, path)
    context.clear_cookies()
    page.goto(f"{desk.origin}/login")
    page.click("summary")
    audit(page, "login")
    assert COMPLAINTS[page] == []
    context.close()


@pytest.mark.parametrize("language", ["kk", "en"])
def test_the_case_and_the_queue_pass_axe_in_the_other_languages(
    context: BrowserContext, desk: Desk, language: str
) -> None:
    page = come_in(context, desk, f"Axe {language}")
    page.goto(f"{desk.origin}/language/{language}")
    audit(page, "queue")
    Keyboard(page).press("n")
    audit(page, "case")
    assert page.get_attribute("html", "lang") == language


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
