"""Write the shipped files anew: `python -m kirpik_central.monitoring`."""

from pathlib import Path

from kirpik_central.monitoring.board import board_json
from kirpik_central.monitoring.rules import rule_tests_yaml, rules_yaml

FOLDER = Path(__file__).parent
RULES, TESTS, BOARD = "kirpik-rules.yml", "kirpik-rules-test.yml", "kirpik-board.json"


def shipped() -> dict[str, str]:
    return {RULES: rules_yaml(), TESTS: rule_tests_yaml(RULES), BOARD: board_json()}


if __name__ == "__main__":
    for name, text in shipped().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
