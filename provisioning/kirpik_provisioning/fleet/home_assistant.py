"""What a Home Assistant is told of a unit: one device with its sensors, all read from the unit's own heartbeat.

Device discovery of the MQTT integration (home-assistant.io/integrations/mqtt, 2024.11 and later). Only numbers that say
how the box is: a handful of offences changes none of them.
"""

import json

from kirpik import __version__
from kirpik.wire import topics
from kirpik.wire.troubles import SILENT_S

SENSORS: dict[str, dict[str, str]] = {
    "soc_c": {"name": "Temperature", "device_class": "temperature", "unit_of_measurement": "°C"},
    "fps": {"name": "Frames a second", "unit_of_measurement": "fps"},
    "uptime_s": {"name": "Up for", "device_class": "duration", "unit_of_measurement": "s"},
    "spool_fill": {"name": "Spool", "unit_of_measurement": "%"},
    "clock_error_us": {"name": "Clock error", "device_class": "duration", "unit_of_measurement": "µs"},
    "keys_v": {"name": "Key set"},
    "reconnects": {"name": "Reconnects"},
}
PROBLEMS: dict[str, dict[str, str]] = {
    "undervoltage": {"name": "Undervoltage"},
    "lens_blocked": {"name": "Lens blocked"},
    "lens_moved": {"name": "Camera moved"},
    "spool_late": {"name": "Packets late"},
    "parked": {"name": "Packets refused"},
    "keys_stale": {"name": "Keys expired"},
    "software_old": {"name": "Software too old"},
}


def discovery_topic(unit: bytes) -> str:
    return f"homeassistant/device/kirpik_{unit.hex()}/config"


def discovery(unit: bytes, name: str) -> bytes:
    """The whole retained message."""
    tag = f"kirpik_{unit.hex()}"
    message = {
        "device": {"identifiers": [tag], "name": name, "manufacturer": "Kirpik", "model": "Roadside unit"},
        "origin": {"name": "kirpik", "sw_version": __version__},
        "state_topic": topics.up(unit, topics.HEALTH),
        "availability": [
            {
                "topic": topics.up(unit, topics.STATE),
                "value_template": f"{{{{ 'online' if value == '{topics.ONLINE}' else 'offline' }}}}",
            }
        ],
        "components": {
            **{field: _sensor(tag, field, told) for field, told in SENSORS.items()},
            **{field: _problem(tag, field, told) for field, told in PROBLEMS.items()},
        },
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _sensor(tag: str, field: str, told: dict[str, str]) -> dict[str, object]:
    return {
        "platform": "sensor",
        "unique_id": f"{tag}_{field}",
        "value_template": f"{{{{ value_json.{field} | default(none) }}}}",
        "state_class": "measurement",
        "entity_category": "diagnostic",
        "expire_after": int(SILENT_S),
        "qos": 1,
        **told,
    }


def _problem(tag: str, field: str, told: dict[str, str]) -> dict[str, object]:
    return {
        "platform": "binary_sensor",
        "unique_id": f"{tag}_{field}",
        "value_template": f"{{{{ 'ON' if (value_json.{field} | default(0)) >= 0.5 else 'OFF' }}}}",
        "device_class": "problem",
        "entity_category": "diagnostic",
        "expire_after": int(SILENT_S),
        "qos": 1,
        **told,
    }
