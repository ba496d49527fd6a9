"""Every hole in a broker that we know of, tried on a real Mosquitto with the settings that we ship."""

import re
import socket
import ssl
import time
from contextlib import AbstractContextManager

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509

from kirpik.mqtt.tls import Credentials
from kirpik_provisioning.broker.clients import read_clients
from tests.system.ground import Fleet, wait_until
from tests.system.intruder import Client, client

UNIT, OTHER = "aa" * 16, "bb" * 16


def tree(name: str) -> str:
    return f"kirpik/1/u/{name}"


def test_a_client_id_of_another_unit_pushes_nobody_off(fleet: Fleet) -> None:
    with client(fleet, UNIT) as unit, client(fleet, OTHER, client_id=UNIT) as thief:
        assert (unit.welcome, thief.welcome) == ("Success", "Success")
        assert unit.publish(f"{tree(UNIT)}/up/health") != "disconnected"
        assert not unit.ended.is_set()
        assert thief.publish(f"{tree(UNIT)}/up/health") == "Not authorized"


@pytest.mark.parametrize("version", [mqtt.MQTTv311, mqtt.MQTTv5])
@pytest.mark.parametrize(
    "topic",
    [f"{tree(OTHER)}/up/v", f"{tree(OTHER)}/up/state", f"{tree(UNIT)}/down/receipt", f"{tree(OTHER)}/down/order",
     f"{tree(UNIT)}/up/else", f"{tree(UNIT)}/up/v/more", "kirpik/1/keys/set", "kirpik/1/keys/root/2", "else"],
)  # fmt: skip
def test_what_a_unit_may_not_say_reaches_nobody(fleet: Fleet, version: int, topic: str) -> None:
    """On MQTT 3.1.1 the broker calls it a success all the same."""
    with client(fleet, "central") as central, client(fleet, UNIT, version=version) as unit:
        central.subscribe("kirpik/1/#", "else")
        answer = unit.publish(topic, retain=True)
        unit.publish(f"{tree(UNIT)}/up/v", b"allowed")
        wait_until(lambda: central.heard, what="what is allowed")
        assert central.heard == [(f"{tree(UNIT)}/up/v", b"allowed")]
        assert answer == ("Not authorized" if version == mqtt.MQTTv5 else "Success")


def test_a_unit_hears_only_what_is_meant_for_it_whatever_it_subscribes_to(fleet: Fleet) -> None:
    with (
        client(fleet, "central") as central,
        client(fleet, "desk") as desk,
        client(fleet, OTHER) as other,
        client(fleet, UNIT) as unit,
    ):
        unit.subscribe("#", "$SYS/#", "kirpik/1/u/+/up/#", "kirpik/1/u/+/down/#", f"{tree(OTHER)}/down/receipt")
        other.publish(f"{tree(OTHER)}/up/v", b"a packet")
        central.publish(f"{tree(OTHER)}/down/receipt", b"another's")
        desk.publish(f"{tree(OTHER)}/down/order", b"another's")
        central.publish(f"{tree(UNIT)}/down/receipt", b"its own")
        desk.publish(f"{tree(UNIT)}/down/order", b"its order")
        desk.publish("kirpik/1/keys/set", b"keys")
        wait_until(lambda: len(unit.heard) >= 3, what="its own and the keys")
        time.sleep(0.3)
        assert {payload for _, payload in unit.heard} == {b"its own", b"its order", b"keys"}


def test_a_central_neither_orders_nor_publishes_keys_and_a_desk_hears_no_packets_nor_counts(fleet: Fleet) -> None:
    """Whoever breaks into one of them has not the other's rights as well."""
    with client(fleet, "central") as central, client(fleet, "desk") as desk, client(fleet, UNIT) as unit:
        desk.subscribe("#")
        for topic in (f"{tree(UNIT)}/down/order", "kirpik/1/keys/set", "kirpik/1/keys/root/2", f"{tree(UNIT)}/up/v"):
            assert central.publish(topic) == "Not authorized"
        for topic in (f"{tree(UNIT)}/down/receipt", f"{tree(UNIT)}/up/v"):
            assert desk.publish(topic) == "Not authorized"
        central.subscribe("kirpik/1/u/+/up/standing")
        unit.publish(f"{tree(UNIT)}/up/v", b"a packet")
        unit.publish(f"{tree(UNIT)}/up/standing", b"how many")
        unit.publish(f"{tree(UNIT)}/up/health", b"numbers")
        wait_until(lambda: desk.heard and central.heard, what="a heartbeat, and how many")
        time.sleep(0.3)
        assert desk.heard == [(f"{tree(UNIT)}/up/health", b"numbers")]
        assert central.heard == [(f"{tree(UNIT)}/up/standing", b"how many")]


def test_a_unit_in_the_workers_group_cannot_read_what_it_is_dealt(fleet: Fleet) -> None:
    """It could swallow packets, which then come again: the group's name is a secret as long as a key."""
    with client(fleet, OTHER) as other, client(fleet, UNIT) as unit:
        unit.subscribe(f"$share/{read_clients(fleet.things.desk).share}/kirpik/1/u/+/up/v")
        for _ in range(4):
            other.publish(f"{tree(OTHER)}/up/v", b"a packet")
        time.sleep(0.3)
        assert unit.heard == []


def test_a_last_will_on_another_s_topic_is_never_said(fleet: Fleet) -> None:
    with client(fleet, "central") as central:
        central.subscribe("kirpik/1/u/+/up/state")
        with client(fleet, UNIT, will=(f"{tree(OTHER)}/up/state", b"lost")) as unit:
            if unit.welcome == "Success":
                _cut(unit.mqtt)
        with client(fleet, OTHER, will=(f"{tree(OTHER)}/up/state", b"lost")) as other:
            assert other.welcome == "Success"
            _cut(other.mqtt)
            wait_until(lambda: central.heard, what="the other's own will")
        assert central.heard == [(f"{tree(OTHER)}/up/state", b"lost")]


