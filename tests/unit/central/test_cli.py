import json
from pathlib import Path

import pytest

from kirpik.wire import suite, topics
from kirpik_central import cli
from kirpik_central.decisions import Decision, decide
from kirpik_central.log import Log
from kirpik_provisioning.provision import new_fleet
from tests.unit.central.intake_desk import Desk


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return new_fleet(tmp_path / "fleet", port=1).central_config


def failure(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence with which the command ends."""
    assert cli.main(arguments) == 1
    said = capfd.readouterr()
    assert said.out == ""
    (sentence,) = said.err.splitlines()
    return sentence


def test_migrate_makes_the_store_and_cases_finds_it_empty(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate", "--config", str(config)]) == 0
    assert cli.main(["cases", "--config", str(config)]) == 0
    assert capfd.readouterr().out == ""


def test_cases_is_one_json_object_a_line_and_shows_no_plate_elsewhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path)
    sender = desk.sender()
    desk.take(sender, sender.next(), sender.next())
    assert cli.main(["cases", "--config", str(desk.fleet.central_config)]) == 0
    said = capfd.readouterr()
    assert [json.loads(line)["plate"] for line in said.out.splitlines()] == ["123ABC01", "123ABC01"]
    assert said.err == ""


def test_what_is_confirmed_comes_out_of_the_commands_with_evidence_and_the_log_is_published(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path)
    sender, config = desk.sender(), str(desk.fleet.central_config)
    desk.take(sender, sender.next(), sender.next())
    desk.reader.read(limit=10)
    confirmed = Decision(packet=1, turn=1, verdict="confirmed", officer="A. Officer", reason="", decided_ms=1)
    desk.store.write(lambda connection: decide(connection, confirmed))
    Log(desk.store, desk.keys.receipt, origin="kirpik/log", every_s=10).sign()
    assert cli.main(["export", "--config", config, "--evidence", str(tmp_path / "evidence")]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["case"]["sequence"], told["decision"]["officer"]) == (2, "A. Officer")
    assert (tmp_path / "evidence" / told["evidence"]).exists()
    assert cli.main(["log", "--config", config, "--out", str(tmp_path / "log")]) == 0
    assert (tmp_path / "log" / "checkpoint").read_text().splitlines()[1] == "3"


def test_opening_elsewhere_needs_a_seal_key(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = config.read_text()
    assert cli.main(["migrate", "--config", str(config)]) == 0
    assert cli.main(["open", "--config", str(config)]) == 0
    config.write_text(text.replace('seal = "seal.key"', "seal = []"))
    capfd.readouterr()
    assert "keys.seal: none, expected the seal keys" in failure(capfd, "open", "--config", str(config))


def test_evidence_that_was_altered_in_the_store_is_not_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    sender = desk.sender()
    desk.take(sender, sender.next(), sender.next())
    with desk.store.writing() as ledger:
        altered = "UPDATE packet SET evidence = zeroblob(2000) WHERE sequence = 1"
        ledger._connection.exec_driver_sql(altered)
    assert cli.main(["cases", "--config", str(desk.fleet.central_config)]) == 0
    assert [json.loads(line)["sequence"] for line in capfd.readouterr().out.splitlines()] == [2]


def test_an_intake_without_tables_says_which_command_makes_them(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "run: kirpik-central migrate" in failure(capfd, "intake", "--config", str(config))


def test_a_port_where_nobody_listens_is_told(
    config: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kirpik_central.worker.START_S", 0)
    assert cli.main(["migrate", "--config", str(config)]) == 0
    capfd.readouterr()
    assert failure(capfd, "intake", "--config", str(config)).endswith("127.0.0.1:1: nobody listens there")


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("seal.key", bytes(32), "seal.key: not one of the 1 seal keys of"),
        ("seal.key", bytes(31), "seal.key: 31 bytes, expected 32"),
        ("receipt.key", bytes(32), "receipt.key: not one of the 1 receipt keys of"),
        ("root.cbor", b"\x00", "root.cbor: not to be trusted"),
        ("set.cbor", b"\x00", "set.cbor: not to be trusted"),
        ("central.toml", b"[broker]\n", "central.toml: Object missing required field `host`"),
        ("central.toml", b"[broker", "central.toml: not TOML"),
        ("central.toml", b'[broker]\nhost = "h"\nprot = 1\n', "contains unknown field `prot`"),
    ],
)
def test_a_wrong_file_is_told_by_name(
    config: Path, capfd: pytest.CaptureFixture[str], name: str, data: bytes, sentence: str
) -> None:
    (config.parent / name).write_bytes(data)
    assert sentence in failure(capfd, "intake", "--config", str(config))


@pytest.mark.parametrize("name", ["seal.key", "set.cbor", "central.toml", "units"])
def test_a_missing_file_is_told_by_name(config: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    (config.parent / name).rename(config.parent / "elsewhere")
    assert name in failure(capfd, "intake", "--config", str(config))


def test_a_store_that_cannot_be_written_is_told(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = config.read_text().replace("sqlite:///central.db", "sqlite:////proc/central.db")
    config.write_text(text)
    assert "/proc/central.db: the store cannot be used" in failure(capfd, "migrate", "--config", str(config))


@pytest.mark.parametrize("arguments", [[], ["intake"], ["else"], ["cases", "--confg", "x"]])
def test_wrong_use_is_exit_code_2(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: kirpik-central" in capfd.readouterr().err


def test_help_has_an_example(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["intake", "--help"])
    assert ended.value.code == 0
    assert "example: kirpik-central intake --config central.toml" in capfd.readouterr().out


def test_the_topic_of_packets_is_the_one_that_the_intake_hears() -> None:
    assert topics.from_all(topics.PACKETS) == "kirpik/1/u/+/up/v"


@pytest.mark.parametrize("command", ["intake", "open"])
def test_nothing_is_opened_where_the_sealing_suite_fails_its_self_test(
    command: str, config: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "TEST_PUBLIC_SHA256", bytes(32))
    assert "sealing suite: the self-test failed" in failure(capfd, command, "--config", str(config))
