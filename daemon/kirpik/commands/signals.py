"""`kirpikd signals`: asks or hears traffic-signal controllers and passes their words to the eye: it has no network."""

import argparse
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kirpik.adapters.notify import open_notify
from kirpik.adapters.signals_socket import SocketSender
from kirpik.adapters.signals_udp import UdpSignals
from kirpik.errors import ConfigError
from kirpik.feeds import Feeds, Ntcip, load_feeds
from kirpik.service.supervisor import supervise
from kirpik.service.worker import Worker

EXAMPLE = "kirpikd signals --config /etc/kirpik/signals.toml"
DEFAULT_CONFIG = Path("/etc/kirpik/signals.toml")
PATIENCE_S, PERIOD_S = 20.0, 1.0


def add(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help=f"default {DEFAULT_CONFIG}")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    feeds = load_feeds(options.config)
    sender = SocketSender(Path(feeds.socket))
    supervise(_workers(feeds, sender), stop=stop, notify=open_notify(), period_s=PERIOD_S)
    sender.close()
    return 0


def _workers(feeds: Feeds, sender: SocketSender) -> list[Worker]:
    ports = [UdpSignals(udp.address, udp.port, udp.senders) for udp in feeds.udp]
    heard = [Worker(f"udp {port.port}", partial(port.hear, sender.send), patience_s=PATIENCE_S) for port in ports]
    return [*heard, *(Worker(f"ntcip {n.host}", _asked(n, sender), patience_s=PATIENCE_S) for n in feeds.ntcip)]


def _asked(settings: Ntcip, sender: SocketSender) -> Callable[[], None]:
    try:
        from kirpik.adapters.signals_ntcip import Controller, Poller  # noqa: PLC0415  an extra that few units need
    except ImportError as error:
        raise ConfigError(f"[[ntcip]] {settings.host}: a package is missing: pip install 'kirpik[signals]'") from error
    controller = Controller(settings.host, settings.port, settings.community, settings.phases, settings.oid)
    return Poller(controller, sender.send, every_s=settings.poll_ms / 1000).turn
