"""`kirpikd brokers`: addresses of the brokers that card and key set name, as elements of the firewall's sets.

Run by root beside the firewall (systemd/kirpik.nft). A name that cannot be looked up is told and left out; when none
can, nothing is printed and the firewall keeps what it has.
"""

import argparse
import ipaddress
import logging
import socket
import sys
import threading
from collections.abc import Iterable, Sequence

from kirpik.commands.options import add_config
from kirpik.config import beside, load_config
from kirpik.errors import BrokerError, ConfigError
from kirpik.service.turning_line import card_of, endpoints_of

EXAMPLE = "kirpikd brokers --config /etc/kirpik/kirpik.toml | sudo nft -f -"
TABLE = "inet kirpik"
SETS = ("broker_v4", "broker_v6", "broker_ports")

log = logging.getLogger(__name__)


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    del stop
    config = load_config(options.config)
    if config.broker is None:
        raise ConfigError(f"{options.config}: the table [broker] is missing, expected host, port and certificates")
    endpoints = endpoints_of(beside(options.config, config.unit.state) / "keys", *card_of(config.broker))
    addresses = {address for host in sorted({each.host for each in endpoints}) for address in look_up(host)}
    if not addresses:
        raise BrokerError("none of the brokers' names can be looked up; the firewall keeps what it knows")
    ports = {each.port for each in endpoints} | {config.broker.lobby_port}
    sys.stdout.write(elements(addresses, ports))
    return 0


def look_up(host: str) -> Sequence[str]:
    try:
        return [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except OSError as error:
        log.warning("broker=%s address=unknown why='%s'", host, error.strerror)
        return ()


def elements(addresses: Iterable[str], ports: Iterable[int]) -> str:
    """One transaction for nft: the sets emptied and filled again."""
    known = [ipaddress.ip_address(address) for address in sorted(addresses)]
    filled: dict[str, list[str]] = {
        "broker_v4": [str(address) for address in known if address.version == 4],
        "broker_v6": [str(address) for address in known if address.version == 6],
        "broker_ports": [str(port) for port in sorted(ports)],
    }
    flushed = [f"flush set {TABLE} {name}" for name in SETS]
    added = [f"add element {TABLE} {name} {{ {', '.join(filled[name])} }}" for name in SETS if filled[name]]
    return "\n".join([*flushed, *added]) + "\n"
