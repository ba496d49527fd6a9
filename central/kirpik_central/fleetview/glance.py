"""All units as they last were, the troubled first: the store's newest heartbeats, and what people say of each unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from kirpik.wire.ids import UNIT_ID_BYTES
from kirpik.wire.troubles import LEVELS, Level, troubles_of, worst
from kirpik_central.overview import Last, look_over
from kirpik_central.store import Store


class Card(msgspec.Struct, frozen=True):
    """Of `units/<id>.json`, as the desk writes it; what is not asked for here is passed over."""

    label: str = ""
    groups: tuple[str, ...] = ()
    place: tuple[float, float] | None = None
    """Latitude and longitude, in degrees of WGS 84."""


@dataclass(frozen=True)
class Unit:
    id: bytes
    card: Card
    last: Last | None
    now_ms: int

    @property
    def name(self) -> str:
        return self.card.label or self.id.hex()

    @property
    def age_s(self) -> float | None:
        return None if self.last is None else max(0.0, (self.now_ms - self.last.heard_ms) / 1000)

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        return {} if self.last is None else self.last.told()

    @cached_property
    def troubles(self) -> tuple[str, ...]:
        return troubles_of(self.numbers, state=None if self.last is None else self.last.state, age_s=self.age_s)

    @property
    def level(self) -> Level | None:
        return worst(self.troubles)

    @property
    def words(self) -> str:
        return " ".join((self.card.label, self.id.hex(), *self.card.groups, *self.troubles)).lower()


def glance(store: Store, cards: Path, *, now_ms: int) -> list[Unit]:
    """Raises StoreError. A card that cannot be read is as good as none: the page shall stand when a file does not."""
    heard = look_over(store).units
    known = {bytes.fromhex(path.stem) for path in cards.glob("*.pub") if len(path.stem) == 2 * UNIT_ID_BYTES}
    units = [Unit(unit, read_card(cards, unit), heard.get(unit), now_ms) for unit in known | set(heard)]
    return sorted(units, key=_urgency)


def read_card(cards: Path, unit: bytes) -> Card:
    try:
        return msgspec.json.decode((cards / f"{unit.hex()}.json").read_bytes(), type=Card)
    except (OSError, msgspec.MsgspecError):
        return Card()


def _urgency(unit: Unit) -> tuple[int, str]:
    return (LEVELS.index(unit.level) if unit.level else len(LEVELS), unit.name)
