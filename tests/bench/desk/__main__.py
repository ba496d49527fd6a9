"""The desk with a million cases, with fifty officers at once, and a mass recall: `python -m tests.bench.desk`.

The bulk of the packets are stubs, because no page but a case's own reads a packet. The last line is JSON: medians by
the wall's clock, in milliseconds, of the slowest page of the queue and of a case's page, the worse of the engines'.
"""

import argparse
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.bench.desk.ground import ENGINES
from tests.bench.desk.officers import officers_at_once
from tests.bench.desk.pages import pages
from tests.bench.desk.recall import recall

PARTS = ("pages", "officers", "recall")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--officers", type=int, default=50)
    parser.add_argument("--shared", type=int, default=500, help="cases for the officers")
    parser.add_argument("--recalled", type=int, default=50_000, help="cases for the recall")
    parser.add_argument("--only", choices=ENGINES, action="append", help="that engine alone")
    parser.add_argument("--part", choices=PARTS, action="append", help="that part alone")
    options = parser.parse_args()
    found = {name: _measure(name, ENGINES[name], options) for name in options.only or ENGINES}
    print(json.dumps({"cases": options.cases, **_worst(found), "engines": found}))


def _measure(
    name: str, engine: Callable[[], AbstractContextManager[str]], options: argparse.Namespace
) -> dict[str, float]:
    told: dict[str, float] = {}
    if _wanted("pages", options):
        with engine() as url:
            queue_ms, case_ms = pages(name, url, options.cases)
            told |= {"queue_ms": round(queue_ms, 1), "case_ms": round(case_ms, 1)}
    if _wanted("officers", options):
        with engine() as url:
            told["decided_twice"] = officers_at_once(name, url, options.officers, options.shared)
    if _wanted("recall", options):
        with engine() as url:
            told["recalled_twice"] = recall(name, url, options.recalled)
    return told


def _wanted(part: str, options: argparse.Namespace) -> bool:
    return part in (options.part or PARTS)


def _worst(found: dict[str, dict[str, float]]) -> dict[str, float | None]:
    """None for what was not measured."""
    names = ("queue_ms", "case_ms", "decided_twice")
    return {name: max((told[name] for told in found.values() if name in told), default=None) for name in names}


if __name__ == "__main__":
    main()
