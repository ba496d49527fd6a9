"""One end of MQTT 5, the unit's or the central's, and the only file that knows paho.

All happens in the thread that calls: no thread of paho's own, no socket but the one to the broker (paho's own loop
opens a listening one to wake itself up), and callbacks only write down what came. Each connection is a new client,
so nothing of an old one is sent again behind our back.
"""

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from kirpik.errors import BrokerError
from kirpik.mqtt.messages import Answer, Arrival, Session, Will
from kirpik.mqtt.tls import Credentials, Visitor, without_dates

KEEP_ALIVE_S = 30
ANSWER_TIMEOUT_S = 15.0
"""For the broker's answer to a connection."""
MAX_UNANSWERED = 512
"""More than anybody here ever has on the way, so that paho never holds a message back by itself."""


class Connection:
    """One connection at a time, to one broker. Not for use by two threads."""

    def __init__(
        self,
        host: str,
        port: int,
        credentials: Credentials | Visitor,
        *,
        session: Session = Session(),  # noqa: B008  frozen
        dates_count: Callable[[], bool] = lambda: True,
        client_id: str | None = None,
    ) -> None:
        """`dates_count` says, at each call, whether our clock is good enough to judge a certificate's dates by.

        `client_id` counts where the broker does not take the name in the certificate for it.
        """
        self.place = f"{host}:{port}"
        self.name = credentials.name()
        self._client_id = client_id or self.name
        self._host, self._port = host, port
        self._context = credentials.context()
        self._strict = self._context.verify_flags
        self._session = session
        self._dates_count = dates_count
        self._client: mqtt.Client | None = None
        self._happened: list[Arrival | Answer] = []
        self._refusal: str | None = None
        self._welcome = False
        self._trouble = ""

    @property
    def connected(self) -> bool:
        return self._client is not None and self._welcome

    def connect(self, filters: Sequence[str], will: Will | None = None) -> None:
        """Connect and subscribe. Raises BrokerError with a sentence; what went wrong may be gone at the next try."""
        self._forget()
        self._context.verify_flags = self._strict if self._dates_count() else without_dates(self._strict)
        client = self._client = self._new_client(will)
        clean = self._session.kept_s == 0
        try:
            client.connect(self._host, self._port, KEEP_ALIVE_S, clean_start=clean, properties=self._wishes())
        except (OSError, ValueError) as error:
            self._forget()
            raise BrokerError(f"{self.place}: {_why(error)}") from error
        self._await_welcome()
        if filters:
            client.subscribe([(name, SubscribeOptions(qos=1)) for name in filters])

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> int:
        """Hand a message over and return its number; an `Answer` with it follows, unless the connection is lost."""
        client, properties = self._open(), None
        if expiry_s is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = expiry_s
        return client.publish(topic, payload, 1, retain, properties).mid

    def subscribe(self, topic: str) -> None:
        """To one topic more; what is retained there comes at once."""
        self._open().subscribe(topic, options=SubscribeOptions(qos=1))

    def unsubscribe(self, topic: str) -> None:
        self._open().unsubscribe(topic)

    def acknowledge(self, number: int) -> None:
        """Tell the broker that an arrival is safe with us."""
        self._open().ack(number, 1)

    def turn(self, timeout_s: float) -> list[Arrival | Answer]:
        """Move bytes for at most `timeout_s` and return what happened. Raises BrokerError when the line is lost."""
        self._pump(timeout_s)
        happened, self._happened = self._happened, []
        return happened

    def say_last(self, topic: str, payload: bytes) -> None:
        """A retained word before hanging up: wait shortly for its answer. Does nothing when not connected."""
        with contextlib.suppress(BrokerError):
            if self.connected:
                farewell = self.publish(topic, payload, retain=True)
                deadline_s = time.monotonic() + 2.0
                while time.monotonic() < deadline_s and not _answers(farewell, self.turn(0.1)):
                    pass

    def close(self) -> None:
        """Hang up; a session that is kept stays."""
        if self._client is not None:
            self._client.disconnect()
        self._forget()

    def _open(self) -> mqtt.Client:
        if self._client is None:
            raise BrokerError(f"{self.place}: not connected")
        return self._client

    def _wishes(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types there
        properties.SessionExpiryInterval = self._session.kept_s
        if self._session.receive_maximum is not None:
            properties.ReceiveMaximum = self._session.receive_maximum
        return properties

    def _new_client(self, will: Will | None) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=mqtt.MQTTv5,
            manual_ack=self._session.by_hand,
        )
        client.tls_set_context(self._context)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.max_inflight_messages_set(MAX_UNANSWERED)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.on_log = self._on_log
        return client

    def _await_welcome(self) -> None:
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        while not self._welcome:
            try:
                self._pump(max(0.0, deadline_s - time.monotonic()))
            except BrokerError as error:
                raise BrokerError(f"{error}; a broker that does not accept our certificate does so") from error
            if self._refusal is not None:
                raise self._lost(f"the broker refuses us: {self._refusal}")
            if time.monotonic() > deadline_s:
                raise self._lost(f"no MQTT answer within {ANSWER_TIMEOUT_S:g} s")

    def _pump(self, timeout_s: float) -> None:
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
        if code != mqtt.MQTT_ERR_SUCCESS and self._refusal is None:
            raise self._lost(self._trouble or mqtt.error_string(code))

    def _lost(self, reason: str) -> BrokerError:
        self._forget()
        return BrokerError(f"{self.place}: {reason}")

    def _forget(self) -> None:
        client, self._client = self._client, None
        if client is not None and (connection := client.socket()) is not None:
            connection.close()
        self._welcome, self._refusal, self._trouble = False, None, ""
        self._happened.clear()

    def _on_connect(
        self, _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _with: Properties | None
    ) -> None:
        if code.is_failure:
            self._refusal = str(code)
        self._welcome = not code.is_failure

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self._happened.append(Arrival(message.topic, bytes(message.payload), message.mid, message.retain))

    def _on_publish(
        self, _client: mqtt.Client, _data: object, number: int, code: ReasonCode, _with: Properties | None
    ) -> None:
        self._happened.append(Answer(number, str(code) if code.value else None))

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _with: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._trouble = str(code)

    def _on_log(self, _client: mqtt.Client, _data: object, level: int, text: str) -> None:
        if level == mqtt.MQTT_LOG_ERR:
            self._trouble = text


def answers(host: str, port: int, *, timeout_s: float = 2.0) -> bool:
    """Whether somebody listens there. Nothing is said."""
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError:
        return False
    return True


def _answers(message: int, happened: list[Arrival | Answer]) -> bool:
    return any(isinstance(each, Answer) and each.message == message for each in happened)


def _why(error: OSError | ValueError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"the broker's certificate is not the one expected: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS 1.3 connection: {error.reason}"
        case ConnectionRefusedError():
            return "nobody listens there"
        case TimeoutError():
            return "no answer"
        case socket.gaierror():
            return f"the host's name is not known: {error.strerror}"
    return str(error)
