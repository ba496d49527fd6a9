"""Every page of every role passes axe in the light and in the dark, and is no wider than its screen."""

import pytest
from playwright.sync_api import Browser

from tests.system.desk.pages import LOCALES, every_page
from tests.system.desk.rules import complaints
from tests.system.desk.sites import Desk


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LOCALES)
def test_every_page_of_every_role_keeps_the_rules(browser: Browser, desk: Desk, language: str) -> None:
    found = {name: list(complaints(page, name)) for name, page in every_page(browser, desk, language)}
    assert len(found) > 35
    assert {name: said for name, said in found.items() if said} == {}
