"""All units of a fleet as they last were: fed with messages, asked for an order. No broker and no screen in here."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.wire import health, topics
from kirpik.wire.troubles import LEVELS, SILENT_S, Level, troubles_of, worst

STATES = (topics.ONLINE, topics.LOST, topics.DISCONNECTED)


@dataclass(slots=True)
class Seen:
    """One unit. `heard_s` is when its last heartbeat came, by the roster's clock; None while there was none."""

    unit: bytes
    label: str = ""
    groups: tuple[str, ...] = ()
    state: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    heard_s: float | None = None
    troubles: tuple[str, ...] = ("unheard",)
    is_silent: bool = False

    @property
    def name(self) -> str:
        return self.label or self.unit.hex()

    @property
    def level(self) -> Level | None:
        return worst(self.troubles)

    @property
    def software(self) -> str:
        parts = [self.numbers.get(f"software_{part}") for part in ("major", "minor", "patch")]
        return "" if None in parts else ".".join(f"{part:g}" for part in parts if part is not None)

    def words(self, spoken: Mapping[str, str]) -> str:
        """All that a filter looks in, in lower case; `spoken` are troubles in the language of the screen."""
        troubles = [f"{name} {spoken.get(name, '')}" for name in self.troubles]
        return " ".join((self.label, self.unit.hex(), *self.groups, *troubles, self.state or "", self.software)).lower()


class Roster:
    """`clock` counts seconds, such as time.monotonic. Units that were never heard are in it if they are named."""

    def __init__(self, known: Iterable[tuple[bytes, str, tuple[str, ...]]], *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._units = {unit: Seen(unit, label, groups) for unit, label, groups in known}
        self._sorted: list[Seen] | None = None
        self.refused = 0
        """Messages that were neither a heartbeat nor a state."""

    def __len__(self) -> int:
        return len(self._units)

    def hear(self, topic: str, payload: bytes) -> None:
        """What is not understood is counted and otherwise nothing: anybody's bytes end here."""
        try:
            told = topics.parse(topic)
            seen = self._units.get(told.unit) or Seen(told.unit)
            self._take(seen, told.leaf, payload)
        except WireError:
            self.refused += 1
            return
        self._units[told.unit] = seen

    def get(self, unit: bytes) -> Seen | None:
        return self._units.get(unit)

    def all(self, wanted: str = "", spoken: Mapping[str, str] = {}) -> list[Seen]:
        """Alarms first, then by name. Each word of `wanted` must be found in the unit's words; `!word` must not."""
        self._notice_silence()
        if self._sorted is None:
            self._sorted = sorted(self._units.values(), key=_urgency)
        words = wanted.lower().split()
        return [seen for seen in self._sorted if _is_wanted(seen.words(spoken), words)] if words else self._sorted

    def counts(self) -> Counter[str]:
        """How many are critical, warned of, well."""
        return Counter(seen.level or "well" for seen in self._units.values())

    def newest(self, number: str) -> float | None:
        """The highest that any unit tells, as of a key version."""
        return max((seen.numbers[number] for seen in self._units.values() if number in seen.numbers), default=None)

    def age_s(self, seen: Seen) -> float | None:
        return None if seen.heard_s is None else self._clock() - seen.heard_s

    def _take(self, seen: Seen, leaf: str, payload: bytes) -> None:
        if leaf == topics.HEALTH:
            seen.numbers, seen.heard_s = health.decode_health(payload), self._clock()
        elif leaf == topics.STATE and (state := payload.decode("ascii", "replace")) in STATES:
            seen.state = state
        else:
            raise WireError("topic-leaf")
        self._judge(seen)

    def _notice_silence(self) -> None:
        """Who says nothing sends no message by which that could be noticed."""
        limit_s = self._clock() - SILENT_S
        for seen in self._units.values():
            if seen.heard_s is not None and (seen.heard_s <= limit_s) != seen.is_silent:
                self._judge(seen)

    def _judge(self, seen: Seen) -> None:
        age_s, before = self.age_s(seen), seen.level
        seen.is_silent = age_s is not None and age_s >= SILENT_S
        seen.troubles = troubles_of(seen.numbers, state=seen.state, age_s=age_s)
        if seen.level != before or seen.unit not in self._units:
            self._sorted = None


def _is_wanted(told: str, words: list[str]) -> bool:
    return all((word[1:] not in told) if word.startswith("!") else (word in told) for word in words)


def _urgency(seen: Seen) -> tuple[int, str]:
    return (LEVELS.index(seen.level) if seen.level else len(LEVELS), seen.name)
