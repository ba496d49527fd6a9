"""The central's end of MQTT 5, and its only file that knows paho.

The session outlives the connection, so what units say while the central is away waits at the broker; nothing is
acknowledged before it lies on the disk. A worker that shares the load has no session: what a dead one was dealt
goes to the others, and what is lost that way comes again from the units.
"""

import select
import ssl
import time

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from kirpik.errors import BrokerError
from kirpik.wire import topics
from kirpik_central.intake import Letter
from kirpik_central.line import Line, why

KEEP_ALIVE_S = 30
ANSWER_TIMEOUT_S = 15.0
SESSION_S = 14 * 24 * 3600
"""For how long the broker keeps our place while we are away."""
RECEIPT_LIFE_S = 600


class Broker:
    """One connection at a time. All happens in the thread that calls."""

    def __init__(self, line: Line) -> None:
        self.place = f"{line.host}:{line.port}"
        self._line = line
        self._context = line.context()
        self._name = line.name()
        self._client: mqtt.Client | None = None
        self._letters: list[Letter] = []
        self._answer: ReasonCode | None = None
        self._trouble = ""

    @property
    def connected(self) -> bool:
        return self._client is not None and self._answer is not None

    def connect(self) -> None:
        """Connect, take up the session and subscribe. Raises BrokerError with a sentence."""
        self._forget()
        client = self._client = self._new_client()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types there
        properties.SessionExpiryInterval = 0 if self._line.share else SESSION_S
        properties.ReceiveMaximum = 500
        try:
            client.connect(
                self._line.host,
                self._line.port,
                KEEP_ALIVE_S,
                clean_start=bool(self._line.share),
                properties=properties,
            )
        except (OSError, ValueError) as error:
            self._forget()
            raise BrokerError(f"{self.place}: {why(error)}") from error
        self._await_answer()
        every = topics.from_all(topics.PACKETS)
        client.subscribe(
            f"$share/{self._line.share}/{every}" if self._line.share else every, options=SubscribeOptions(1)
        )

    def gather(self, *, limit: int, timeout_s: float) -> list[Letter]:
        """Wait for letters, then take what is there without waiting more. Raises BrokerError when the line is lost."""
        more = self._pump(timeout_s)
        while more and len(self._letters) < limit:
            more = self._pump(0.0)
        letters, self._letters = self._letters, []
        return letters

    def send_receipt(self, unit: bytes, signed: bytes) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = RECEIPT_LIFE_S
        self._open().publish(topics.down(unit, topics.RECEIPT), signed, 1, properties=properties)

    def acknowledge(self, letters: list[Letter]) -> None:
        client = self._open()
        for letter in letters:
            client.ack(letter.number, 1)

    def close(self) -> None:
        """Hang up; the session stays."""
        if self._client is not None:
            self._client.disconnect()
        self._forget()

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self._name, protocol=mqtt.MQTTv5, manual_ack=True)
        client.tls_set_context(self._context)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_log = self._on_log
        return client

    def _open(self) -> mqtt.Client:
        if self._client is None:
            raise BrokerError(f"{self.place}: not connected")
        return self._client

    def _await_answer(self) -> None:
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        while self._answer is None:
            try:
                self._pump(max(0.0, deadline_s - time.monotonic()))
            except BrokerError as error:
                raise BrokerError(f"{error}; a broker that does not accept our certificate does so") from error
            if time.monotonic() > deadline_s:
                raise self._lost(f"no MQTT answer within {ANSWER_TIMEOUT_S:g} s")
        if self._answer.is_failure:
            raise self._lost(f"the broker refuses us: {self._answer}")

    def _pump(self, timeout_s: float) -> bool:
        """Wait for bytes and handle them; return whether there were any."""
        client = self._client
        connection = client.socket() if client is not None else None
        if client is None or connection is None:
            raise self._lost("the broker has hung up")
        decrypted = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        writers = [connection] if client.want_write() else []
        readable, writable, _ = select.select([connection], writers, [], 0.0 if decrypted else timeout_s)
        code = mqtt.MQTT_ERR_SUCCESS
        if readable or decrypted:
            code = client.loop_read()
        if writable and code == mqtt.MQTT_ERR_SUCCESS:
            code = client.loop_write()
        if code == mqtt.MQTT_ERR_SUCCESS:
            code = client.loop_misc()
        refused = self._answer is not None and self._answer.is_failure
        if code != mqtt.MQTT_ERR_SUCCESS and not refused:
            raise self._lost(self._trouble or mqtt.error_string(code))
        return bool(readable) or decrypted

    def _lost(self, reason: str) -> BrokerError:
        self._forget()
        return BrokerError(f"{self.place}: {reason}")

    def _forget(self) -> None:
        client, self._client = self._client, None
        if client is not None and (connection := client.socket()) is not None:
            connection.close()
        self._answer, self._trouble = None, ""
        self._letters.clear()

    def _on_connect(
        self, _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _with: Properties | None
    ) -> None:
        self._answer = code

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self._letters.append(Letter(message.topic, bytes(message.payload), message.mid))

    def _on_log(self, _client: mqtt.Client, _data: object, level: int, text: str) -> None:
        if level == mqtt.MQTT_LOG_ERR:
            self._trouble = text
