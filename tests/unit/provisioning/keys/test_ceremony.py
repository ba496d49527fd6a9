"""The ceremony from first key to last, and everything that is done wrongly in between."""

import fcntl
import json
import shutil
import stat
from pathlib import Path

import pytest

from kirpik.store.keyring import Keyring
from kirpik.trust.trusted import root_pin
from kirpik.wire import suite
from kirpik_provisioning.keys.desk import Desk
from tests.unit.provisioning.keys.ceremony import HOLDERS, PASSPHRASE, Ceremony


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("begun")
    Ceremony(home).begin()
    return home


@pytest.fixture
def ceremony(begun: Path, tmp_path: Path) -> Ceremony:
    """A fleet of its own, with root 1 and key set 1 in force."""
    shutil.copytree(begun, tmp_path / "home")
    return Ceremony(tmp_path / "home")


def in_force(ceremony: Ceremony) -> tuple[int, int]:
    trusted = Desk(ceremony.desk).trusted()
    return trusted.root.version, trusted.keyset_version


def test_what_the_ceremony_publishes_a_unit_believes(ceremony: Ceremony, tmp_path: Path) -> None:
    ceremony.do("set", "publish", "--offline", "--to", tmp_path / "stick")
    first = (tmp_path / "stick" / "root-1.cbor").read_bytes()
    ring = Keyring.load(tmp_path / "stick", pin=root_pin(first))
    assert (ring.root.version, ring.keyset_version) == (1, 1)
    assert ring.active_seal(0) == ceremony.pub("seal-1").read_bytes()
    assert root_pin(first).hex() in ceremony.do("status")


def test_a_seal_key_turns_in_five_steps(ceremony: Ceremony) -> None:
    ceremony.make("seal-2", "seal")
    assert "from" in ceremony.do("rotate", "seal", ceremony.pub("seal-2"), "--in", "14d")
    assert "keys role: 0 of 2 signatures" in ceremony.do("status")
    ceremony.sign("set", "dina", "farida")
    assert "signed by enough, publish it" in ceremony.do("status")
    ceremony.do("set", "publish", "--offline")
    assert in_force(ceremony) == (1, 2)
    seal = Desk(ceremony.desk).trusted().keyset
    assert seal is not None
    assert [entry.state for entry in seal.seal] == ["active", "active"]


def test_holders_sign_copies_apart_and_the_desk_collects_them(ceremony: Ceremony, tmp_path: Path) -> None:
    ceremony.do("rotate", "broker", "--broker", "b2.example:8883")
    copies = []
    for name in ("dina", "emil"):
        copies.append(tmp_path / f"{name}-stick.cbor")
        shutil.copy(ceremony.draft(), copies[-1])
        ceremony.do("set", "sign", copies[-1], "--key", ceremony.key(name), "--yes")
    assert "2 signatures" in ceremony.do("collect", *copies)
    ceremony.do("set", "publish", "--offline")
    assert in_force(ceremony) == (1, 2)


def test_a_half_signed_document_is_not_published_and_nothing_changes(ceremony: Ceremony, tmp_path: Path) -> None:
    ceremony.do("rotate", "broker", "--broker", "b2.example:8883")
    ceremony.sign("set", "dina")
    said = ceremony.refused("set", "publish", "--offline", "--to", tmp_path / "stick")
    assert "keys role: 1 of 2 signatures" in said
    assert "nothing was published" in said
    assert in_force(ceremony) == (1, 1)
    assert not (tmp_path / "stick").exists()


def test_a_root_in_two_hands_replaces_a_holder_of_the_third(ceremony: Ceremony) -> None:
    ceremony.make("gulnar", "document")
    new = [f"--root={ceremony.pub(name)}" for name in ("anna", "boris", "gulnar")]
    ceremony.do("root", "new", *new)
    ceremony.sign("root", "anna", "carla")
    assert "root role, new: 1 of 2" in ceremony.refused("set", "publish", "--offline")
    ceremony.sign("root", "gulnar")
    ceremony.do("set", "publish", "--offline")
    assert in_force(ceremony) == (2, 1)


