"""`kirpik-central`: the only place where the central's objects are put together."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kirpik import __version__
from kirpik.errors import ConfigError, KirpikError
from kirpik_central.accounts.command import ACTIONS, check, manage, told
from kirpik_central.accounts.people import ROLES
from kirpik_central.cases import follow
from kirpik_central.parts import Parts
from kirpik_central.publish import publish
from kirpik_central.web.serve import serve
from kirpik_central.worker import work

Command = Callable[[argparse.Namespace, threading.Event], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 1 failed, 2 used wrongly."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="level=%(levelname)s %(message)s")
    for chatty in ("alembic", "fido2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    command: Command = options.command
    try:
        command(options, stop)
    except KirpikError as error:
        print(f"kirpik-central: {error}", file=sys.stderr)  # noqa: T201  the command's one sentence
        return 1
    except BrokenPipeError:  # whoever listened has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _intake(options: argparse.Namespace, stop: threading.Event) -> None:
    """Take packets from the broker, store them, send receipts; open and read them too, if the seal key is here."""
    parts = Parts(options.config)
    work(parts.crew(), group=parts.config.intake.group, stopped=stop.is_set, pause=stop.wait)


def _open(options: argparse.Namespace, stop: threading.Event) -> None:
    """Open and read what a front door without the seal key has stored."""
    parts = Parts(options.config)
    if not parts.keys.seal:
        raise ConfigError(f"{options.config}: keys.seal: none, expected the seal keys that packets are opened with")
    reader = parts.reader()
    if options.again:
        logging.getLogger(__name__).info("again=%d", reader.put_back())
    reader.follow(group=parts.config.intake.group, pause=_pause(options, stop))


def _migrate(options: argparse.Namespace, _stop: threading.Event) -> None:
    """Make the store's tables, or bring them up to date."""
    logging.getLogger(__name__).info("schema=%s", Parts(options.config).migrate())


def _cases(options: argparse.Namespace, stop: threading.Event) -> None:
    """Print opened violations, one JSON object a line."""
    parts = Parts(options.config)
    follow(parts.store, parts.units, _print, pause=_pause(options, stop))


def _export(options: argparse.Namespace, _stop: threading.Event) -> None:
    """Print the cases that officers have confirmed, one JSON object a line."""
    count = Parts(options.config).exporter(options.evidence).export(_print, after=options.after)
    logging.getLogger(__name__).info("exported=%d", count)


def _log(options: argparse.Namespace, _stop: threading.Event) -> None:
    """Write the log as files that any web server can serve (c2sp.org/tlog-tiles)."""
    parts = Parts(options.config)
    size = parts.store.read(lambda connection: publish(connection, options.out))
    logging.getLogger(__name__).info("leaves=%d folder=%s", size, options.out)


def _web(options: argparse.Namespace, stop: threading.Event) -> None:
    """Serve the officers' pages."""
    app, place = Parts(options.config).officers()
    serve(app, place, stop)


def _citizen(options: argparse.Namespace, stop: threading.Event) -> None:
    """Serve the page of the accused and of the public, which only reads."""
    app, place = Parts(options.config).citizens()
    serve(app, place, stop)


def _user(options: argparse.Namespace, _stop: threading.Event) -> None:
    """Add, invite, lock or unlock somebody, give a role, or list all."""
    parts = Parts(options.config)
    for line in manage(parts.store, parts.config.web.origin, options.action, options.name, options.role):
        print(line)  # noqa: T201  the command's answer


def _audit(options: argparse.Namespace, _stop: threading.Event) -> None:
    """Print the audit log, a line of JSON an entry; or check it, and who signed which decision."""
    store = Parts(options.config).store
    for line in check(store) if options.check else told(store):
        print(line)  # noqa: T201  the command's answer


def _pause(options: argparse.Namespace, stop: threading.Event) -> Callable[[float], bool] | None:
    return (lambda seconds: not stop.wait(seconds)) if options.follow else None


def _print(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kirpik-central",
        description="The receiving side of Kirpik.",
        epilog="example: kirpik-central migrate --config central.toml && kirpik-central intake --config central.toml",
    )
    parser.add_argument("--version", action="version", version=f"kirpik-central {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        example = f"example: kirpik-central {name} --config central.toml"
        room = commands.add_parser(name, help=command.__doc__, description=command.__doc__, epilog=example)
        room.add_argument("--config", type=Path, required=True, metavar="FILE", help="the central's settings")
        room.set_defaults(command=command)
        for option, settings in OPTIONS.get(name, {}).items():
            room.add_argument(option, **settings)
    return parser


COMMANDS: dict[str, Command] = {
    "intake": _intake,
    "open": _open,
    "migrate": _migrate,
    "cases": _cases,
    "export": _export,
    "log": _log,
    "web": _web,
    "citizen": _citizen,
    "user": _user,
    "audit": _audit,
}
FOLLOW: dict[str, Any] = {"action": "store_true", "help": "go on as more come in"}
OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "open": {
        "--follow": FOLLOW,
        "--again": {"action": "store_true", "help": "also what no key was there for; the key has come since"},
    },
    "cases": {"--follow": FOLLOW},
    "export": {
        "--evidence": {"type": Path, "metavar": "FOLDER", "help": "also write an evidence file for each case"},
        "--after": {"type": int, "default": -1, "metavar": "LEAF", "help": "go on after this decision's number"},
    },
    "user": {
        "action": {"choices": ACTIONS, "help": "what to do"},
        "name": {"nargs": "?", "default": "", "metavar": "NAME", "help": "whose; a name is given once and for ever"},
        "--role": {"choices": ROLES, "help": "for add and role"},
    },
    "audit": {"--check": {"action": "store_true", "help": "look for altered entries and unsigned decisions"}},
    "log": {"--out": {"type": Path, "required": True, "metavar": "FOLDER", "help": "where the files go"}},
}

if __name__ == "__main__":
    sys.exit(main())
