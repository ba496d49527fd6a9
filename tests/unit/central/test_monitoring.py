"""The alert rules and the board that are shipped: as the table of troubles has them, and as Prometheus reads them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel
from grafana_foundation_sdk.models.prometheus import Dataquery
from prometheus_client import generate_latest

from kirpik.wire import health, troubles
from kirpik_central.metrics import Metrics
from kirpik_central.monitoring import board, rules
from kirpik_central.monitoring.__main__ import FOLDER, RULES, TESTS, shipped
from tests.unit.central.intake_desk import Desk
from tests.unit.central.test_health import beat, say
from tests.unit.central.test_metrics import told

ROOT = Path(__file__).parents[3]
PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=str(ROOT / ".venv/prometheus/usr/bin"))
NAME = re.compile(r"\bkirpik_[a-z0-9_]+")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not here: Debian's package prometheus has it")


def promtool(*words: str, folder: Path = FOLDER) -> str:
    done = subprocess.run([str(PROMTOOL), *words], cwd=folder, capture_output=True, text=True, check=False)
    return f"{done.returncode} {done.stdout} {done.stderr}"


def test_what_is_shipped_is_what_the_table_makes() -> None:
    for name, text in shipped().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: run python -m kirpik_central.monitoring"


def test_every_trouble_has_its_rule() -> None:
    told = " ".join(rule.expression for rule in rules.RULES)
    assert all(f'trouble="{name}"' in told for name in troubles.NAMES)


def test_rules_and_board_ask_only_for_what_is_told(tmp_path: Path) -> None:
    metrics, desk = Metrics(), Desk(tmp_path)
    metrics.watch(desk.store, units=True)
    families = set(re.findall(r"^# TYPE (\S+)", generate_latest(metrics.registry).decode(), re.MULTILINE))
    families |= {name + "_bucket" for name in families}
    asked = {name for rule in rules.RULES for name in NAME.findall(rule.expression)}
    asked |= {name for expression in board.expressions() for name in NAME.findall(expression)}
    assert asked <= families


def test_the_board_is_a_board_grafana_takes() -> None:
    made = json.loads(board.board_json())
    assert len({panel["id"] for panel in made["panels"]}) == len(made["panels"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in made["panels"]]
    assert len(set(places)) == len(places)
    assert all(target["datasource"]["uid"] == "${source}" for panel in made["panels"] for target in panel["targets"])
    assert made["templating"]["list"][0]["name"] == "source"


def lost_in(told: object, again: object, at: str = "") -> list[str]:
    """What is not there any more, or is another, once somebody has read it and written it down again."""
    if isinstance(told, dict):
        kept = again if isinstance(again, dict) else {}
        return [each for name in told for each in lost_in(told[name], kept.get(name), f"{at}.{name}")]
    if isinstance(told, list) and isinstance(again, list) and len(told) == len(again):
        return [each for number, one in enumerate(told) for each in lost_in(one, again[number], f"{at}[{number}]")]
    return [] if told == again else [at]


def as_grafana_reads_it(told: dict[str, object]) -> object:
    return json.loads(json.dumps(Dashboard.from_json(told), cls=JSONEncoder))


def test_grafana_s_own_types_know_every_field_of_the_board() -> None:
    """Types that Grafana generates from its schema (grafana-foundation-sdk): what they do not know they drop."""
    register_default_plugins()
    made = json.loads(board.board_json())
    assert lost_in(made, as_grafana_reads_it(made)) == []
    panels = [panel for panel in Dashboard.from_json(made).panels or [] if isinstance(panel, Panel)]
    assert {type(target) for panel in panels for target in panel.targets or []} == {Dataquery}
    made["panels"][0]["targets"][0]["expresion"] = "1"
    made["panels"][1]["gridPos"]["width"] = 12
    assert lost_in(made, as_grafana_reads_it(made)) == [".panels[0].targets[0].expresion", ".panels[1].gridPos.width"]


def test_neither_rules_nor_board_ask_for_offences_of_a_unit() -> None:
    """A unit's places in its chain rise with what it accuses; only the intake hears of them."""
    asked = {name for rule in rules.RULES for name in NAME.findall(rule.expression)}
    asked |= {name for expression in board.expressions() for name in NAME.findall(expression)}
    assert not asked & {f"kirpik_unit_{name}" for name in (*health.STANDING, "spool_fill")}


def test_units_are_counted_by_their_troubles(tmp_path: Path) -> None:
    desk, metrics = Desk(tmp_path), Metrics()
    metrics.watch(desk.store, units=False)
    hot, lost = desk.sender(), desk.sender("second")
    beat(desk, hot, soc_c=90)
    say(desk, lost, "state", b"lost")
    seen = told(metrics)
    assert seen['kirpik_units_troubled{level="critical",trouble="overheated"}'] == 1
    assert seen['kirpik_units_troubled{level="critical",trouble="lost"}'] == 1
    assert seen['kirpik_units_troubled{level="warning",trouble="hot"}'] == 0


@needs_promtool
def test_prometheus_takes_the_rules_and_each_is_raised_by_its_example_and_none_by_a_fleet_that_is_well() -> None:
    assert promtool("check", "rules", RULES).startswith("0 ")
    assert promtool("test", "rules", TESTS).startswith("0 ")


@needs_promtool
def test_a_rule_that_never_rings_is_caught(tmp_path: Path) -> None:
    """The control: a bound that nothing passes."""
    deaf = (FOLDER / RULES).read_text().replace("> 0'", "> 1000000'")
    (tmp_path / RULES).write_text(deaf)
    shutil.copy(FOLDER / TESTS, tmp_path)
    assert "FAILED" in promtool("test", "rules", TESTS, folder=tmp_path)


@needs_promtool
def test_prometheus_understands_each_panel(tmp_path: Path) -> None:
    lines = ["groups:\n- name: board\n  rules:\n"]
    for number, expression in enumerate(board.expressions()):
        lines.append(f"  - record: panel:{number}\n    expr: '{expression}'\n")
    (tmp_path / "board.yml").write_text("".join(lines))
    assert promtool("check", "rules", "board.yml", folder=tmp_path).startswith("0 ")
