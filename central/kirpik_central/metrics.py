"""What Prometheus is told: counts of this worker, and at each visit what stands in the store. Numbers only.

The only file that knows prometheus_client. Nothing listens unless the settings name a port, and then here alone.
"""

import time
from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kirpik.errors import ConfigError, StoreError
from kirpik.wire.health import FIELDS
from kirpik.wire.troubles import LEVEL_OF, SILENT_S, troubles_of
from kirpik_central.group import Answered
from kirpik_central.overview import Overview, look_over
from kirpik_central.store import Store

GROUP_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Of one worker, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._letters = Counter("kirpik_letters", "Messages by their fate", ["fate"], registry=self.registry)
        self._receipts = Counter("kirpik_receipts", "Signed receipts", registry=self.registry)
        self._read = Counter("kirpik_packets_read", "Packets looked into", registry=self.registry)
        self._group_s = Histogram(
            "kirpik_group_seconds", "From a group's arrival to its answer", buckets=GROUP_S, registry=self.registry
        )

    def took(self, answered: Answered, seconds: float) -> None:
        for name, number in answered.fates.items():
            self._letters.labels(name).inc(number)
        self._receipts.inc(len(answered.receipts))
        self._group_s.observe(seconds)

    def read(self, packets: int) -> None:
        self._read.inc(packets)

    def watch(self, store: Store, *, units: bool) -> None:
        """Also tell what stands in the store, looked up at each visit."""
        self.registry.register(_StoreCollector(store, units=units))

    def serve(self, address: str, port: int) -> None:
        try:
            start_http_server(port, addr=address, registry=self.registry)
        except OSError as error:
            raise ConfigError(f"metrics: {address}:{port} cannot be listened on: {error.strerror}") from error


class _StoreCollector(Collector):
    def __init__(self, store: Store, *, units: bool) -> None:
        self._store = store
        self._units = units

    def collect(self) -> Iterable[Metric]:
        try:
            seen = look_over(self._store)
        except StoreError:
            return [_gauge("kirpik_store_up", "Whether the store can be read", 0)]
        return [_gauge("kirpik_store_up", "Whether the store can be read", 1), *_totals(seen)] + (
            _of_units(seen) if self._units else []
        )


def _totals(seen: Overview) -> list[Metric]:
    alarms = GaugeMetricFamily("kirpik_alarms", "Alarms ever raised", labels=["kind"])
    for kind, number in seen.alarms.items():
        alarms.add_metric([kind], number)
    states = GaugeMetricFamily("kirpik_units", "Units by what they last said of themselves", labels=["state"])
    for state, number in seen.states.items():
        states.add_metric([state], number)
    now_ms = time.time_ns() / 1e6
    silent = sum(now_ms - unit.heard_ms > 1e3 * SILENT_S for unit in seen.units.values())
    return [
        alarms,
        states,
        _troubled(seen, now_ms),
        _gauge("kirpik_units_silent", f"Units not heard for {SILENT_S:.0f} s", silent),
        _gauge("kirpik_log_size", "Leaves of the log", seen.log_size),
        _gauge("kirpik_log_checkpoint_size", "Leaves under the newest checkpoint", seen.checkpoint_size),
        _gauge("kirpik_packets_unread", "Leaves that nobody has looked into", seen.unread),
        _gauge("kirpik_quarantined", "Messages kept that were turned away", seen.quarantined),
    ]


def _troubled(seen: Overview, now_ms: float) -> Metric:
    """How many units have which trouble: few series, however many units. Every name is told, so that 0 is seen too."""
    tally = Tally(
        name
        for unit in seen.units.values()
        for name in troubles_of(unit.told(), state=unit.state, age_s=(now_ms - unit.heard_ms) / 1e3)
    )
    family = GaugeMetricFamily("kirpik_units_troubled", "Units by what is wrong", labels=["trouble", "level"])
    for name, level in LEVEL_OF.items():
        family.add_metric([name, level], tally[name])
    return family


def _of_units(seen: Overview) -> list[Metric]:
    families = {
        name: GaugeMetricFamily(f"kirpik_unit_{name}", f"What the unit says: {name}", labels=["unit"])
        for name in FIELDS
    }
    for unit, last in seen.units.items():
        for name, value in last.told().items():
            if name in families:
                families[name].add_metric([unit.hex()], value)
    return list(families.values())


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)