def _cut(connection: mqtt.Client) -> None:
    """The line is lost without a word."""
    line = connection.socket()
    assert isinstance(line, socket.socket)
    line.shutdown(socket.SHUT_RDWR)


def test_a_unit_can_leave_no_more_retained_words_than_it_has_topics(fleet: Fleet) -> None:
    with client(fleet, UNIT) as unit:
        refused = {unit.publish(f"{tree(UNIT)}/up/{number}", retain=True) for number in range(20)}
        assert refused == {"Not authorized"}


def test_a_message_that_no_unit_sends_ends_the_connection(fleet: Fleet) -> None:
    with client(fleet, UNIT) as unit:
        assert unit.publish(f"{tree(UNIT)}/up/v", bytes(100_000)) == "disconnected"


def test_a_revoked_unit_falls_silent_is_hung_up_on_and_does_not_come_again(fleet: Fleet) -> None:
    """Mosquitto reads the list of revoked certificates for new connections alone; the file of rights counts for all."""
    unit = fleet.things.add_unit("stolen").unit.hex()
    with client(fleet, "central") as central, client(fleet, OTHER) as other, _as_itself(fleet, unit) as live:
        central.subscribe("kirpik/1/u/+/up/#")
        live.subscribe(f"{tree(unit)}/down/#", "kirpik/1/keys/#")
        assert live.publish(f"{tree(unit)}/up/health", b"before") == "Success"
        _revoke(fleet, unit)
        fleet.refresh_broker()
        with _as_itself(fleet, unit) as again:
            assert again.welcome is None, "the certificate is on the list"
        assert live.publish(f"{tree(unit)}/up/health", b"after") == "Not authorized"
        central.publish(f"{tree(unit)}/down/receipt", b"nothing for it")
        assert not live.ended.is_set()
        assert "1 hung up on" in fleet.bench("broker", "cut")
        wait_until(live.ended.is_set, what="it is hung up on")
        assert other.publish(f"{tree(OTHER)}/up/health", b"another") == "Success"
        assert [payload for _, payload in central.heard] == [b"before", b"another"]
        assert live.heard == []


def test_a_worker_that_is_dismissed_hears_no_packet_any_more(fleet: Fleet) -> None:
    fleet.bench("broker", "admit", "central-2", "--as", "central", "--out", str(fleet.folder))
    fleet.refresh_broker()
    home = fleet.folder / "central-2"
    files = Credentials(home / "ca.pem", home / "central.pem", home / "central.key")
    with client(fleet, "central-2", credentials=files) as worker, client(fleet, UNIT) as unit:
        worker.subscribe("kirpik/1/u/+/up/v")
        unit.publish(f"{tree(UNIT)}/up/v", b"before")
        wait_until(lambda: worker.heard, what="a packet")
        fleet.bench("broker", "dismiss", "central-2")
        fleet.refresh_broker()
        unit.publish(f"{tree(UNIT)}/up/v", b"after")
        fleet.bench("broker", "cut")
        wait_until(worker.ended.is_set, what="it is hung up on")
        assert worker.heard == [(f"{tree(UNIT)}/up/v", b"before")]


def _as_itself(fleet: Fleet, unit: str) -> AbstractContextManager[Client]:
    home = fleet.folder / "stolen"
    return client(fleet, unit, credentials=Credentials(home / "ca.pem", home / "unit.pem", home / "unit.key"))


def _revoke(fleet: Fleet, unit: str) -> None:
    """As two holders of the keys role do it."""
    fleet.bench("keys", "revoke", unit, "--epoch", "1", "--sequence", "3")
    for name in ("keys-1", "keys-2"):
        (draft,) = (fleet.things.desk / "drafts").iterdir()
        fleet.bench("keys", "set", "sign", str(draft), "--key", str(fleet.things.desk / f"{name}.key"), "--yes")
    fleet.bench("keys", "set", "publish", "--offline")


def test_a_list_of_the_revoked_never_runs_out(fleet: Fleet) -> None:
    """Otherwise a forgotten renewal would lock out the whole fleet."""
    crl = x509.load_pem_x509_crl((fleet.folder / "broker" / "crl.pem").read_bytes())
    assert crl.next_update_utc is not None
    assert crl.next_update_utc.year == 9999


def test_nothing_older_than_tls_13_and_nobody_without_a_certificate_gets_in(fleet: Fleet) -> None:
    ours = fleet.credentials(UNIT)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(ours.ca)
    old.load_cert_chain(ours.certificate, ours.key)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", fleet.port)) as line:
        old.wrap_socket(line, server_hostname="127.0.0.1")
    nameless = ssl.create_default_context(cafile=ours.ca)
    assert _hears_back(nameless, fleet.port) == b""


def _hears_back(context: ssl.SSLContext, port: int) -> bytes:
    """What a broker says to a greeting; it asks for the certificate only after our handshake is done."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port)) as line,
            context.wrap_socket(line, server_hostname="127.0.0.1") as secure,
        ):
            secure.sendall(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01x")
            return secure.recv(4)
    except OSError:
        return b""


def test_a_keep_alive_that_would_hold_a_dead_line_for_hours_is_cut_short(fleet: Fleet) -> None:
    settings = (fleet.folder / "broker" / "mosquitto.conf").read_text()
    (longest,) = re.findall(r"^max_keepalive (\d+)$", settings, re.MULTILINE)
    with client(fleet, UNIT) as unit:
        assert int(longest) <= 300
        assert unit.welcome == "Success"
