"""Every page that there is, as each role sees it: for whoever looks at them, or holds them against a rule."""

from collections.abc import Iterator
from dataclasses import replace

from playwright.sync_api import Browser, BrowserContext, Page

from kirpik.wire.terms import KINDS
from kirpik_central.accounts.people import Role
from tests.system.desk.hands import COMPLAINTS, Keyboard, come_in, with_passkey
from tests.system.desk.sites import Desk
from tests.unit.provisioning.evidence import record

LOCALES = {"ru": "ru-RU", "kk": "kk-KZ", "en": "en-GB"}
NOW_NS = 1_795_363_200_000_000_000
Seen = tuple[str, Page]


def every_page(browser: Browser, desk: Desk, language: str) -> Iterator[Seen]:
    """Names, and the page as it then stands. Takes cases and decides on some."""
    context = browser.new_context(locale=LOCALES[language], viewport={"width": 1440, "height": 900})
    try:
        for walk in (_nobody, _officer, _lead, _auditor, _operator, _citizen):
            for name, page in walk(context, desk, language):
                assert page.get_attribute("html", "lang") == language, name
                yield name, page
            context.clear_cookies()
        assert [said for page in context.pages for said in COMPLAINTS.get(page, [])] == []
    finally:
        context.close()


def _nobody(context: BrowserContext, desk: Desk, language: str) -> Iterator[Seen]:
    page = with_passkey(context)
    page.goto(desk.invite(f"Nobody {language}", "supervisor"))
    page.click("summary")
    yield "enrol", page
    page.goto(f"{desk.origin}/login")
    page.click("summary")
    yield "login", page
    page.fill("[name=name]", "A")
    page.fill("[name=password]", "x")
    page.fill("[name=code]", "1")
    page.click("form[action$=password] button")
    yield "login-failed", page
    page.goto(f"{desk.origin}/x")
    yield "error", page


def _officer(context: BrowserContext, desk: Desk, language: str) -> Iterator[Seen]:
    page, keys = _arrive(context, desk, language, "officer")
    (leaf,) = desk.stage.receive(replace(record("speeding"), moment_utc_ns=NOW_NS))
    for name, path in (("queue", "/"), ("queue-filtered", "/queue?kind=speeding&doubtful=1"),
                       ("queue-empty", "/queue?state=second"), ("sign-empty", "/sign"), ("me-new", "/me"),
                       ("error-role", "/team"), ("error-not-held", "/case/0")):  # fmt: skip
        yield name, _at(page, desk, path)
    for kind in KINDS:
        page.goto(f"{desk.origin}/queue?kind={kind}")
        page.locator("tbody button").first.click()
        yield f"case-{kind}", page
        keys.press("Escape")
    page.goto(f"{desk.origin}/queue?after={leaf - 1}")
    page.locator("tbody button").first.click()
    page.click("summary.button")
    yield "case-reasons", page
    page.keyboard.press("Escape")
    keys.press("c")
    yield "case-next", page
    keys.press("r", "1")
    yield "case-drafted", _at(page, desk, f"/case/{leaf}")
    yield "sign", _at(page, desk, "/sign")
    keys.press("Enter")
    yield "case-signed", _at(page, desk, f"/case/{leaf}")
    page.click("[data-key=l]")
    yield "case-owner", page
    yield "me", _at(page, desk, "/me")


def _lead(context: BrowserContext, desk: Desk, language: str) -> Iterator[Seen]:
    page, keys = _arrive(context, desk, language, "supervisor")
    keys.press("n")
    for name, path in (("lead-queue", "/"), ("lead-done", "/queue?state=done"), ("lead-case", "/case/1"),
                       ("lead-team", "/team"), ("lead-audit", "/audit"), ("lead-recalls", "/recall"),
                       ("lead-recall", "/recall/" + "00" * 32), ("lead-recall-nothing", "/recall/" + "77" * 32),
                       ("lead-fleet", "/fleet/")):  # fmt: skip
        yield name, _at(page, desk, path)
    page.goto(f"{desk.origin}/queue?state=done")
    page.locator("tbody td.act a").first.click()
    yield "lead-reopen", page


def _auditor(context: BrowserContext, desk: Desk, language: str) -> Iterator[Seen]:
    page, _ = _arrive(context, desk, language, "auditor")
    for name, path in (("auditor-audit", "/"), ("auditor-queue", "/queue"), ("auditor-case", "/case/2"),
                       ("auditor-team", "/team"), ("auditor-recall", "/recall/" + "00" * 32)):  # fmt: skip
        yield name, _at(page, desk, path)


def _operator(context: BrowserContext, desk: Desk, language: str) -> Iterator[Seen]:
    page, _ = _arrive(context, desk, language, "operator")
    yield "operator-fleet", _at(page, desk, "/")
    page.locator("tbody a").first.click()
    yield "operator-unit", page
    for name, path in (
        ("operator-none", "/fleet/?q=zzz"),
        ("operator-unknown", "/fleet/unit/x"),
        ("operator-me", "/me"),
    ):
        yield name, _at(page, desk, path)


def _citizen(context: BrowserContext, desk: Desk, _language: str) -> Iterator[Seen]:
    page = with_passkey(context)
    page.goto(desk.public)
    yield "citizen", page
    for name, leaf, plate in (("wrong", 0, "999ZZZ99"), ("waiting", 3, ""), ("decided", _signed(desk), "")):
        number, right = _notice(desk, leaf)
        page.goto(desk.public)
        page.fill("[name=number]", number)
        page.fill("[name=plate]", plate or right)
        page.click("button.main")
        yield f"citizen-{name}", page
    page.goto(f"{desk.public}/figures")
    yield "citizen-figures", page


def _notice(desk: Desk, leaf: int) -> tuple[str, str]:
    """The case's number and plate, as they stand in the letter to its owner."""
    file = desk.stage.store.read(lambda connection: desk.stage.archive.load(connection, leaf))
    assert file is not None
    assert file.opened is not None
    return file.number, file.opened.plate


def _signed(desk: Desk) -> int:
    """The last case that was confirmed."""
    last = "SELECT max(packet) FROM decision WHERE verdict = 'confirmed'"
    return int(desk.stage.store.read(lambda connection: connection.exec_driver_sql(last).scalar_one()))


def _arrive(context: BrowserContext, desk: Desk, language: str, role: Role) -> tuple[Page, Keyboard]:
    page = come_in(context, desk, f"{role.title()} {language}", role)
    return page, Keyboard(page)


def _at(page: Page, desk: Desk, path: str) -> Page:
    page.goto(desk.origin + path)
    return page
