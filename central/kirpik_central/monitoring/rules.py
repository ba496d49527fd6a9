"""Alert rules for Prometheus, and promtool's tests of them, as YAML, made from the table that the screens use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kirpik.wire.troubles import LEVEL_OF, spoken

VALUES = re.compile(r" (?=\d)")
PATIENCE = {"critical": "2m", "warning": "15m"}
HEAD = "# Made by `python -m kirpik_central.monitoring`; a test compares it with the table of troubles.\n"


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    expression: str
    level: str
    patience: str
    summary: str
    example: str
    """A series that raises it, as promtool writes it: what holds at each minute."""


def _of_troubles() -> Iterator[Rule]:
    words = spoken("en")
    for trouble, level in LEVEL_OF.items():
        series = f'kirpik_units_troubled{{trouble="{trouble}"}}'
        name = "KirpikUnit" + "".join(part.title() for part in trouble.split("-"))
        summary = f"{{{{ $value }}}} units: {words[trouble]}. By name: kirpik fleet --filter {trouble}"
        yield Rule(name, f"sum({series}) > 0", level, PATIENCE[level], summary, f"{series} 3x60")


RULES = (
    *_of_troubles(),
    Rule(
        "KirpikFleetDark",
        'sum(kirpik_units_troubled{trouble=~"lost|silent"}) / sum(kirpik_units) > 0.1',
        "critical", "1m", "More than a tenth of the fleet is not heard: broker or network.",
        'kirpik_units_troubled{trouble="lost"} 30x60; kirpik_units{state="lost"} 200x60',
    ),
    Rule(
        "KirpikStoreDown", "kirpik_store_up == 0", "critical", "1m",
        "The central's store cannot be read. Units keep what they have.", "kirpik_store_up 0x60",
    ),
    Rule(
        "KirpikIntakeGone", "absent(kirpik_store_up)", "critical", "5m",
        "No intake is heard by Prometheus. Units keep what they have.", "up 1x60",
    ),
    Rule(
        "KirpikClonedUnit", 'increase(kirpik_alarms{kind=~"fork|branch"}[1h]) > 0', "critical", "0m",
        "Two packets in one place of a unit's chain, or after one packet: its memory is in two places, or was altered.",
        'kirpik_alarms{kind="fork"} 0x20 1x40',
    ),
    Rule(
        "KirpikPacketsMissing", 'increase(kirpik_alarms{kind=~"gap|chain"}[1h]) > 0', "critical", "0m",
        "A unit's chain has a gap that nobody can fill, or does not follow.", 'kirpik_alarms{kind="gap"} 0x20 1x40',
    ),
    Rule(
        "KirpikUnitFloods", 'increase(kirpik_alarms{kind="flood"}[1h]) > 0', "critical", "0m",
        "A unit says more than any honest one does, and is held back: look at it, and revoke it if it is not yours.",
        'kirpik_alarms{kind="flood"} 0x20 1x40',
    ),
    Rule(
        "KirpikReaderBehind", "min_over_time(kirpik_packets_unread[30m]) > 0", "warning", "15m",
        "Packets have waited for the reader for half an hour.", "kirpik_packets_unread 10x90",
    ),
    Rule(
        "KirpikCheckpointBehind", "kirpik_log_size - kirpik_log_checkpoint_size > 0", "warning", "15m",
        "The public log has leaves under no signed checkpoint.",
        "kirpik_log_size 10x60; kirpik_log_checkpoint_size 8x60",
    ),
    Rule(
        "KirpikIntakeSlow", "histogram_quantile(0.95, sum by (le) (rate(kirpik_group_seconds_bucket[10m]))) > 1",
        "warning", "15m", "Groups of packets take more than a second to be answered.",
        'kirpik_group_seconds_bucket{le="1.0"} 0x90; kirpik_group_seconds_bucket{le="2.5"} 0+10x90; '
        'kirpik_group_seconds_bucket{le="+Inf"} 0+10x90',
    ),
)  # fmt: skip


def rules_yaml() -> str:
    lines = [HEAD, "groups:\n  - name: kirpik\n    rules:\n"]
    for rule in RULES:
        lines.append(
            f"      - alert: {rule.name}\n        expr: {_quoted(rule.expression)}\n        for: {rule.patience}\n"
            f"        labels: {{severity: {rule.level}}}\n"
            f"        annotations: {{summary: {_quoted(rule.summary)}}}\n"
        )
    return "".join(lines)


def rule_tests_yaml(rules_file: str) -> str:
    """For `promtool test rules`: each rule is raised by its example after an hour, and by an idle fleet is not."""
    lines = [HEAD, f"rule_files: [{rules_file}]\nevaluation_interval: 1m\ntests:\n"]
    for rule in RULES:
        lines.append(f"  - interval: 1m\n    name: {rule.name}\n    input_series:\n")
        for series in rule.example.split("; "):
            name, values = VALUES.split(series, maxsplit=1)
            lines.append(f"      - {{series: {_quoted(name)}, values: {_quoted(values)}}}\n")
        firing = f'count(ALERTS{{alertname="{rule.name}",alertstate="firing"}})'
        lines.append(
            "    promql_expr_test:\n"
            f"      - expr: {_quoted(firing)}\n"
            "        eval_time: 50m\n        exp_samples:\n          - {labels: '{}', value: 1}\n"
        )
    return "".join(lines) + _quiet()


def _quiet() -> str:
    well = {f'kirpik_units_troubled{{trouble="{name}"}}': "0x60" for name in LEVEL_OF}
    well |= {"kirpik_store_up": "1x60", 'kirpik_units{state="online"}': "200x60", "kirpik_packets_unread": "0x60"}
    series = "".join(f"      - {{series: {_quoted(name)}, values: '{values}'}}\n" for name, values in well.items())
    return (
        f"  - interval: 1m\n    name: a fleet that is well\n    input_series:\n{series}"
        "    promql_expr_test:\n      - {expr: 'count(ALERTS)', eval_time: 50m, exp_samples: []}\n"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
