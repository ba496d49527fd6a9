"""One offence is told once, even where its track broke in two or two rules describe it."""

from collections.abc import Sequence

from kirpik.rules.verdicts import Suspicion
from kirpik.site import NoStopping, Rule, SignalRule, kind_of
from kirpik.values import PlateText

AGAIN_AFTER_S = 60.0
"""The same vehicle accused of the same thing sooner than this did it once."""

Key = tuple[str, PlateText]


class Told:
    """What was told lately. Innocent plates never come here; an entry is forgotten when it cannot matter any more."""

    def __init__(self) -> None:
        self._until_ns: dict[Key, float] = {}

    def is_new(self, suspicion: Suspicion, plate: PlateText, last_seen_ns: int) -> bool:
        """Whether this was not told yet; remembers it in any case."""
        key, moment = (_what(suspicion.rule), plate), suspicion.moment_ns
        self._until_ns = {k: until for k, until in self._until_ns.items() if until > moment - 3600e9}
        known_until = self._until_ns.get(key, float("-inf"))
        dwell_s = suspicion.rule.dwell_s if isinstance(suspicion.rule, NoStopping) else 0.0
        self._until_ns[key] = max(known_until, max(moment, last_seen_ns) + AGAIN_AFTER_S * 1e9)
        return moment - dwell_s * 1e9 > known_until


def once(found: Sequence[Suspicion]) -> list[Suspicion]:
    """Of one track's suspicions, one of each thing: the gravest, and running the light before the line."""
    ranked = sorted(found, key=_mildness)
    kept: dict[str, Suspicion] = {}
    for suspicion in ranked:
        kept.setdefault(_what(suspicion.rule), suspicion)
    return [suspicion for suspicion in found if suspicion in kept.values()]


def _what(rule: Rule) -> str:
    """Rules that describe the same doing share it."""
    return f"signal {rule.signal}" if isinstance(rule, SignalRule) else kind_of(rule)


def _mildness(suspicion: Suspicion) -> tuple[bool, bool, int]:
    return kind_of(suspicion.rule) == "stop_line", suspicion.outcome == "warning", -_excess(suspicion)


def _excess(suspicion: Suspicion) -> int:
    limit = getattr(suspicion.rule, "limit_kmh", 0)
    return 0 if suspicion.charged_kmh is None else suspicion.charged_kmh - limit
