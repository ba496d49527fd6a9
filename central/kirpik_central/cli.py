"""`kirpik-central`: the only place where the central's objects are put together."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from kirpik import __version__
from kirpik.errors import KirpikError
from kirpik.mqtt.tls import Credentials
from kirpik_central.broker import Broker, Line
from kirpik_central.cases import follow
from kirpik_central.config import Config, load_config
from kirpik_central.database import check_schema, migrate, open_database
from kirpik_central.intake import Intake
from kirpik_central.keys import CentralKeys, Units, load_keys
from kirpik_central.store import Store
from kirpik_central.worker import work

Command = Callable[[argparse.Namespace, threading.Event], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 1 failed, 2 used wrongly."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="level=%(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
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
    """Take packets from the broker, open and store them, send receipts."""
    config, home = load_config(options.config), options.config.parent
    keys, units = _keys(config, home), Units(home / config.keys.units)
    engine = open_database(config.store.url, beside=home)
    check_schema(engine)
    wire = config.broker
    credentials = Credentials(home / wire.ca, home / wire.certificate, home / wire.key)
    broker = Broker(Line(wire.host, wire.port, credentials, share=config.intake.share))
    intake = Intake(Store(engine), keys, units)
    work(broker, intake, group=config.intake.group, stopped=stop.is_set, pause=stop.wait)


def _migrate(options: argparse.Namespace, _stop: threading.Event) -> None:
    """Make the store's tables, or bring them up to date."""
    config = load_config(options.config)
    version = migrate(open_database(config.store.url, beside=options.config.parent))
    logging.getLogger(__name__).info("schema=%s", version)


def _cases(options: argparse.Namespace, stop: threading.Event) -> None:
    """Print opened violations, one JSON object a line."""
    config, home = load_config(options.config), options.config.parent
    engine = open_database(config.store.url, beside=home)
    check_schema(engine)
    follow(
        Store(engine),
        Units(home / config.keys.units),
        _print,
        pause=(lambda seconds: not stop.wait(seconds)) if options.follow else None,
    )


def _keys(config: Config, home: Path) -> CentralKeys:
    seeds = [config.keys.seal] if isinstance(config.keys.seal, str) else config.keys.seal
    return load_keys(
        seal=[home / seed for seed in seeds],
        receipt=home / config.keys.receipt,
        root=home / config.keys.root,
        keyset=home / config.keys.set,
    )


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
    for name, command in (("intake", _intake), ("migrate", _migrate), ("cases", _cases)):
        example = f"example: kirpik-central {name} --config central.toml"
        room = commands.add_parser(name, help=command.__doc__, description=command.__doc__, epilog=example)
        room.add_argument("--config", type=Path, required=True, metavar="FILE", help="the central's settings")
        room.set_defaults(command=command)
        if name == "cases":
            room.add_argument("--follow", action="store_true", help="go on as more come in")
    return parser


if __name__ == "__main__":
    sys.exit(main())
