"""`kirpikd aim`: the camera's view as letters and numbers on this terminal, for whoever turns it. Nothing is stored.

It opens the camera itself, so the eye must not run: the service of Alt+F2 stops it and starts it again.
"""

import argparse
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models, load_models
from kirpik.commands.console import CLEAR_BELOW, CLEAR_LINE, HIDE, HOME, SHOW, language_of
from kirpik.commands.options import add_config
from kirpik.config import beside, load_config
from kirpik.console import framing
from kirpik.console.page import LANGUAGES, read_words
from kirpik.parts.sight import open_finder
from kirpik.road.camera import project
from kirpik.site import Site
from kirpik.site_file import load_site
from kirpik.sources import open_source
from kirpik.values import Frame, Sighting
from kirpik.vision.finder import PlateFinder

EXAMPLE = "kirpikd aim --language ru"
EVERY_S = 0.5
REMEMBERED_S = 5.0
NEEDED_PX = 12
"""Height of a plate from which on it is read with some certainty."""


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)
    verb.add_argument("--language", choices=LANGUAGES, help="default: as the card or the settings say")
    verb.add_argument("--once", type=float, metavar="SECONDS", help="look so long, print one page, end")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    config = load_config(options.config)
    site = load_site(beside(options.config, config.unit.site))
    words = read_words(options.language or language_of(config))["aim"]
    models = beside(options.config, config.unit.models) if config.unit.models else None
    finder = open_finder(load_models(find_models(models), partial(TfliteNetwork, kind=config.engine.kind)), site)
    aim = Aim(site, finder, words)
    source = open_source(config, options.config, site, stop=stop)
    began_s = shown_s = time.monotonic()
    for frame in source.stream.frames():
        source.before(frame)
        now_s = time.monotonic()
        if now_s - shown_s >= EVERY_S:
            shown_s = now_s
            page = aim.page(frame, now_s)
            if options.once is None:
                sys.stdout.write(HIDE + HOME + "".join(f"{line}{CLEAR_LINE}\r\n" for line in page) + CLEAR_BELOW)
                sys.stdout.flush()
        if stop.is_set() or (options.once is not None and now_s - began_s >= options.once):
            break
    sys.stdout.write(SHOW if options.once is None else "\n".join(aim.last) + "\n")
    return 0


@dataclass(slots=True)
class Aim:
    """Remembers the sharpest value, and plates of the last seconds as numbers."""

    site: Site
    finder: PlateFinder
    words: Mapping[str, str]
    last: Sequence[str] = ()
    _best: float = 0.0
    _plates: deque[tuple[float, Sighting]] = field(default_factory=deque)

    def page(self, frame: Frame, now_s: float) -> list[str]:
        seen = self.finder.find(frame)
        self._plates.extend((now_s, one) for one in seen)
        while self._plates and now_s - self._plates[0][0] > REMEMBERED_S:
            self._plates.popleft()
        sharp = framing.sharpness(frame.lores)
        self._best = max(self._best, sharp)
        size = (frame.luma.shape[1], frame.luma.shape[0])
        drawn = framing.draw(framing.ascii_picture(frame.lores), self._lanes(), [one.quad for one in seen], size=size)
        edge = "+" + "-" * len(drawn[0]) + "+"
        framed = [edge, *[f"|{row}|" for row in drawn], edge]
        self.last = [self.words["title"], *framed, *self._numbers(frame, sharp)]
        return list(self.last)

    def _numbers(self, frame: Frame, sharp: float) -> list[str]:
        words, grey = self.words, framing.light(frame.lores)
        kind = _light_word(grey)
        heights = [framing.plate_height_px(one.quad) for _, one in self._plates]
        plates = (
            words["plates_value"].format(
                count=_most_at_once(self._plates), height=round(float(np.median(heights))), needed=NEEDED_PX
            )
            if heights
            else words["plates_none"]
        )
        rows = [
            (words["light"], words[kind].format(value=grey)),
            (words["sharp"], words["sharp_value"].format(value=round(sharp), best=round(self._best))),
            (words["plates"], plates),
            (words["exposure"], words["exposure_value"].format(value=f"{frame.exposure_us / 1000:.2f}")),
        ]
        wide = max(len(name) for name, _ in rows) + 2
        return [f"{name:<{wide}}{said}" for name, said in rows]

    def _lanes(self) -> list[NDArray[np.float64]]:
        """Where the site file says that they are: they must lie on the real ones."""
        site = self.site
        outlines = [np.array([(x, y, 0.0) for x, y in lane.polygon_m]) for lane in site.lanes]
        return [project(outline, site.camera, site.pose) for outline in outlines]


def _light_word(grey: int) -> str:
    if grey < framing.DARK:
        return "light_dark"
    return "light_bright" if grey > framing.BRIGHT else "light_good"


def _most_at_once(plates: Iterable[tuple[float, Sighting]]) -> int:
    return max(Counter(at_s for at_s, _ in plates).values(), default=0)
