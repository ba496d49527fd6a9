"""What no page may break: axe-core's rules in the light and in the dark, and the width of a screen."""

from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, list[str]] | None], ...] = (
    ("light", None),
    ("dark", {"runOnly": ["color-contrast"]}),
)
"""In the dark only colours can differ."""
DESK_PX, TELEPHONE_PX = 1280, 360
WIDER = """() => [...document.querySelectorAll('body *')].filter((one) =>
  one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, .hidden, svg')
).slice(0, 3).map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 40)}`)"""


def complaints(page: Page, name: str) -> Iterator[str]:
    for scheme, options in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=options)
        if found.violations_count:
            yield f"{scheme}: {found.generate_report()}"
    page.emulate_media(color_scheme="light")
    size = page.viewport_size
    assert size is not None
    width = TELEPHONE_PX if name.startswith("citizen") else DESK_PX
    page.set_viewport_size({"width": width, "height": 900})
    yield from (f"wider than {width} pixels: {each}" for each in page.evaluate(WIDER))
    page.set_viewport_size(size)
