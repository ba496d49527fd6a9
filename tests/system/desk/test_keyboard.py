"""An officer at work in a real Chromium with a real (virtual) authenticator: by keyboard, by touch, without script."""

import time

import pyotp
from playwright.sync_api import Browser, BrowserContext

from tests.system.desk.hands import SETTLED_MS, Keyboard, come_in, with_passkey
from tests.system.desk.sites import Desk

PASSWORD = "long steppe under a wide sky"  # noqa: S105  of a test


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


def test_two_fast_clicks_on_the_signature_sign_once(context: BrowserContext, desk: Desk) -> None:
    page = come_in(context, desk, "Double")
    keys = Keyboard(page)
    keys.press("n")
    keys.press("c")
    page.goto(f"{desk.origin}/sign")
    page.dblclick("[data-go]")
    page.wait_for_url(f"{desk.origin}/")
    page.goto(f"{desk.origin}/me")
    assert page.locator("tbody tr").count() == 1
    assert not any("signature-failed" in act and "Double" in act for act in desk.central("audit").splitlines())


def test_enter_in_a_field_asks_for_the_passkey_and_sends_no_empty_answer(context: BrowserContext, desk: Desk) -> None:
    page = with_passkey(context)
    page.goto(desk.invite("Enter"))
    page.locator("[name=label]").fill("my key")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.origin}/")
    page.goto(f"{desk.origin}/me")
    assert "my key" in page.inner_text("main")


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
