"""Who works for the fleet and has a certificate of its own: `clients.json` on the desk. Units have cards instead.

Intakes that share their work need a name each, because the broker takes the name in a certificate for user name and
client id, and two with one name push each other off the line.
"""

import re
import secrets
from pathlib import Path
from typing import Literal, get_args

import msgspec

from kirpik.errors import TrustError
from kirpik_provisioning.broker.rights import Rights
from kirpik_provisioning.keys.desk import write_whole

FILE = "clients.json"
Part = Literal["central", "desk", "watcher"]
PARTS: tuple[Part, ...] = get_args(Part)
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""Shorter than a unit id, so that nobody gets a unit's rights by his name."""
SHARE_BYTES = 16
"""Of the name of the workers' group. Whoever knows it and has a certificate could swallow what he is dealt, so it is as
long as a key, and it never travels to a unit."""


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    part: Part
    serials: tuple[str, ...]
    """Of its certificates, in hex."""
    dismissed: bool = False


class Clients(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    share: str
    names: dict[str, Client] = {}

    def with_name(self, name: str, part: Part, serial: int) -> "Clients":
        """Raises TrustError for a name that is none, or taken by another part."""
        if NAME.fullmatch(name) is None:
            raise TrustError(f"{name!r}: expected a small letter and at most 30 letters, digits and hyphens")
        known = self.names.get(name)
        if known is not None and (known.part != part or known.dismissed):
            state = "dismissed" if known.dismissed else f"a {known.part}"
            raise TrustError(f"{name}: is {state} already; take another name; nothing was made")
        serials = (*(known.serials if known else ()), f"{serial:x}")
        return msgspec.structs.replace(self, names={**self.names, name: Client(part=part, serials=serials)})

    def without(self, name: str) -> "Clients":
        known = self.names.get(name)
        if known is None:
            raise TrustError(f"{name}: nobody of that name; known are: {', '.join(sorted(self.names)) or 'none'}")
        gone = msgspec.structs.replace(known, dismissed=True)
        return msgspec.structs.replace(self, names={**self.names, name: gone})

    def doing(self, part: Part) -> tuple[str, ...]:
        return tuple(sorted(name for name, one in self.names.items() if one.part == part and not one.dismissed))

    def dismissed(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, one in self.names.items() if one.dismissed))

    def revoked_serials(self) -> list[int]:
        return [int(serial, 16) for one in self.names.values() if one.dismissed for serial in one.serials]

    def rights(self, revoked_units: tuple[str, ...]) -> Rights:
        return Rights(
            centrals=self.doing("central"),
            desks=self.doing("desk"),
            announcers=self.doing("desk"),
            watchers=self.doing("watcher"),
            revoked=(*revoked_units, *self.dismissed()),
        )


def read_clients(desk: Path) -> Clients:
    """Of a desk that has none yet: nobody, and a new name for the workers' group."""
    path = desk / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Clients)
    except FileNotFoundError:
        return Clients(share=secrets.token_hex(SHARE_BYTES))
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise TrustError(f"{path}: {error}") from error


def write_clients(desk: Path, clients: Clients) -> None:
    """For the desk's eyes alone: the group's name is in it."""
    write_whole(desk / FILE, msgspec.json.format(msgspec.json.encode(clients)) + b"\n", mode=0o600)