def test_a_stolen_keys_role_is_replaced_and_a_new_set_follows_from_nothing(ceremony: Ceremony) -> None:
    ceremony.do("revoke", "ab" * 16)
    ceremony.sign("set", "dina", "emil")
    ceremony.do("set", "publish", "--offline")
    for name in ("gulnar", "hamit", "ilyas"):
        ceremony.make(name, "document")
    new = [f"--keys={ceremony.pub(name)}" for name in ("gulnar", "hamit", "ilyas")]
    ceremony.do("root", "new", *new)
    ceremony.sign("root", "anna", "boris")
    ceremony.do("set", "publish", "--offline")
    assert in_force(ceremony) == (2, 0)
    assert "--seal and --receipt are needed" in ceremony.refused("set", "new")
    for name, purpose in (("seal-2", "seal"), ("receipt-2", "receipt")):
        ceremony.make(name, purpose)
    ceremony.do("set", "new", "--seal", ceremony.pub("seal-2"), "--receipt", ceremony.pub("receipt-2"))
    ceremony.sign("set", "hamit", "ilyas")
    ceremony.do("set", "publish", "--offline")
    assert in_force(ceremony) == (2, 3)
    status = ceremony.do("status")
    assert f"revoked unit  {'ab' * 16}" in status
    assert "order key" not in status


def test_a_unit_is_revoked(ceremony: Ceremony) -> None:
    ceremony.do("revoke", "ab" * 16, "--epoch", "3", "--sequence", "4")
    ceremony.sign("set", "dina", "emil")
    ceremony.do("set", "publish", "--offline")
    assert f"{'ab' * 16} after 3-4" in ceremony.do("status")


def test_a_seal_key_is_installed_for_the_central_and_for_its_owner_alone(ceremony: Ceremony, tmp_path: Path) -> None:
    ceremony.do("install", ceremony.key("seal-1"), tmp_path / "seal.key")
    installed = tmp_path / "seal.key"
    assert stat.S_IMODE(installed.stat().st_mode) == 0o600
    assert suite.SealKey.from_seed(installed.read_bytes()).public == ceremony.pub("seal-1").read_bytes()
    assert "never written over" in ceremony.refused("install", ceremony.key("seal-1"), installed)
    assert "no service holds" in ceremony.refused("install", ceremony.key("anna"), tmp_path / "anna.key")


def test_a_seal_key_that_is_needed_is_not_destroyed_and_one_that_is_not_is_with_a_note(ceremony: Ceremony) -> None:
    assert "still sealed to" in ceremony.refused("destroy", ceremony.key("seal-1"), "--yes")
    assert "fallback" in ceremony.refused("destroy", ceremony.key("escrow"), "--yes")
    assert "only seal keys" in ceremony.refused("destroy", ceremony.key("anna"), "--yes")
    ceremony.make("never-used", "seal")
    both = (ceremony.key("never-used"), ceremony.key("seal-1"))
    assert "different keys" in ceremony.refused("destroy", *both, "--yes")
    ceremony.do("destroy", ceremony.key("never-used"), "--yes")
    assert not ceremony.key("never-used").exists()
    assert ceremony.key("seal-1").exists()
    last = json.loads((ceremony.desk / "journal.ndjson").read_text().splitlines()[-1])
    assert last["what"] == "destroyed"
    assert last["key"] == f"seal {suite.key_id(ceremony.pub('never-used').read_bytes()).hex()}"


# ---- done wrongly ----


def test_a_wrong_passphrase_changes_nothing(ceremony: Ceremony) -> None:
    ceremony.do("rotate", "broker", "--broker", "b2.example:8883")
    before = ceremony.draft().read_bytes()
    said = ceremony.refused("set", "sign", ceremony.draft(), "--key", ceremony.key("dina"), "--yes", answers=("wrong",))
    assert "nothing was changed" in said
    assert ceremony.draft().read_bytes() == before


def test_two_passphrases_that_differ_make_no_key(ceremony: Ceremony) -> None:
    said = ceremony.refused(
        "new", "x", "--for", "seal", "--out", ceremony.home, answers=(PASSPHRASE, "another passphrase")
    )
    assert "differ; nothing was made" in said
    assert not ceremony.key("x").exists()


