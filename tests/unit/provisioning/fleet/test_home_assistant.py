"""Discovery messages, against a closed schema written from Home Assistant's pages on MQTT discovery, sensor and binary
sensor (2024.11): a key, class or unit that is not listed there is refused, as Home Assistant itself does."""

import json
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from click.testing import CliRunner

from kirpik.wire import health, topics
from kirpik.wire.signature import SigningKey
from kirpik_provisioning.cli import bench
from kirpik_provisioning.fleet.home_assistant import PROBLEMS, SENSORS, discovery, discovery_topic
from kirpik_provisioning.registry import Card, Registry
from tests.unit.provisioning.fleet.units import unit


class Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    pass


class Device(Strict, frozen=True, kw_only=True):
    identifiers: list[str]
    name: str
    manufacturer: str = ""
    model: str = ""
    sw_version: str = ""


class Origin(Strict, frozen=True, kw_only=True):
    name: str
    sw_version: str = ""
    support_url: str = ""


class Availability(Strict, frozen=True, kw_only=True):
    topic: str
    value_template: str = ""
    payload_available: str = "online"
    payload_not_available: str = "offline"


class Sensor(Strict, frozen=True, kw_only=True, tag_field="platform", tag="sensor"):
    unique_id: str
    name: str
    value_template: str
    state_class: Literal["measurement", "total", "total_increasing"]
    device_class: Literal["temperature", "duration", "data_size"] | None = None
    unit_of_measurement: str | None = None
    entity_category: Literal["diagnostic"]
    expire_after: int
    qos: Literal[0, 1, 2]


class Problem(Strict, frozen=True, kw_only=True, tag_field="platform", tag="binary_sensor"):
    unique_id: str
    name: str
    value_template: str
    device_class: Literal["problem", "connectivity"]
    entity_category: Literal["diagnostic"]
    expire_after: int
    qos: Literal[0, 1, 2]


class Message(Strict, frozen=True, kw_only=True):
    device: Device
    origin: Origin
    components: dict[str, Sensor | Problem]
    state_topic: str
    availability: list[Availability]


UNITS = {"temperature": {"°C", "°F", "K"}, "duration": {"d", "h", "min", "s", "ms", "µs"}}
"""What Home Assistant allows with a device class."""


def test_a_home_assistant_takes_it() -> None:
    message = msgspec.json.decode(discovery(unit(1), "Абая / Сейфуллина"), type=Message)
    assert len({each.unique_id for each in message.components.values()}) == len(message.components) > 8
    for each in message.components.values():
        if isinstance(each, Sensor) and each.device_class is not None:
            assert each.unit_of_measurement in UNITS[each.device_class]
    assert message.state_topic == topics.up(unit(1), topics.HEALTH)
    assert discovery_topic(unit(1)) == f"homeassistant/device/kirpik_{unit(1).hex()}/config"


@pytest.mark.parametrize("change", [{"platform": "camera"}, {"device_class": "speed"}, {"image_topic": "x"}])
def test_what_is_not_on_its_pages_is_caught(change: dict[str, str]) -> None:
    message = json.loads(discovery(unit(1), "one"))
    message["components"]["soc_c"] |= change
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(message).encode(), type=Message)


def test_only_numbers_of_the_heartbeat_are_told_and_none_of_the_chain() -> None:
    told = {*SENSORS, *PROBLEMS}
    assert told <= set(health.FIELDS)
    assert not told & set(health.STANDING)


def test_it_is_off_unless_asked_for_and_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    known = Registry(tmp_path).put(SigningKey.generate().public, Card(label="one"))
    said = CliRunner().invoke(bench, ["fleet", "--desk", str(tmp_path), "discover", "--dry-run"])
    topic, _, data = said.output.strip().partition(" ")
    assert topic == discovery_topic(known.unit)
    assert msgspec.json.decode(data.encode(), type=Message).device.name == "one"
