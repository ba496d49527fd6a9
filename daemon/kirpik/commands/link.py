"""`kirpikd link`: the service that speaks. It runs under systemd, without a camera and without the eye's keys."""

import argparse
import threading
from functools import partial

from kirpik.adapters.notify import open_notify
from kirpik.commands.options import add_config
from kirpik.config import beside, load_config
from kirpik.errors import ConfigError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.tls import Credentials
from kirpik.service.heartbeat import take_pulse
from kirpik.service.link import run_link
from kirpik.store.inbox import Inbox
from kirpik.store.outbox import OutboxView

EXAMPLE = "kirpikd link --config /etc/kirpik/kirpik.toml"


def add(verb: argparse.ArgumentParser) -> None:
    add_config(verb)


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    config = load_config(options.config)
    if config.broker is None:
        raise ConfigError(f"{options.config}: the table [broker] is missing, expected host, port and certificates")
    ca, certificate, key = (
        beside(options.config, name) for name in (config.broker.ca, config.broker.certificate, config.broker.key)
    )
    broker = Connection(config.broker.host, config.broker.port, Credentials(ca, certificate, key))
    state = beside(options.config, config.unit.state)
    run_link(
        broker,
        OutboxView(state / "outbox"),
        Inbox(state / "inbox"),
        name=broker.name,
        stop=stop,
        notify=open_notify(),
        measures=partial(take_pulse, state),
    )
    return 0
