import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from kirpik.errors import BrokerError, ConfigError
from kirpik.mqtt.connection import Connection
from kirpik.mqtt.messages import Answer, Arrival, Will
from kirpik.mqtt.tls import Credentials
from kirpik_provisioning.pki import issue_client, new_authority
from tests.system.ground import Fleet

UNIT, OTHER = "aa" * 16, "bb" * 16


def tree(name: str) -> str:
    return f"kirpik/1/u/{name}"


@contextmanager
def connected(fleet: Fleet, name: str, *, credentials: Credentials | None = None) -> Iterator[Connection]:
    broker = Connection("127.0.0.1", fleet.port, credentials or fleet.credentials(name))
    filters = ["kirpik/1/u/+/up/#"] if name == "central" else [f"{tree(name)}/down/#"]
    broker.connect(filters, Will(f"{tree(name)}/up/state", b"lost"))
    yield broker
    broker.say_last(f"{tree(name)}/up/state", b"disconnected")
    broker.close()


def first(broker: Connection, kind: type[Arrival | Answer]) -> Arrival | Answer:
    deadline_s = time.monotonic() + 5
    while time.monotonic() < deadline_s:
        for happened in broker.turn(0.1):
            if isinstance(happened, kind):
                return happened
    raise AssertionError("nothing came")


def test_what_a_unit_says_arrives_and_is_answered(fleet: Fleet) -> None:
    with connected(fleet, "central") as central, connected(fleet, UNIT) as unit:
        central.turn(0.2)
        number = unit.publish(f"{tree(UNIT)}/up/v", bytes(16384), expiry_s=600)
        assert first(unit, Answer) == Answer(number, None)
        assert first(central, Arrival) == Arrival(f"{tree(UNIT)}/up/v", bytes(16384), 1)


def test_a_unit_that_speaks_for_another_is_refused(fleet: Fleet) -> None:
    with connected(fleet, UNIT) as unit:
        number = unit.publish(f"{tree(OTHER)}/up/v", b"x")
        assert first(unit, Answer) == Answer(number, "Not authorized")


def test_a_deaf_central_shows_in_the_answer(fleet: Fleet) -> None:
    with connected(fleet, UNIT) as unit:
        number = unit.publish(f"{tree(UNIT)}/up/v", b"x")
        assert first(unit, Answer) == Answer(number, "No matching subscribers")


def test_state_is_retained_lost_without_a_word_and_disconnected_with_one(fleet: Fleet) -> None:
    with connected(fleet, UNIT) as unit:
        unit.publish(f"{tree(UNIT)}/up/state", b"online", retain=True)
        first(unit, Answer)
    with connected(fleet, "central") as central:
        assert first(central, Arrival) == Arrival(f"{tree(UNIT)}/up/state", b"disconnected", 1, retained=True)


def test_no_broker_is_one_sentence(fleet: Fleet) -> None:
    fleet.broker.kill()
    with pytest.raises(BrokerError, match=rf"127\.0\.0\.1:{fleet.port}: nobody listens there"):
        Connection("127.0.0.1", fleet.port, fleet.credentials(UNIT)).connect([])


def test_a_stranger_s_certificate_is_refused_by_the_broker(fleet: Fleet) -> None:
    stranger = new_authority("another fleet", now=datetime.now(UTC))
    issue_client(stranger, UNIT, now=datetime.now(UTC)).write(fleet.folder, "stranger")
    files = Credentials(
        fleet.folder / "broker" / "ca.pem", fleet.folder / "stranger.pem", fleet.folder / "stranger.key"
    )
    with pytest.raises(BrokerError, match="a broker that does not accept our certificate does so"):
        Connection("127.0.0.1", fleet.port, files).connect([])


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves the socket to the collector
def test_a_stranger_s_broker_is_refused_by_the_unit(fleet: Fleet) -> None:
    ca = fleet.folder / "strange-ca.pem"
    ca.write_bytes(new_authority("another fleet", now=datetime.now(UTC)).certificate_pem())
    ours = fleet.credentials(UNIT)
    with pytest.raises(BrokerError, match="the broker's certificate is not the one expected"):
        Connection("127.0.0.1", fleet.port, Credentials(ca, ours.certificate, ours.key)).connect([])


def test_a_lost_line_is_told_and_a_new_one_can_be_had(fleet: Fleet) -> None:
    with connected(fleet, UNIT) as unit:
        fleet.broker.kill()
        with pytest.raises(BrokerError):
            first(unit, Answer)
        assert not unit.connected
        fleet.start_broker()
        unit.connect([])
        assert unit.connected


def test_a_missing_key_file_names_itself(fleet: Fleet) -> None:
    ours = fleet.credentials(UNIT)
    with pytest.raises(ConfigError, match=r"no\.key: cannot be read: No such file"):
        Credentials(ours.ca, ours.certificate, fleet.folder / "no.key").context()


def test_the_key_of_another_certificate_is_told(fleet: Fleet) -> None:
    ours, other = fleet.credentials(UNIT), fleet.credentials(OTHER)
    with pytest.raises(ConfigError, match="expected the private key of"):
        Credentials(ours.ca, ours.certificate, other.key).context()
