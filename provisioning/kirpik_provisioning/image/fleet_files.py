"""What is public of a fleet, as it lies on every card: whom to believe, where the broker is, which root comes first."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from kirpik.trust.trusted import root_pin
from kirpik_provisioning.image.rootfs import Item
from kirpik_provisioning.image.trouble import ImageError
from kirpik_provisioning.keys.desk import Desk

ETC = "/etc/kirpik"
SETTINGS = """\
[unit]
state = "/var/lib/kirpik"
site = "site.toml"
root_pin = "{pin}"
identity = "{identity}"

[camera]
source = "{camera}"

[broker]
host = "{host}"
port = {port}
lobby_port = {lobby_port}
ca = "ca.pem"
certificate = "/var/lib/kirpik/tls/unit.pem"
key = "/var/lib/kirpik/tls/unit.key"

[console]
language = "{language}"
"""
"""The certificate lies with the data, because the root may be read-only."""


@dataclass(frozen=True, slots=True)
class FleetFiles:
    """Everything that a card needs to know of its fleet, and nothing that anybody could misuse."""

    pin: str
    ca: bytes
    documents: dict[str, bytes]
    host: str
    port: int = 8883
    lobby_port: int = 8884
    camera: str = "pi"
    identity: str = "file"
    language: str = "ru"
    site: bytes | None = None

    def items(self) -> list[Item]:
        settings = SETTINGS.format(
            pin=self.pin, host=self.host, port=self.port, lobby_port=self.lobby_port, camera=self.camera,
            identity=self.identity, language=self.language,
        )  # fmt: skip
        files = {"kirpik.toml": settings.encode(), "ca.pem": self.ca}
        files |= {f"documents/{name}": data for name, data in self.documents.items()}
        if self.site is not None:
            files["site.toml"] = self.site
        return [Item(f"{ETC}/{name}", data=data) for name, data in sorted(files.items())]


def read_fleet(desk: Path, *, host: str | None, site: Path | None, language: str, camera: str) -> FleetFiles:
    """Of a desk (`kirpik keys`, `kirpik enrol authority`). Only what is published is looked at."""
    first = Desk(desk).first_root()
    if first is None:
        raise ImageError(f"{desk}: no root is in force here; begin with: kirpik keys init")
    Desk(desk).trusted()
    try:
        ca = (desk / "ca.pem").read_bytes()
        place = tomllib.loads((desk / "desk.toml").read_text(encoding="utf-8"))
        placed = None if site is None else site.read_bytes()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImageError(f"{desk}: not the whole desk of a fleet: {error}") from error
    broker = place.get("broker", {})
    if not (host or broker.get("host")):
        raise ImageError(f"{desk / 'desk.toml'}: no [broker] host, and no --broker was given")
    documents = {path.name: path.read_bytes() for path in sorted((desk / "documents").glob("*.cbor"))}
    return FleetFiles(
        root_pin(first).hex(), ca, documents, host or broker["host"], port=int(broker.get("port", 8883)),
        lobby_port=int(place.get("lobby", {}).get("unit_port", 8884)), camera=camera, language=language, site=placed,
    )  # fmt: skip