def test_two_operators_at_once_the_second_is_told_and_changes_nothing(ceremony: Ceremony) -> None:
    with (ceremony.desk / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another kirpik command is at work" in ceremony.refused("rotate", "broker", "--broker", "b:1")
    assert not list((ceremony.desk / "drafts").glob("*"))


def test_two_drafts_of_one_kind_do_not_stand_beside_each_other(ceremony: Ceremony) -> None:
    ceremony.do("rotate", "broker", "--broker", "b2.example:8883")
    assert "is being signed; publish or discard it first" in ceremony.refused("revoke", "ab" * 16)
    ceremony.do("discard")
    ceremony.do("revoke", "ab" * 16)


def test_without_a_network_the_desk_has_the_documents_in_force_and_says_what_is_missing(ceremony: Ceremony) -> None:
    """Publishing again is all that has to be done when the network is back."""
    ceremony.do("rotate", "broker", "--broker", "b2.example:8883")
    ceremony.sign("set", "dina", "emil")
    assert "desk.toml" in ceremony.refused("set", "publish")
    assert in_force(ceremony) == (1, 2)


@pytest.mark.parametrize(
    ("year_s", "sentence"), [(0, "clock says 1970"), (1_736_000_000, "behind the last document's date")]
)
def test_a_clock_that_was_never_set_or_is_behind_dates_nothing(
    ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch, year_s: int, sentence: str
) -> None:
    monkeypatch.setattr("time.time_ns", lambda: year_s * 10**9)
    assert sentence in ceremony.refused("rotate", "broker", "--broker", "b2.example:8883")
    assert not list((ceremony.desk / "drafts").glob("*"))


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no fallback": (("init", "--root=x", "--keys=y"), "--fallback is missing"),
    "too few holders": (("root", "new", "--root={anna}"), "1 different holders, expected at least 2"),
    "a holder twice": (("root", "new", "--root={anna}", "--root={anna}"), "1 different holders"),
    "a second first root": (("init", "--root={anna}", "--root={boris}", "--keys={dina}", "--keys={emil}",
                             "--fallback={escrow}"), "has a root already"),
    "a key of another kind": (("rotate", "seal", "{anna}"), "expected the public half of a seal key, 1216"),
    "a file that is not there": (("rotate", "seal", "missing.pub"), "cannot be read"),
    "a delay that is none": (("rotate", "seal", "{seal-1}", "--in", "soon"), "expected a time such as 14d"),
    "the same seal key again": (("rotate", "seal", "{seal-1}"), "in the key set already"),
    "a verb that is none": (("rotate", "order", "{order-1}:shell"), "'shell' is no verb"),
    "an endpoint without a port": (("rotate", "broker", "--broker", "b2"), "expected HOST:PORT"),
    "nothing to turn": (("rotate", "broker"), "name --broker"),
    "a unit that is no id": (("revoke", "unit-7"), "32 hex digits"),
    "signing what is no document": (("set", "sign", "{anna}", "--key", "{anna}"), "not a key document"),
    "signing with an order key": (("set", "sign", "SET", "--key", "{order-1.key}", "--yes"), "a key for order"),
    "signing a set as a root": (("root", "sign", "SET", "--key", "{anna.key}"), "sign it with: kirpik keys set sign"),
    "token without a module": (("new", "x", "--for", "seal", "--token", "t"), "belong together"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_used_wrongly(case: str, ceremony: Ceremony) -> None:
    words, expected = WRONG[case]
    names = {f"{{{name}}}": str(ceremony.pub(name)) for name in (*HOLDERS, "escrow", "seal-1", "order-1")}
    names |= {f"{{{name}.key}}": str(ceremony.key(name)) for name in ("anna", "order-1")}
    if "SET" in words:
        ceremony.do("rotate", "broker", "--broker", "b2.example:8883")
        names["SET"] = str(ceremony.draft())
    filled = []
    for word in words:
        for name, path in names.items():
            word = word.replace(name, path) if name != "SET" or word == "SET" else word  # noqa: PLW2901
        filled.append(word)
    before = {path: path.read_bytes() for path in ceremony.desk.rglob("*.cbor")}
    assert expected in ceremony.refused(*filled)
    assert {path: path.read_bytes() for path in ceremony.desk.rglob("*.cbor")} == before
