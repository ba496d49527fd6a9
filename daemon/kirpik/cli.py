"""`kirpikd`: the unit's commands. Each error is one sentence on stderr; 0 done, 1 failed, 2 used wrongly."""

import argparse
import importlib
import logging
import os
import signal
import sys
import threading
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence

from kirpik import __version__
from kirpik.errors import KirpikError

COMMANDS = {
    "eye": "camera to sealed packets in the outbox; no network",
    "link": "outbox to broker, receipts and orders to inbox; no camera",
    "replay": "run the eye's whole pipeline on a recording; prints violations, sends nothing",
    "firstboot": "keys, name and read-only root of a fresh card; a look at the system",
    "enrol": "make this unit's keys, show its fingerprint, ask to belong to the fleet",
    "clock": "how right the clock is held to be, told to the unit's other processes",
    "brokers": "where the brokers are, as rules for the board's firewall",
    "console": "the page on the unit's own screen: state, fingerprint, system",
    "aim": "the camera's view as letters and numbers, for turning it; nothing is stored",
    "signals": "traffic-signal controllers to the eye, over a socket",
    "check": "settings, site, networks, camera and keys: each ok, or what to do",
}
"""Each is a module of `kirpik.commands`, loaded only when it is called: the link must not carry the eye's weight."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(sys.argv[1:] if arguments is None else arguments)
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


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    top = argparse.ArgumentParser(prog="kirpikd", description="The Kirpik unit: watches a road and keeps only plates.")
    top.add_argument("--version", action="version", version=f"kirpikd {__version__}")
    verbs = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        verb = verbs.add_parser(name, help=purpose, description=purpose, formatter_class=RawDescriptionHelpFormatter)
        if arguments and arguments[0] == name:
            command = importlib.import_module(f"kirpik.commands.{name}")
            verb.epilog = f"example:  {command.EXAMPLE}"
            command.add(verb)
            verb.set_defaults(run=command.run)
    return top.parse_args(arguments)


if __name__ == "__main__":
    main()
