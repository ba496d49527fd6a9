from pathlib import Path

import pytest

from kirpik.errors import ConfigError
from kirpik.wire.topics import UP
from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.broker.mosquitto import BrokerPlan, write_settings
from kirpik_provisioning.broker.rights import Rights


def rights_of(text: str, name: str) -> set[str]:
    """The lines below a user's name."""
    return set(text.split(f"\nuser {name}\n")[1].split("\n\n", maxsplit=1)[0].splitlines())


def test_the_settings_ask_for_tls_13_and_a_certificate(tmp_path: Path) -> None:
    settings = write_settings(BrokerPlan("127.0.0.1", 8883, tmp_path)).read_text().splitlines()
    for line in ("listener 8883 127.0.0.1", "tls_version tlsv1.3", "require_certificate true", "allow_anonymous false"):
        assert line in settings
    assert "use_username_as_clientid true" in settings


def test_a_unit_has_its_own_tree_and_every_central_all_of_them(tmp_path: Path) -> None:
    write_settings(BrokerPlan("127.0.0.1", 8883, tmp_path, Rights(centrals=("central-1", "central-2"))))
    rights = (tmp_path / "acl").read_text()
    assert [line for line in rights.splitlines() if line.startswith("pattern write")] == [
        f"pattern write kirpik/1/u/%u/up/{leaf}" for leaf in UP
    ]
    for name in ("central-1", "central-2"):
        assert {line for line in rights_of(rights, name) if "write" in line} == {
            "topic write kirpik/1/u/+/down/receipt"
        }


def test_only_a_desk_orders_and_publishes_and_a_watcher_says_nothing() -> None:
    rights = Rights(watchers=("wall",)).text()
    assert {"topic write kirpik/1/u/+/down/order", "topic readwrite kirpik/1/keys/#"} <= rights_of(rights, "desk")
    assert "topic read kirpik/1/u/+/up/v" not in rights_of(rights, "desk") | rights_of(rights, "wall")
    assert not [line for line in rights_of(rights, "wall") if "write" in line]


def test_whoever_is_revoked_may_nothing() -> None:
    assert "\nuser central-9\ntopic deny #\n" in Rights(revoked=("central-9",)).text()


def test_a_missing_broker_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mosquitto, "PROGRAM_FOLDERS", ())
    with pytest.raises(ConfigError, match="apt install mosquitto"):
        mosquitto.command(tmp_path / "mosquitto.conf")
