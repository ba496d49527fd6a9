"""The link as a process, as patient in seconds as on a road in minutes: `python -m tests.system.link_process TOML`."""

import logging
import signal
import sys
import threading
from pathlib import Path

from kirpik.adapters.notify import open_notify
from kirpik.config import beside, load_config
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.tls import Credentials
from kirpik.service.flights import Pace
from kirpik.service.link import run_link
from kirpik.store.inbox import Inbox
from kirpik.store.outbox import OutboxView

QUICK = Pace(first_s=1.0, longest_s=4.0, held_s=4.0, health_s=1.0, call_first_s=0.2, call_longest_s=1.0)


def main(path: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
    config, stop = load_config(path), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    assert config.broker is not None
    wire = config.broker
    broker = Connection(
        wire.host,
        wire.port,
        Credentials(beside(path, wire.ca), beside(path, wire.certificate), beside(path, wire.key)),
    )
    state = beside(path, config.unit.state)
    outbox, inbox = OutboxView(state / "outbox"), Inbox(state / "inbox")
    run_link(broker, outbox, inbox, name=broker.name, stop=stop, notify=open_notify(), pace=QUICK)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
