"""The intake's loop: gather letters, take them, send receipts, acknowledge. Ends on a signal between two groups."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import uniform

from kirpik.errors import BrokerError
from kirpik_central.broker import Broker
from kirpik_central.intake import Intake
from kirpik_central.keyfiles import LiveKeys
from kirpik_central.letters import Letter
from kirpik_central.log import Log
from kirpik_central.metrics import Metrics
from kirpik_central.reader import Reader

WAIT_S = 0.5
"""For letters; also how soon a signal is obeyed."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
SAY_AGAIN_S = 60.0
START_S = 5.0
"""For a broker that is being started along with us; one that stays away after that is a mistake to be told."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works in one intake."""

    broker: Broker
    intake: Intake
    reader: Reader | None
    """None where packets are opened elsewhere."""
    log: Log
    metrics: Metrics
    keys: LiveKeys

    def renew_keys(self) -> None:
        if (keys := self.keys.renewed()) is not None:
            self.intake.use(keys)
            if self.reader is not None:
                self.reader.use(keys)


def work(crew: Crew, *, group: int, stopped: Callable[[], bool], pause: Callable[[float], object]) -> None:
    """Run until `stopped`. Raises BrokerError only when the first connection cannot be had."""
    broker = crew.broker
    _call_first(broker, stopped=stopped, pause=pause)
    log.info("intake=open broker=%s", broker.place)
    try:
        while not stopped():
            try:
                _turn(crew, group=group)
            except BrokerError as error:
                _reconnect(broker, error, stopped=stopped, pause=pause)
    finally:
        broker.close()


def _call_first(broker: Broker, *, stopped: Callable[[], bool], pause: Callable[[float], object]) -> None:
    deadline_s = time.monotonic() + START_S
    while not broker.connected and not stopped():
        try:
            broker.connect()
        except BrokerError:
            if time.monotonic() >= deadline_s:
                raise
            pause(FIRST_PAUSE_S)


def _turn(crew: Crew, *, group: int) -> None:
    """First what somebody waits for, then what nobody does."""
    if letters := crew.broker.gather(limit=group, timeout_s=WAIT_S):
        _answer(crew, letters)
    if crew.reader is not None:
        crew.metrics.read(crew.reader.read(limit=group))
    crew.log.keep_up()
    crew.renew_keys()


def _answer(crew: Crew, letters: list[Letter]) -> None:
    began_s = time.monotonic()
    answered = crew.intake.take(letters)
    for unit, signed in answered.receipts:
        crew.broker.send_receipt(unit, signed)
    crew.broker.acknowledge(letters)
    crew.metrics.took(answered, time.monotonic() - began_s)
    fates = " ".join(f"{name}={number}" for name, number in sorted(answered.fates.items()))
    log.info("letters=%d receipts=%d %s", len(letters), len(answered.receipts), fates)


def _reconnect(
    broker: Broker, trouble: BrokerError, *, stopped: Callable[[], bool], pause: Callable[[float], object]
) -> None:
    pause_s, tries, said_at = FIRST_PAUSE_S, 0, -SAY_AGAIN_S
    while not stopped():
        if time.monotonic() - said_at >= SAY_AGAIN_S:
            log.warning("broker=away tries=%d why=%r", tries, str(trouble))
            said_at = time.monotonic()
        pause(pause_s * uniform(0.8, 1.2))  # noqa: S311  only keeps workers apart
        pause_s, tries = min(2 * pause_s, LONGEST_PAUSE_S), tries + 1
        try:
            broker.connect()
        except BrokerError as error:
            trouble = error
            continue
        log.info("broker=back tries=%d", tries)
        return
