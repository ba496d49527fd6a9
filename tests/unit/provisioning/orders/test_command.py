"""`kirpik orders` used wrongly: a sentence, and nothing sent or kept."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from kirpik.errors import KirpikError
from kirpik.wire.part import MAX_FILE_BYTES
from kirpik.wire.signature import SigningKey
from kirpik_provisioning.cli import bench
from kirpik_provisioning.keys.vault import lock, write_vault
from kirpik_provisioning.registry import Card, Registry
from kirpik_provisioning.throw_away import PASSPHRASE, throw_away_desk

STRANGER = SigningKey.from_seed(b"s" * 32)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("orders") / "desk"
    throw_away_desk(folder, seal_seed=bytes(32), receipt_seed=bytes(32))
    Registry(folder).put(SigningKey.from_seed(b"u" * 32).public, Card(label="one", groups=("almaty",)))
    made = lock(STRANGER.seed(), PASSPHRASE.encode(), kind="order", public=STRANGER.public, work=10)
    write_vault(folder / "stranger.key", made)
    (folder / "site.toml").write_text("[site]")
    (folder / "large.tflite").write_bytes(bytes(MAX_FILE_BYTES + 1))
    for name, file, digest in (
        ("lonely", "none.tflite", "ab" * 32),
        ("false", "site.toml", "ab" * 32),
        ("large", "large.tflite", sha256(bytes(MAX_FILE_BYTES + 1)).hexdigest()),
    ):
        manifest = {"version": 1, "networks": {"reader": {"file": file, "sha256": digest}}}
        (folder / f"{name}.json").write_text(json.dumps(manifest))
    return folder


def said(desk: Path, *words: str) -> str:
    told = ["orders", "--desk", str(desk), "--passphrases", str(desk / "PASSPHRASE"), *words]
    result = CliRunner().invoke(bench, [word.replace("DESK", str(desk)) for word in told])
    assert result.exit_code != 0
    assert result.exception is None or isinstance(result.exception, KirpikError | SystemExit), result.exception
    return str(result.exception) if isinstance(result.exception, KirpikError) else result.output


def done(desk: Path, what: str, *words: str) -> str:
    result = CliRunner().invoke(bench, [what, "--desk", str(desk), "--passphrases", str(desk / "PASSPHRASE"), *words])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "a verb that is none": (("send", "shell", "--to", "all"), "'shell' is not one of"),
    "to nobody": (("send", "report", "--to", "astana", "--key", "DESK/order-1.key"), "no unit of"),
    "without a key": (("send", "report", "--to", "all"), "--key is missing"),
    "a file with a verb that takes none": (
        ("send", "report", "--to", "all", "--file", "DESK/site.toml", "--key", "DESK/order-1.key"), "--file belongs"),
    "no file with a verb that takes one": (
        ("send", "set-site", "--to", "all", "--key", "DESK/order-1.key"), "--file belongs"),
    "a file that is not there": (
        ("send", "set-site", "--to", "all", "--file", "DESK/none", "--key", "DESK/order-1.key"), "cannot be read"),
    "a key that is none": (("send", "report", "--to", "all", "--key", "DESK/site.toml"), "not a key that kirpik keys"),
    "a holder's key": (("send", "report", "--to", "all", "--key", "DESK/root-1.key"), "a key for document"),
    "a key that the key set does not name": (
        ("send", "report", "--to", "all", "--key", "DESK/stranger.key"), "order-signature"),
    "one key where two are needed": (("send", "wipe", "--to", "all", "--key", "DESK/order-1.key"), "1 signature more"),
    "a time that is none": (
        ("send", "report", "--to", "all", "--expires", "soon", "--key", "DESK/order-1.key"), "expected a time such as"),
    "networks that are no manifest": (
        ("send", "set-models", "--to", "all", "--file", "DESK/site.toml", "--dry-run"), "not a manifest of networks"),
    "networks that do not lie beside their manifest": (
        ("send", "set-models", "--to", "all", "--file", "DESK/lonely.json", "--dry-run"), "networks.reader of"),
    "networks that are not what their manifest says": (
        ("send", "set-models", "--to", "all", "--file", "DESK/false.json", "--dry-run"), "not the manifest's"),
    "networks that are larger than units take": (
        ("send", "set-models", "--to", "all", "--file", "DESK/large.json", "--dry-run"), "units take at most 8388608"),
    "files of an order that has none": (("unload", "abcdef"), "no such order"),
    "an order that is not there": (("again", "abcdef"), "no such order"),
    "a broker that is not named": (("send", "report", "--to", "all", "--key", "DESK/order-1.key"), "desk.toml"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_used_wrongly(case: str, desk: Path) -> None:
    words, sentence = WRONG[case]
    assert sentence in said(desk, *words)


def test_a_dry_run_needs_no_key_and_names_those_who_are_meant(desk: Path) -> None:
    words = ["orders", "--desk", str(desk), "send", "set-site", "--to", "almaty", "--file", str(desk / "site.toml")]
    result = CliRunner().invoke(bench, [*words, "--dry-run"])
    assert result.exit_code == 0, result.output
    assert "set-site to almaty: 1 units: one" in result.output
    assert "nothing was signed and nothing sent" in result.output


def test_a_revoked_unit_is_neither_meant_nor_waited_for(desk: Path, tmp_path: Path) -> None:
    shutil.copytree(desk, tmp_path / "desk")
    stolen = Registry(tmp_path / "desk").put(SigningKey.from_seed(b"v" * 32).public, Card(label="two")).unit.hex()
    assert "to all: 2 units" in done(tmp_path / "desk", "orders", "send", "report", "--to", "all", "--dry-run")
    done(tmp_path / "desk", "keys", "revoke", stolen, "--epoch", "1", "--sequence", "3")
    for name in ("keys-1", "keys-2"):
        draft = str(tmp_path / "desk" / "drafts" / "set-2.cbor")
        done(tmp_path / "desk", "keys", "set", "sign", draft, "--key", str(tmp_path / "desk" / f"{name}.key"), "--yes")
    done(tmp_path / "desk", "keys", "set", "publish", "--offline")
    assert "to all: 1 units: one" in done(tmp_path / "desk", "orders", "send", "report", "--to", "all", "--dry-run")
    assert "and is not revoked" in said(tmp_path / "desk", "send", "report", "--to", "two", "--dry-run")


def test_an_order_s_number_rises_whatever_the_clock_says(desk: Path) -> None:
    from kirpik_provisioning.orders.book import OrderFolder  # noqa: PLC0415

    orders = OrderFolder(desk)
    said(desk, "send", "wipe", "--to", "all", "--key", "DESK/order-1.key")
    newest = max(entry.order.counter for entry in orders.all())
    assert orders.next_counter(0) == newest + 1
    assert orders.next_counter(newest + 50) == newest + 50
