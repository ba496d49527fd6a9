import stat
from pathlib import Path

import pytest

from kirpik.config import load_config
from kirpik.wire.ids import unit_id
from kirpik.wire.keydocs import open_keyset, open_root
from kirpik.wire.signature import SigningKey
from kirpik_central.config import load_config as load_central_config
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet


@pytest.fixture
def fleet(tmp_path: Path) -> ThrowAwayFleet:
    return new_fleet(tmp_path / "fleet", port=18883)


def test_both_sides_settings_can_be_read_by_their_programs(fleet: ThrowAwayFleet, tmp_path: Path) -> None:
    unit = fleet.add_unit()
    config = load_config(unit.write_config(fleet, site=tmp_path / 'a "site".toml', source="replay:clip.mp4"))
    assert config.unit.site == str(tmp_path / 'a "site".toml')
    assert load_central_config(fleet.central_config).broker.port == 18883


def test_the_documents_are_signed_by_enough_and_name_the_central_s_keys(fleet: ThrowAwayFleet) -> None:
    keys = fleet.add_unit().state / "keys"
    keyset = open_keyset((keys / "set.cbor").read_bytes(), open_root((keys / "root.cbor").read_bytes()))
    assert [entry.public for entry in keyset.seal] == [fleet.seal.public]
    assert keyset.receipt == (fleet.receipt.public,)


def test_the_central_knows_a_unit_by_the_key_that_the_unit_has(fleet: ThrowAwayFleet) -> None:
    unit = fleet.add_unit()
    seed = (unit.state / "identity" / "unit.key").read_bytes()
    public = (fleet.folder / "central" / "units" / f"{unit.unit.hex()}.pub").read_bytes()
    assert SigningKey.from_seed(seed).public == public
    assert unit_id(public) == unit.unit


def test_secrets_are_for_their_owner_alone(fleet: ThrowAwayFleet) -> None:
    unit = fleet.add_unit()
    for secret in [*fleet.folder.rglob("*.key")]:
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret
    assert stat.S_IMODE(unit.state.joinpath("outbox").stat().st_mode) == 0o700


def test_every_unit_is_another(fleet: ThrowAwayFleet) -> None:
    assert fleet.add_unit("one").unit != fleet.add_unit("two").unit
