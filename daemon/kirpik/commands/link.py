"""`kirpikd link`: the service that speaks. It runs under systemd, without a camera and without the eye's keys."""

import argparse
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from kirpik.adapters.notify import open_notify
from kirpik.adapters.stick import boot_id
from kirpik.commands.options import add_config
from kirpik.config import Config, beside, load_config
from kirpik.errors import ConfigError
from kirpik.mqtt.connection import Connection, answers
from kirpik.mqtt.tls import Credentials
from kirpik.service.fetching import Fetching
from kirpik.service.flights import Pace
from kirpik.service.heartbeat import take_pulse
from kirpik.service.link import run_link
from kirpik.service.turning_line import Endpoint, TurningLine, card_of, clock_is_proven, endpoints_of
from kirpik.store.fetched import Fetched
from kirpik.store.inbox import Inbox
from kirpik.store.orders import ResultsView
from kirpik.store.outbox import OutboxView
from kirpik.store.wanted import WantedView

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
    state = beside(options.config, config.unit.state)
    keys, card = state / "keys", card_of(config.broker)
    open_line = partial(_open_line, Credentials(ca, certificate, key), partial(clock_is_proven, keys, boot_id()))
    pace = _pace(config)
    line = TurningLine(partial(endpoints_of, keys, *card), open_line, answers=answers)
    run_link(
        line,
        OutboxView(state / "outbox"),
        Inbox(state / "inbox"),
        name=Credentials(ca, certificate, key).name(),
        stop=stop,
        notify=open_notify(),
        pace=pace,
        measures=partial(take_pulse, state, beside(options.config, config.unit.run)),
        results=ResultsView(state / "results"),
        fetching=Fetching(WantedView(state / "wanted"), Fetched(state / "fetched"), bytes_per_s=pace.bytes_per_s),
    )
    return 0


def _pace(config: Config) -> Pace:
    kbit_s = config.broker.limit_kbit_s if config.broker else 0
    return Pace(bytes_per_s=kbit_s * 125 or None, slot_s=config.spool.constant_rate_s or None)


def _open_line(card: Credentials, dates_count: Callable[[], bool], to: Endpoint) -> Connection:
    return Connection(to.host, to.port, replace(card, more_authorities=to.authority), dates_count=dates_count)
