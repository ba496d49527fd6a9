"""The page on which surveyed points are clicked, in a real browser, and what comes back from it."""

import threading
from contextlib import suppress
from pathlib import Path
from queue import Queue

import numpy as np
import pytest
from PIL import Image

from kirpik.errors import InputError
from kirpik_provisioning.calibrate.clicking import click_points
from kirpik_provisioning.calibrate.report import load_words
from kirpik_provisioning.calibrate.survey import SurveyPoint
from tests.sim.camera import GLOBAL_SHUTTER_16MM, Camera
from tests.sim.survey import surveyed, without_pixels
from tests.system.browser import Browser, find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium here: sudo apt-get install chromium")

TRUTH = Camera.aimed(GLOBAL_SHUTTER_16MM, position_m=(0.4, -0.2, 6.0), turn_deg=(1.5, 12.7, 0.6))
SIZE = (TRUTH.width, TRUTH.height)
POINTS = surveyed(TRUTH, np.random.default_rng(7), count=9)


def still(path: Path) -> Path:
    """Crosses where the points are, as paint on the road."""
    picture = np.full((SIZE[1], SIZE[0]), 120, np.uint8)
    for point in POINTS:
        u, v = (round(value) for value in point.pixel or (0, 0))
        picture[v - 9 : v + 10, u] = 240
        picture[v, u - 9 : u + 10] = 240
    Image.fromarray(picture).save(path)
    return path


class Asked(threading.Thread):
    """The command's side of it."""

    def __init__(self, path: Path, language: str) -> None:
        super().__init__(daemon=True)
        self.urls: Queue[str] = Queue()
        self.stop = threading.Event()
        self.found: list[SurveyPoint] = []
        self._path, self._language = path, language

    def run(self) -> None:
        texts = load_words(self._language).texts["click"]
        with suppress(InputError):
            self.found = click_points(
                self._path, without_pixels(POINTS), SIZE, texts, self._language, tell=self.urls.put,
                stopped=self.stop.is_set,
            )  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_points_are_clicked_in_a_real_browser(tmp_path: Path, language: str) -> None:
    asked = Asked(still(tmp_path / "still.png"), language)
    asked.start()
    with Browser(width=1400, height=900) as browser:
        browser.open(asked.urls.get(timeout=20))
        texts = load_words(language).texts["click"]
        assert browser.evaluate("document.title") == texts["title"]
        assert browser.evaluate("document.getElementById('done').disabled") is True
        browser.evaluate("document.querySelector('[data-zoom=\"2\"]').click()")
        for point in POINTS:
            u, v = point.pixel or (0.0, 0.0)
            place = browser.evaluate(
                f"desk.scrollTo({2 * u} - 300, {2 * v} - 300),"
                "(box => [box.left, box.top])(still.getBoundingClientRect())"
            )
            browser.click(place[0] + 2 * (u + 0.5), place[1] + 2 * (v + 0.5))
        browser.screenshot(tmp_path / "page.png")
        assert browser.evaluate("document.querySelectorAll('li.set').length") == len(POINTS)
        browser.evaluate("done.click(), new Promise(r => setTimeout(r, 300))")
    asked.join(20)
    for told, found in zip(POINTS, asked.found, strict=True):
        assert found.pixel is not None
        assert np.allclose(found.pixel, told.pixel or (0, 0), atol=0.51)


def test_the_page_answers_nobody_who_does_not_know_its_name(tmp_path: Path) -> None:
    asked = Asked(still(tmp_path / "still.png"), "en")
    asked.start()
    url = asked.urls.get(timeout=20)
    with Browser() as browser:
        browser.open(url)
        wrong = "fetch('/guess/done', {method: 'POST', body: '{}'}).then(answer => answer.status)"
        junk = "fetch('done', {method: 'POST', body: '{\"nobody\": [1, 2]}'}).then(answer => answer.status)"
        assert browser.evaluate(wrong) == 404
        assert browser.evaluate(junk) == 400
    assert asked.is_alive()
    asked.stop.set()
    asked.join(20)
    assert asked.found == []
