"""Where the firewall lets the link go: to the brokers that card and key set name, and nowhere else."""

import subprocess
import sys
from pathlib import Path

from kirpik.commands.brokers import elements
from kirpik_provisioning.provision import new_fleet


def brokers(config: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kirpik.cli", "brokers", "--config", str(config)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_sets_are_emptied_and_filled_in_one_go() -> None:
    assert elements({"192.0.2.7", "2001:db8::1", "10.0.0.1"}, {8884, 8883}).splitlines() == [
        "flush set inet kirpik broker_v4",
        "flush set inet kirpik broker_v6",
        "flush set inet kirpik broker_ports",
        "add element inet kirpik broker_v4 { 10.0.0.1, 192.0.2.7 }",
        "add element inet kirpik broker_v6 { 2001:db8::1 }",
        "add element inet kirpik broker_ports { 8883, 8884 }",
    ]


def test_a_provisioned_unit_names_its_broker_and_the_lobby(tmp_path: Path) -> None:
    fleet = new_fleet(tmp_path / "fleet", port=8883, host="127.0.0.1")
    config = fleet.add_unit().write_config(fleet, site=Path("site.toml"), source="pi")
    found = brokers(config)
    assert found.returncode == 0, found.stderr
    assert "add element inet kirpik broker_v4 { 127.0.0.1 }" in found.stdout
    assert "add element inet kirpik broker_ports { 8883, 8884 }" in found.stdout


def test_names_that_cannot_be_looked_up_leave_the_firewall_as_it_is(tmp_path: Path) -> None:
    fleet = new_fleet(tmp_path / "fleet", port=8883, host="127.0.0.1")
    config = fleet.add_unit().write_config(fleet, site=Path("site.toml"), source="pi")
    config.write_text(config.read_text().replace("127.0.0.1", "nobody.invalid"))
    found = brokers(config)
    assert (found.returncode, found.stdout) == (1, "")
    assert "none of the brokers' names can be looked up" in found.stderr
