from pathlib import Path

import pytest

from kirpik.service import heartbeat
from kirpik.service.heartbeat import take_pulse
from kirpik.store.outbox import Entry, Outbox
from kirpik.wire.health import FIELDS, coarse, decode_health, encode_health
from kirpik_provisioning.provision import new_fleet
from tests.unit.wire.samples import build


def test_a_provisioned_unit_tells_its_key_versions_and_how_full_it_is(tmp_path: Path) -> None:
    unit = new_fleet(tmp_path / "fleet", port=1).add_unit()
    outbox = Outbox(unit.state / "outbox", limit_bytes=16_384)
    outbox.add(Entry(1, 1), build())
    outbox.tell_fill()
    pulse = take_pulse(unit.state, tmp_path / "run")
    assert (pulse["root_v"], pulse["keys_v"]) == (1, 1)
    assert pulse["spool_fill"] == 25
    assert 0 < pulse["disk_percent"] <= 100


def test_all_that_it_tells_is_on_the_list(tmp_path: Path) -> None:
    pulse = take_pulse(new_fleet(tmp_path / "fleet", port=1).add_unit().state, tmp_path / "run")
    assert set(pulse) <= set(FIELDS)
    assert decode_health(encode_health(pulse)) == {name: coarse(name, value) for name, value in pulse.items()}


def test_what_cannot_be_had_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "MEMINFO", tmp_path / "none")
    monkeypatch.setattr(heartbeat, "TEMPERATURE", tmp_path / "none")
    assert set(take_pulse(tmp_path / "nowhere", tmp_path / "run")) == {
        "clock_synchronised", "load", "software_major", "software_minor", "software_patch"
    }  # fmt: skip
