"""A client that behaves as no unit of ours does: any protocol, any client id, any will, any subscription."""

import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from kirpik.mqtt.tls import Credentials
from tests.system.ground import Fleet, wait_until

ANSWER_S = 5.0


@dataclass
class Client:
    """Everything that happens to it is written down."""

    mqtt: mqtt.Client
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    answers: dict[int, str] = field(default_factory=dict)
    welcome: str | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> str:
        """What the broker answers."""
        number = self.mqtt.publish(topic, payload, 1, retain).mid
        wait_until(lambda: number in self.answers or self.ended.is_set(), what="an answer", timeout_s=ANSWER_S)
        return self.answers.get(number, "disconnected")

    def subscribe(self, *filters: str) -> None:
        for name in filters:
            self.mqtt.subscribe(name, 1)
        time.sleep(0.2)


@contextlib.contextmanager
def client(
    fleet: Fleet, name: str, *, client_id: str = "", version: int = mqtt.MQTTv5, credentials: Credentials | None = None,
    will: tuple[str, bytes] | None = None,
) -> Iterator[Client]:  # fmt: skip
    """Connected as the certificate `name`, or refused: then `welcome` says why."""
    seen = Client(mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id or name, protocol=version))  # type: ignore[arg-type]  # an enum, or its number
    seen.mqtt.tls_set_context((credentials or fleet.credentials(name)).context())
    if will is not None:
        seen.mqtt.will_set(will[0], will[1], 1, retain=True)
    _write_down(seen)
    with contextlib.suppress(OSError, ssl.SSLError):
        seen.mqtt.connect("127.0.0.1", fleet.port, 30)
        seen.mqtt.loop_start()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: seen.welcome is not None or seen.ended.is_set(), what="a welcome", timeout_s=ANSWER_S)
    try:
        yield seen
    finally:
        seen.mqtt.disconnect()
        seen.mqtt.loop_stop()


def _write_down(seen: Client) -> None:
    def welcome(_c: mqtt.Client, _d: object, _f: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        seen.welcome = str(code)

    def heard(_c: mqtt.Client, _d: object, message: mqtt.MQTTMessage) -> None:
        seen.heard.append((message.topic, bytes(message.payload)))

    def answered(_c: mqtt.Client, _d: object, number: int, code: ReasonCode, _p: Properties | None) -> None:
        seen.answers[number] = str(code)

    def ended(_c: mqtt.Client, _d: object, _f: mqtt.DisconnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        seen.answers[-1] = str(code)
        seen.ended.set()

    seen.mqtt.on_connect, seen.mqtt.on_message = welcome, heard
    seen.mqtt.on_publish, seen.mqtt.on_disconnect = answered, ended
    seen.mqtt.reconnect_delay_set(60, 60)
