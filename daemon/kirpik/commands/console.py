"""`kirpikd console`: the page on the unit's own screen. It reads what lies on the board, without key or camera."""

import argparse
import json
import os
import sys
import threading

from kirpik.adapters.card import read_card
from kirpik.commands.options import add_config
from kirpik.config import Config, load_config
from kirpik.console.facts import gather
from kirpik.console.page import LANGUAGES, page, read_words, to_json
from kirpik.errors import ConfigError

EXAMPLE = "kirpikd console --language kk"
EVERY_S = 2.0
HOME, CLEAR_LINE, CLEAR_BELOW, HIDE, SHOW = "\033[H", "\033[K", "\033[J", "\033[?25l", "\033[?25h"
UNKNOWN = (24, 80)


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)
    verb.add_argument("--language", choices=LANGUAGES, help="default: as the card or the settings say")
    verb.add_argument("--once", action="store_true", help="print it once, and end")
    verb.add_argument("--json", action="store_true", help="the same for programs, once")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    config = load_config(options.config)
    if options.json:
        sys.stdout.write(json.dumps(to_json(gather(config, options.config)), ensure_ascii=False) + "\n")
        return 0
    words = read_words(options.language or language_of(config))
    while True:
        rows, columns = _size()
        lines = page(gather(config, options.config), words, columns=columns, rows=rows - 1)
        _show(lines, over=not options.once)
        if options.once or stop.wait(EVERY_S):
            break
    if not options.once:
        sys.stdout.write(SHOW)
    return 0


def language_of(config: Config) -> str:
    """The card's, where the person at the bench wrote one; otherwise the settings'."""
    try:
        named = read_card().language
    except ConfigError:
        named = ""
    return named if named in LANGUAGES else config.console.language


def _show(lines: list[str], *, over: bool) -> None:
    if over:
        sys.stdout.write(HIDE + HOME + "".join(f"{line}{CLEAR_LINE}\r\n" for line in lines) + CLEAR_BELOW)
    else:
        sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _size() -> tuple[int, int]:
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return UNKNOWN
    return (size.lines, size.columns) if size.lines and size.columns else UNKNOWN
