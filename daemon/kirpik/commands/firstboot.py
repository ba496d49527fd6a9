"""`kirpikd firstboot`: a card like all others becomes this one unit. Each start runs it; what is done stays done.

The order: key documents, keys, host name, a look at the system, read-only root. Cut anywhere, the next start goes on.
"""

import argparse
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kirpik.adapters.host_setup import HostSetup
from kirpik.adapters.host_state import Host
from kirpik.adapters.tls_key import write_whole
from kirpik.commands.enrol import FINGERPRINT, OWNERS, fingerprint, give, make_keys
from kirpik.commands.options import add_config
from kirpik.config import Config, beside, load_config
from kirpik.console.facts import FIRSTBOOT
from kirpik.errors import ConfigError, KirpikError
from kirpik.store.keyring import lay_documents
from kirpik.wire.words import to_words

EXAMPLE = "kirpikd firstboot --config /etc/kirpik/kirpik.toml"
DOCUMENTS = "documents"
SEAL = "read-only-root"
"""Beside the settings: this card's root shall be read-only."""


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)
    verb.add_argument("--root", type=Path, default=Path("/"), help="another root of the file system, for trying")
    verb.add_argument("--no-restart", action="store_true", help="do not restart when the root was made read-only")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    del stop
    config = load_config(options.config)
    state, setup, host = beside(options.config, config.unit.state), HostSetup(options.root), Host(options.root)
    steps: list[tuple[str, Callable[[], str | None]]] = [
        ("documents", partial(_documents, options.config, config, state)),
        ("keys", partial(_keys, options.config, config, state, setup)),
        *host.questions().items(),
    ]
    told = {name: _report(name, step) for name, step in steps}
    restart = False
    if (options.config.parent / SEAL).exists() and told["keys"] == "":
        told["root"] = _report("root", lambda: None if host.read_only() else _sealed(setup))
        restart = not host.read_only() and told["root"] == ""
    _tell(Path(config.unit.run) / FIRSTBOOT, told)
    if restart and not options.no_restart:
        sys.stdout.write("the root is read-only from now on: restarting\n")
        sys.stdout.flush()
        subprocess.run(["/usr/bin/systemctl", "--no-block", "reboot"], check=False)
    return 1 if told["documents"] or told["keys"] else 0


def _documents(path: Path, config: Config, state: Path) -> None:
    """Of the card, unless the unit has newer ones already."""
    data = [file.read_bytes() for file in sorted((path.parent / DOCUMENTS).glob("*.cbor"))]
    laid = lay_documents(state / "keys", data, pin=bytes.fromhex(config.unit.root_pin) or None)
    if laid:
        give(OWNERS["identity"], [state / "keys", *(state / "keys").iterdir()])


def _keys(path: Path, config: Config, state: Path, setup: HostSetup) -> None:
    if config.broker is None:
        raise ConfigError(f"{path}: the table [broker] is missing, expected host, port and certificates")
    identity, _ = make_keys(config, config.broker, path, state)
    text = fingerprint(identity.unit)
    if not (state / FINGERPRINT).exists():
        write_whole(state / FINGERPRINT, text.encode(), mode=0o644)
    setup.name(host_name(identity.unit))


def host_name(unit: bytes) -> str:
    """By the first two of the words that it shows."""
    return "-".join(["kirpik", *to_words(unit).split()[:2]])


def _sealed(setup: HostSetup) -> None:
    setup.seal()


def _report(name: str, step: Callable[[], str | None]) -> str:
    """Empty when all is well."""
    try:
        complaint = step() or ""
    except KirpikError as error:
        complaint = str(error)
    sys.stdout.write(f"{name}: {complaint or 'ok'}\n")
    sys.stdout.flush()
    return complaint


def _tell(path: Path, told: dict[str, str]) -> None:
    """For the console's page; in memory alone."""
    if path.parent.is_dir():
        path.write_text(json.dumps(told), encoding="utf-8")
        path.chmod(0o644)
