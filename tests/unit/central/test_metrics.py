import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from kirpik.errors import ConfigError
from kirpik_central.config import load_config
from kirpik_central.metrics import Metrics
from tests.unit.central.intake_desk import Desk
from tests.unit.central.test_health import beat


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def told(metrics: Metrics) -> dict[str, float]:
    lines = generate_latest(metrics.registry).decode().splitlines()
    return {name: float(value) for line in lines if line[0] != "#" for name, value in [line.rsplit(" ", 1)]}


def test_letters_are_counted_by_fate_and_the_store_is_looked_over(desk: Desk) -> None:
    sender, metrics = desk.sender(), Metrics()
    metrics.watch(desk.store, units=True)
    clone = type(sender)(sender.identity, sender.recipient)
    desk.take(sender, sender.next(), sender.next())
    desk.take(sender, clone.next())
    beat(desk, sender, soc_c=48)
    metrics.read(desk.reader.read(limit=1))
    seen = told(metrics)
    assert seen['kirpik_alarms{kind="fork"}'] == 1
    assert (seen["kirpik_log_size"], seen["kirpik_packets_unread"], seen["kirpik_packets_read_total"]) == (2, 1, 1)
    assert seen[f'kirpik_unit_soc_c{{unit="{sender.unit.hex()}"}}'] == 48
    assert (seen["kirpik_store_up"], seen["kirpik_units_silent"]) == (1, 0)


def test_no_plate_is_told(desk: Desk) -> None:
    sender, metrics = desk.sender(), Metrics()
    metrics.watch(desk.store, units=True)
    desk.take(sender, sender.next())
    desk.reader.read(limit=1)
    assert b"123ABC01" not in generate_latest(metrics.registry)


def test_a_store_that_is_away_is_told_and_nothing_breaks(desk: Desk) -> None:
    metrics = Metrics()
    metrics.watch(desk.store, units=False)
    desk.engine.dispose()
    Path(str(desk.engine.url.database)).write_bytes(b"no database" * 500)
    assert told(metrics)["kirpik_store_up"] == 0


def test_they_are_served_on_this_machine_alone() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    metrics = Metrics()
    metrics.serve("127.0.0.1", port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"kirpik_receipts_total 0.0" in answer.read()
    with pytest.raises(ConfigError, match=f"metrics: 127.0.0.1:{port} cannot be listened on: Address already in use"):
        Metrics().serve("127.0.0.1", port)


def test_another_address_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "central.toml"
    path.write_text('[broker]\nhost = "h"\n[metrics]\nport = 9464\naddress = "0.0.0.0"\n')
    with pytest.raises(ConfigError, match=r"metrics.address"):
        load_config(path)
