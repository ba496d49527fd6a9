"""A picture of every page in every language: `python -m tests.system.desk.album FOLDER [--axe] [LANGUAGE…]`.

With `--axe` each page is also held against axe-core, in the light and in the dark, and must not be wider than a
screen of 1,280 pixels, nor the citizens' pages than a telephone's.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.system.browser import find_chromium
from tests.system.desk.pages import LOCALES, every_page
from tests.system.desk.rules import complaints
from tests.system.desk.sites import running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("languages", nargs="*", default=list(LOCALES))
    parser.add_argument("--axe", action="store_true", help="hold each page against the rules, too")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found, seen = [], 0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as desk, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for language in options.languages:
            for name, page in every_page(browser, desk, language):
                page.screenshot(path=options.folder / f"{name}.{language}.png", full_page=True)
                if options.axe:
                    found += [f"{name}, {language}, {said}" for said in complaints(page, name)]
                seen += 1
        browser.close()
    print(*found, sep="\n")
    print(f"{seen} pages, {len(found)} complaints")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
