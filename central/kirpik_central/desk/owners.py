"""The port to the register of owners: asked after a decision, for one plate at a time; the answer is kept nowhere."""

import csv
import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from kirpik.errors import ConfigError, KirpikError
from kirpik_central.config import RegistryTable

MAX_BYTES = 65536
FIELDS = ("name", "address")
MAX_LETTERS = 500


class RegistryError(KirpikError):
    """The register gave no answer that can be used."""


@dataclass(frozen=True, slots=True)
class Owner:
    name: str = field(repr=False)
    address: str = field(repr=False)


class Registry(Protocol):
    def owner(self, plate: str) -> Owner | None:
        """None where the register has no such plate. Raises RegistryError."""


@dataclass(frozen=True, slots=True)
class CsvRegistry:
    """A file with a head of plate, name, address: for trials and the demo."""

    path: Path

    def owner(self, plate: str) -> Owner | None:
        try:
            with self.path.open(encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines):
                    if (row.get("plate") or "").upper() == plate:
                        return Owner(*(row.get(name) or "" for name in FIELDS))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise RegistryError(f"{self.path}: cannot be read") from error
        return None


@dataclass(frozen=True, slots=True)
class HttpRegistry:
    """Over TLS, and both sides show a certificate."""

    url: str
    context: ssl.SSLContext = field(repr=False)
    timeout_s: float

    def owner(self, plate: str) -> Owner | None:
        request = urllib.request.Request(self.url.replace("{plate}", quote(plate, safe="")))  # noqa: S310  https only
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.context), urllib.request.ProxyHandler({}), _NoRedirect()
        )
        try:
            with opener.open(request, timeout=self.timeout_s) as answer:
                return _read(answer.read(MAX_BYTES + 1))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise RegistryError(f"the register answered {error.code}") from error
        except (OSError, urllib.error.URLError) as error:
            raise RegistryError("the register does not answer") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A plate is told to nobody but the register."""

    def redirect_request(self, *_: object) -> None:
        return None


def open_registry(table: RegistryTable, home: Path) -> Registry | None:
    """None where none is set. Raises ConfigError."""
    if table.csv is not None:
        return CsvRegistry(home / table.csv)
    if table.url is None:
        return None
    if table.ca is None or table.certificate is None or table.key is None:
        raise ConfigError("registry: expected ca, certificate and key beside url: both sides prove who they are")
    context = ssl.create_default_context()
    try:
        context = ssl.create_default_context(cafile=home / table.ca)
        context.load_cert_chain(home / table.certificate, home / table.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"registry: ca, certificate or key cannot be used: {error}") from error
    return HttpRegistry(table.url, context, table.timeout_s)


def _read(data: bytes) -> Owner:
    try:
        told = json.loads(data) if len(data) <= MAX_BYTES else None
    except ValueError:
        told = None
    values = [told.get(name) if isinstance(told, dict) else None for name in FIELDS]
    if not all(isinstance(value, str) and len(value) <= MAX_LETTERS for value in values):
        raise RegistryError("the register's answer is not an object of name and address")
    return Owner(*(str(value) for value in values))
