"""Every page of every role is there in each language, passes axe in the light and in the dark, and fits its screen.

Here each page is held against the rules in one of the languages; `python -m tests.system.desk.album FOLDER --axe` does
so in all three.
"""

import pytest
from playwright.sync_api import Browser

from tests.system.desk.pages import LOCALES, every_page
from tests.system.desk.rules import complaints
from tests.system.desk.sites import Desk


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LOCALES)
def test_every_page_of_every_role_keeps_the_rules(browser: Browser, desk: Desk, language: str) -> None:
    found, mine = {}, list(LOCALES).index(language)
    for number, (name, page) in enumerate(every_page(browser, desk, language)):
        found[name] = list(complaints(page, name)) if number % len(LOCALES) == mine else []
    assert len(found) == 50
    assert {name: said for name, said in found.items() if said} == {}
