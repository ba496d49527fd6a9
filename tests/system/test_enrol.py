"""A generic card becomes a unit: `kirpikd enrol` on one side, `kirpik enrol` on the other, a real broker in between."""

import shutil
from pathlib import Path

from kirpik.store.identity import load_identity
from kirpik.wire.words import to_words
from kirpik_provisioning.registry import Registry
from tests.system.ground import wait_until
from tests.system.lobby import Lobby
from tests.system.simulated import SimulatedUnit
from tests.unit.eyes import QuickDisk


def words_on_screen(card: Path) -> list[str]:
    """As a person reads them from the unit."""
    lines = (card / "state" / "fingerprint.txt").read_text().splitlines()
    (first,) = [number for number, line in enumerate(lines) if line.startswith("  words")]
    return [*lines[first].split()[1:], *lines[first + 1].split()]


def test_a_generic_card_asks_is_compared_accepted_and_speaks(lobby: Lobby) -> None:
    card = lobby.card("card", label="Abay 10")
    booted = lobby.boot(card)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert "Abay 10" in lobby.said
    words = words_on_screen(card)
    assert " ".join(words[:4]) in lobby.said
    assert lobby.enrol("accept", *words, "--group", "almaty", "--yes") == 0, lobby.said
    assert booted.process is not None
    assert booted.process.wait(20) == 0, booted.said()
    unit = load_identity(card / "state" / "identity").unit
    known = Registry(lobby.fleet.desk).get(unit)
    assert known is not None
    assert (known.card.label, known.card.groups) == ("Abay 10", ("almaty",))
    assert to_words(unit).split() == words
    running = SimulatedUnit(card, "127.0.0.1", lobby.port, disk=QuickDisk())
    running.turn()
    assert running.line.connected
    running.close()
    again = lobby.boot(card)
    assert again.process is not None
    assert again.process.wait(20) == 0
    assert "enrolled already" in again.said()


def test_no_secret_lies_on_a_generic_card_and_none_is_shown(lobby: Lobby) -> None:
    card = lobby.card("card")
    before = [path for path in card.rglob("*") if path.is_file()]
    assert not [path for path in before if b"PRIVATE" in path.read_bytes()]
    booted = lobby.boot(card, "--show")
    assert booted.process is not None
    assert booted.process.wait(20) == 0
    seed = (card / "state" / "identity" / "unit.key").read_bytes()
    assert seed.hex() not in booted.said()
    assert "PRIVATE" not in booted.said()


def test_a_stranger_is_not_let_in_by_the_door_but_tokens_and_expected_units_are(lobby: Lobby) -> None:
    assert lobby.enrol("tokens", "Abay 12", "--group", "almaty") == 0, lobby.said
    token = " ".join(lobby.said.split()[:5])
    cards = {name: lobby.card(name) for name in ("stranger", "tokened", "expected")}
    (cards["tokened"] / "token").write_text(token)
    lobby.boot(cards["expected"], "--show")
    words = words_on_screen(cards["expected"])
    assert lobby.enrol("preauthorise", *words, "--label", "Abay 14") == 0, lobby.said
    door = lobby.serve()
    door.await_word("the door is open")
    running = {
        "stranger": lobby.boot(cards["stranger"]),
        "tokened": lobby.boot(cards["tokened"], "--token-file", str(cards["tokened"] / "token")),
        "expected": lobby.boot(cards["expected"]),
    }
    for name in ("tokened", "expected"):
        process = running[name].process
        assert process is not None
        assert process.wait(30) == 0, running[name].said()
    assert not (cards["tokened"] / "token").exists()
    door.await_word(": asks")
    assert lobby.enrol("list", "--wait", "12") == 0, lobby.said
    assert "again" not in door.said(), "a look at who asks pushed the door off"
    assert not (cards["stranger"] / "unit.pem").exists()
    labels = {known.card.label: known.card.groups for known in Registry(lobby.fleet.desk).all()}
    assert labels == {"Abay 12": ("almaty",), "Abay 14": ()}
    second = lobby.card("second with the same token")
    (second / "token").write_text(token)
    lobby.boot(second, "--token-file", str(second / "token"))
    wait_until(lambda: door.said().count(": asks") == 2, what="a used token lets nobody in")
    assert not (second / "unit.pem").exists()


def test_the_door_is_taken_up_again_when_the_lobby_was_away(lobby: Lobby) -> None:
    card = lobby.card("card")
    lobby.boot(card, "--show")
    assert lobby.enrol("preauthorise", *words_on_screen(card)) == 0, lobby.said
    broker = lobby.daemons[0]
    broker.kill()
    door = lobby.serve()
    door.await_word("nobody listens there; the door is tried again")
    broker.start()
    booted = lobby.boot(card)
    assert booted.process is not None
    assert booted.process.wait(30) == 0, booted.said()


def test_a_second_box_with_the_same_identity_is_an_alarm(lobby: Lobby) -> None:
    """Somebody has copied the card's identity and made a TLS key of his own."""
    card = lobby.card("card")
    first = lobby.boot(card)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert lobby.enrol("accept", *words_on_screen(card), "--yes") == 0, lobby.said
    assert first.process is not None
    assert first.process.wait(20) == 0
    copied = lobby.card("copied")
    shutil.copytree(card / "state" / "identity", copied / "state" / "identity")
    lobby.boot(copied)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert "ALARM: another box has this unit's identity" in lobby.said
    assert lobby.enrol("accept", *words_on_screen(copied), "--yes") == 1
    assert "find out which is the right one" in lobby.said
    assert not (copied / "unit.pem").exists()


def test_a_rejected_unit_is_not_listed_as_new_and_wrong_words_find_nobody(lobby: Lobby) -> None:
    card = lobby.card("card")
    lobby.boot(card)
    assert lobby.enrol("list", "--wait", "12") == 0
    assert lobby.enrol("accept", *["lusab"] * 8, "--yes") == 1
    assert "nobody of that name asks" in lobby.said
    assert lobby.enrol("accept", "lusab", "--yes") == 2
    assert "eight words" in lobby.said
    assert lobby.enrol("reject", *words_on_screen(card)) == 0
    assert lobby.enrol("list", "--wait", "12") == 0
    assert "rejected" in lobby.said
