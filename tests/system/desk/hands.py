"""What an officer has: a browser with an authenticator, and a keyboard whose strokes are counted."""

from playwright.sync_api import BrowserContext, Page

from kirpik_central.accounts.people import Role
from tests.system.desk.sites import Desk

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
COMPLAINTS: dict[Page, list[str]] = {}
"""Of the browser, about our own scripts and styles."""
PATIENCE_MS = 120_000
"""For a page on a machine that has much else to do."""
SETTLED_MS = 450
"""Keys are not taken in a page's first moments."""


def with_passkey(context: BrowserContext) -> Page:
    """A page whose browser has an authenticator, and which takes no complaint of the browser lightly."""
    context.set_default_timeout(PATIENCE_MS)
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
    page.wait_for_url(lambda url: "/enrol/" not in url)
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
