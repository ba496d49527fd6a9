"""A unit that does not belong yet asks in the lobby, again and again, until an answer holds.

A wrong answer changes nothing: whoever sends it is not the authority whose certificate lies on the card.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from kirpik.errors import BrokerError, TrustError, WireError
from kirpik.mqtt.line import Line
from kirpik.mqtt.messages import Answer, Arrival
from kirpik.service.complaint import Complaint
from kirpik.wire import topics
from kirpik.wire.enrol import decode_answer

ASK_EVERY_S = 10.0
CALL_EVERY_S = 5.0
TURN_S = 0.2

log = logging.getLogger(__name__)


def ask_until_answered(
    line: Line,
    unit: bytes,
    request: Callable[[], bytes],
    keep: Callable[[bytes], object],
    *,
    stop: threading.Event,
    ask_every_s: float = ASK_EVERY_S,
) -> bool:
    """Whether `keep` took an answer; it raises TrustError for one that does not hold. False when `stop` was set."""
    trouble, strange = Complaint("lobby", log.warning), Complaint("answer", log.warning)
    ask_at_s = 0.0
    while not stop.is_set():
        try:
            if not line.connected:
                line.connect([topics.lobby_answer(unit)])
                trouble.over()
                ask_at_s = 0.0
            if time.monotonic() >= ask_at_s:
                line.publish(topics.lobby_ask(unit), request(), expiry_s=round(10 * ask_every_s))
                ask_at_s = time.monotonic() + ask_every_s
            if _answered(line.turn(TURN_S), keep, strange):
                line.close()
                return True
        except BrokerError as error:
            trouble.raised(str(error))
            stop.wait(CALL_EVERY_S)
    line.close()
    return False


def _answered(happened: Sequence[Arrival | Answer], keep: Callable[[bytes], object], strange: Complaint) -> bool:
    for each in happened:
        if isinstance(each, Arrival):
            try:
                keep(decode_answer(each.payload))
            except (WireError, TrustError) as error:
                strange.raised(str(error))
            else:
                return True
    return False
