"""`kirpikd enrol`: at first boot, make the unit's keys, show its fingerprint, ask to belong, keep the certificate.

A generic image holds no secret: the authority's certificate, the fleet's first root by its hash, a broker's name.
"""

import argparse
import shutil
import sys
import threading
import time
from functools import partial
from pathlib import Path

from kirpik import __version__
from kirpik.adapters.card import CARD, Card, forget_token, read_card
from kirpik.adapters.qr import qr_text
from kirpik.adapters.tls_key import create_tls_key, is_certified, keep_certificate, write_whole
from kirpik.commands.options import add_config
from kirpik.config import BrokerTable, Config, beside, load_config
from kirpik.errors import ConfigError, WireError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.tls import Visitor
from kirpik.parts.state import guard_for
from kirpik.service.asking import ask_until_answered
from kirpik.store.identity import Identity, create_identity
from kirpik.wire.enrol import TOKEN_BYTES, make_request
from kirpik.wire.signature import SigningKey
from kirpik.wire.words import from_words, to_words

EXAMPLE = "kirpikd enrol --config /etc/kirpik/kirpik.toml"
FINGERPRINT = "fingerprint.txt"
OWNERS = {"identity": "kirpik-eye", "tls": "kirpik-link"}
"""Where root makes the keys at first boot, they are given to those who use them."""


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)
    verb.add_argument(
        "--token-file", type=Path, metavar="FILE", help="a site's one-time token, five words; removed after"
    )
    verb.add_argument("--show", action="store_true", help="make the keys and show the fingerprint; ask nobody")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    config = load_config(options.config)
    if config.broker is None:
        raise ConfigError(f"{options.config}: the table [broker] is missing, expected host, port and certificates")
    state = beside(options.config, config.unit.state)
    identity, tls = make_keys(config, config.broker, options.config, state)
    text = fingerprint(identity.unit)
    write_whole(state / FINGERPRINT, text.encode(), mode=0o644)
    sys.stdout.write(text)
    sys.stdout.flush()
    if options.show:
        return 0
    ca, certificate = (beside(options.config, name) for name in (config.broker.ca, config.broker.certificate))
    if is_certified(certificate, unit=identity.unit, public=tls.public):
        sys.stdout.write("enrolled already\n")
        return 0
    card = read_card()
    token = _token(options.token_file, card)
    line = Connection(
        config.broker.host, config.broker.lobby_port, Visitor(ca, identity.unit.hex()), dates_count=lambda: False
    )
    enrolled = ask_until_answered(
        line, identity.unit,
        partial(_request, identity, tls, config.unit.label or card.label, token),
        partial(keep_certificate, certificate, ca=ca, unit=identity.unit, public=tls.public),
        stop=stop,
    )  # fmt: skip
    if not enrolled:
        return 1
    if options.token_file:
        options.token_file.unlink(missing_ok=True)
    if card.token:
        forget_token()
    sys.stdout.write(f"enrolled: {certificate}\n")
    return 0


def fingerprint(unit: bytes) -> str:
    """For a console, a label and a camera: words to compare, the id, and both as a code."""
    words = to_words(unit).split()
    lines = [" ".join(words[:4]), " ".join(words[4:])]
    return f"\n{qr_text(f'kirpik:{unit.hex()}')}\n  unit   {unit.hex()}\n  words  {lines[0]}\n         {lines[1]}\n\n"


def make_keys(config: Config, broker: BrokerTable, path: Path, state: Path) -> tuple[Identity, SigningKey]:
    identity = create_identity(state / "identity", guard=guard_for(config.unit.identity))
    tls_path = beside(path, broker.key)
    tls = create_tls_key(tls_path)
    for owner, owned in (
        (OWNERS["identity"], [state / "identity", *(state / "identity").iterdir()]),
        (OWNERS["tls"], [tls_path]),
    ):
        give(owner, owned)
    return identity, tls


def give(owner: str, paths: list[Path]) -> None:
    """Only root can, and only where the packaged users exist; elsewhere one person does everything."""
    for path in paths:
        try:
            shutil.chown(path, user=owner)
        except (LookupError, PermissionError):
            return


def _request(identity: Identity, tls: SigningKey, label: str, token: bytes | None) -> bytes:
    utc_ms = time.time_ns() // 1_000_000
    return make_request(identity.signer, tls, utc_ms=utc_ms, software=__version__, label=label, token=token)


def _token(path: Path | None, card: Card) -> bytes | None:
    """From the file that was named, or from the card; a card's nonsense is told and asked without."""
    if path is not None:
        try:
            return _five(path.read_text(encoding="ascii"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read as words") from error
    try:
        return _five(card.token, f"{CARD}: token") if card.token else None
    except ConfigError as error:
        sys.stdout.write(f"{error}; asking without it\n")
        return None


def _five(words: str, where: str) -> bytes:
    try:
        token = from_words(words)
    except WireError as error:
        raise ConfigError(f"{where}: {error}") from error
    if len(token) != TOKEN_BYTES:
        raise ConfigError(f"{where}: {len(token) // 2} words, expected {TOKEN_BYTES // 2}")
    return token
