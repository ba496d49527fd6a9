"""The board for Grafana, as JSON. Each panel is an expression over what `kirpik_central.metrics` tells."""

import json

from kirpik.wire.troubles import LEVELS

PROMETHEUS = {"type": "prometheus", "uid": "${source}"}
PANELS: tuple[tuple[str, str, int, dict[str, str]], ...] = (
    ("Units by state", "stat", 12, {"{{state}}": "sum by (state) (kirpik_units)"}),
    ("Units in trouble", "stat", 12, {
        "{{level}}": "sum by (level) (kirpik_units_troubled)",
    }),
    ("What is wrong, with how many", "bargauge", 12, {"{{trouble}}": "sum by (trouble) (kirpik_units_troubled) > 0"}),
    ("Units in trouble over time", "timeseries", 12, {"{{trouble}}": "sum by (trouble) (kirpik_units_troubled)"}),
    ("Alarms ever raised", "stat", 12, {"{{kind}}": "sum by (kind) (kirpik_alarms)"}),
    ("Store and log", "timeseries", 12, {
        "waiting for the reader": "max(kirpik_packets_unread)",
        "under no checkpoint": "max(kirpik_log_size) - max(kirpik_log_checkpoint_size)",
        "turned away": "max(kirpik_quarantined)",
    }),
    ("Messages a second, by fate", "timeseries", 12, {"{{fate}}": "sum by (fate) (rate(kirpik_letters_total[5m]))"}),
    ("From arrival to answer", "timeseries", 12, {
        "median": "histogram_quantile(0.5, sum by (le) (rate(kirpik_group_seconds_bucket[5m])))",
        "95 %": "histogram_quantile(0.95, sum by (le) (rate(kirpik_group_seconds_bucket[5m])))",
    }),
    ("Temperature, the ten hottest (needs metrics.units = true)", "timeseries", 12, {
        "{{unit}}": "topk(10, kirpik_unit_soc_c)",
    }),
    ("Frames a second, the ten slowest (needs metrics.units = true)", "timeseries", 12, {
        "{{unit}}": "bottomk(10, kirpik_unit_fps)",
    }),
)  # fmt: skip
COLOURS = {"critical": "dark-red", "warning": "orange"}


def board_json() -> str:
    panels = [_panel(number, *panel) for number, panel in enumerate(PANELS)]
    board = {
        "title": "Kirpik: the fleet",
        "uid": "kirpik-fleet",
        "tags": ["kirpik"],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"}]},
        "panels": panels,
    }
    return json.dumps(board, indent=1, ensure_ascii=False) + "\n"


def expressions() -> list[str]:
    return [expression for _, _, _, queries in PANELS for expression in queries.values()]


def _panel(number: int, title: str, kind: str, width: int, queries: dict[str, str]) -> dict[str, object]:
    targets = [
        {
            "refId": chr(ord("A") + at), "datasource": PROMETHEUS, "expr": expression, "legendFormat": legend,
            "instant": kind != "timeseries",
        }
        for at, (legend, expression) in enumerate(queries.items())
    ]  # fmt: skip
    return {
        "id": number + 1,
        "title": title,
        "type": kind,
        "datasource": PROMETHEUS,
        "gridPos": {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": width, "h": 8},
        "targets": targets,
        "fieldConfig": {"defaults": {}, "overrides": _colours(queries)},
    }


def _colours(queries: dict[str, str]) -> list[dict[str, object]]:
    return [_colour(level, level) for level in LEVELS] if "{{level}}" in queries else []


def _colour(name: str, level: str) -> dict[str, object]:
    fixed = {"id": "color", "value": {"mode": "fixed", "fixedColor": COLOURS[level]}}
    return {"matcher": {"id": "byName", "options": name}, "properties": [fixed]}
