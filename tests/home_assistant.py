"""Discovery messages against a real Home Assistant's own schemas, in an environment of its own: it has 180 packages.

    python3.11 -m venv ha && ha/bin/pip install homeassistant==2024.3.3 paho-mqtt==1.6.1 aiohttp_cors \\
        aiohttp-fast-url-dispatcher==0.3.0 aiohttp-zlib-ng==0.3.1 sqlalchemy numpy PyTurboJPEG hassil \\
        home-assistant-intents fnvhash janus ifaddr
    kirpik fleet discover --dry-run | ha/bin/python tests/home_assistant.py

That is the last release for Python 3.11. It takes each component as it will be after Home Assistant has merged the
device's shared options into it; the device message around them, of 2024.11 and later, is held against their schema by
`tests/unit/provisioning/fleet/test_home_assistant.py`.
"""

import json
import sys

from homeassistant.components.mqtt import binary_sensor, sensor  # type: ignore[import-not-found]
from homeassistant.const import __version__  # type: ignore[import-not-found]
from voluptuous import Invalid  # type: ignore[import-not-found]

SCHEMAS = {"sensor": sensor.DISCOVERY_SCHEMA, "binary_sensor": binary_sensor.DISCOVERY_SCHEMA}
SHARED = ("state_topic", "availability")
"""As `SHARED_OPTIONS` of Home Assistant has them; `device` and `origin` are given to each component, too."""


def main() -> None:
    taken, refused = 0, []
    for line in sys.stdin:
        message = json.loads(line.partition(" ")[2])
        for name, component in message.pop("components").items():
            platform = component.pop("platform")
            shared = {key: message[key] for key in (*SHARED, "device", "origin")}
            try:
                SCHEMAS[platform]({**shared, **component})
                taken += 1
            except Invalid as error:
                refused.append(f"{name}: {error}")
        if not refuses_nonsense(message):
            refused.append("control: a made-up device class was taken")
    print(*refused, f"Home Assistant {__version__}: {taken} components taken, {len(refused)} refused", sep="\n")
    sys.exit(bool(refused) or not taken)


def refuses_nonsense(message: dict[str, object]) -> bool:
    """The control: this check can fail."""
    try:
        SCHEMAS["sensor"]({"state_topic": message["state_topic"], "name": "x", "device_class": "speedy"})
    except Invalid:
        return True
    return False


if __name__ == "__main__":
    main()
