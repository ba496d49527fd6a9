"""`kirpikd`: the unit's commands. Each error is one sentence on stderr; 0 done, 1 failed, 2 used wrongly."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence

from kirpik import __version__
from kirpik.commands import check, eye, link, replay
from kirpik.errors import KirpikError

COMMANDS = (eye, link, replay, check)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        code = options.run(options, stop)
    except KirpikError as error:
        print(f"kirpikd {options.command}: {error}", file=sys.stderr)  # noqa: T201  a command speaks
        code = 1
    except BrokenPipeError:  # whoever listened has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="kirpikd", description="The Kirpik unit: watches a road and keeps only plates.")
    top.add_argument("--version", action="version", version=f"kirpikd {__version__}")
    verbs = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2]
        verb = verbs.add_parser(
            name,
            help=command.HELP,
            description=command.HELP,
            epilog=f"example:  {command.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add(verb)
        verb.set_defaults(run=command.run)
    return top
