"""The fleet's units as the desk knows them: `units/<id>.pub`, the first key, and `<id>.json`, what people say of it.

The central reads the `.pub` files too; a unit that is not here is not believed there.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kirpik.errors import TrustError
from kirpik.wire.ids import UNIT_ID_BYTES, unit_id
from kirpik.wire.order import EVERYBODY
from kirpik_provisioning.keys.desk import write_whole

FOLDER = "units"


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    label: str = ""
    groups: tuple[str, ...] = ()
    accepted: str = ""
    """When and by whom."""
    tls: str = ""
    """Public key of its certificate, in hex: another one under the same name is another box."""
    serial: str = ""
    """Of its certificate, in hex: what the broker's list of revoked ones names."""
    place: tuple[float, float] | None = None
    """Latitude and longitude where it hangs, in degrees of WGS 84."""
    public: str = ""
    """Its signing key in force, in hex, where that is not the first any more."""


@dataclass(frozen=True, slots=True)
class Known:
    unit: bytes
    first_public: bytes
    card: Card

    @property
    def public(self) -> bytes:
        """By which it signs now."""
        return bytes.fromhex(self.card.public) or self.first_public

    @property
    def name(self) -> str:
        return self.card.label or self.unit.hex()


class Registry:
    def __init__(self, desk: Path) -> None:
        self._folder = desk / FOLDER

    def all(self) -> list[Known]:
        return [self._read(path) for path in sorted(self._folder.glob("*.pub"))]

    def get(self, unit: bytes) -> Known | None:
        path = self._folder / f"{unit.hex()}.pub"
        return self._read(path) if path.is_file() else None

    def put(self, first_public: bytes, card: Card) -> Known:
        known = Known(unit_id(first_public), first_public, card)
        write_whole(self._folder / f"{known.unit.hex()}.json", msgspec.json.format(msgspec.json.encode(card)) + b"\n")
        write_whole(self._folder / f"{known.unit.hex()}.pub", first_public)
        return known

    def meant(self, target: bytes | str, *, revoked: Collection[bytes] = ()) -> list[Known]:
        """The units that an order to `target` is for, without the revoked. Raises TrustError when there is none."""
        found = [known for known in self.all() if _is_meant(known, target) and known.unit not in revoked]
        if not found:
            shown = target.hex() if isinstance(target, bytes) else target
            left_out = " and is not revoked" if revoked else ""
            raise TrustError(f"{shown}: no unit of {self._folder} has this id or group{left_out}")
        return found

    def parse_target(self, text: str) -> bytes | str:
        """A unit's id or label, or the name of a group."""
        for known in self.all():
            if text in (known.unit.hex(), known.card.label):
                return known.unit
        if len(text) == 2 * UNIT_ID_BYTES and set(text) <= set("0123456789abcdef"):
            return bytes.fromhex(text)
        return text

    def _read(self, path: Path) -> Known:
        public, notes = path.read_bytes(), path.with_suffix(".json")
        if path.stem != unit_id(public).hex():
            raise TrustError(f"{path}: the key in it belongs to unit {unit_id(public).hex()}")
        try:
            card = msgspec.json.decode(notes.read_bytes(), type=Card) if notes.is_file() else Card()
        except msgspec.MsgspecError as error:
            raise TrustError(f"{notes}: {error}") from error
        return Known(path_unit(path), public, card)


def path_unit(path: Path) -> bytes:
    return bytes.fromhex(path.stem)


def groups_of(units: Iterable[Known]) -> set[str]:
    return {group for known in units for group in known.card.groups}


def _is_meant(known: Known, target: bytes | str) -> bool:
    return known.unit == target if isinstance(target, bytes) else target in (EVERYBODY, *known.card.groups)
