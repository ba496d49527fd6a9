"""Where a recording's signals and the site's rules do not meet: a slip in a name accuses nobody, unnoticed."""

from collections.abc import Iterator, Sequence

from kirpik.site import SignalRule, Site, kind_of
from kirpik.values import SignalChange


def unheard(site: Site, changes: Sequence[SignalChange]) -> Iterator[str]:
    """Sentences; none where every rule's signal is told of and every signal told of is the site's."""
    told = {change.signal for change in changes}
    lamps = {signal.name for signal in site.signals if signal.source == "lamp"}
    for number, rule in enumerate(site.rules):
        if isinstance(rule, SignalRule) and rule.signal not in told | lamps:
            what = f"rule[{number}].signal: the recording has no row of signal '{rule.signal}'"
            yield f"{what} ({_listed(told)}); it stays unknown, and no {kind_of(rule)} can be told"
    known = {signal.name for signal in site.signals}
    for name in sorted(told - known):
        yield f"signals.csv: signal '{name}' is not in the site file ({_listed(known)}); its rows are not used"


def _listed(names: set[str]) -> str:
    return f"it has {', '.join(repr(name) for name in sorted(names))}" if names else "it has none"
