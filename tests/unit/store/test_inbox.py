from pathlib import Path

import pytest

from kirpik.errors import StoreError
from kirpik.store.inbox import MAX_BYTES, Inbox, InboxView, Letter


def test_letters_are_read_in_the_order_of_their_coming(tmp_path: Path) -> None:
    box, view = Inbox(tmp_path), InboxView(tmp_path)
    box.put("receipt", b"1")
    box.put("order", b"2")
    letters = view.after("")
    assert [(letter.kind, view.read(letter)) for letter in letters] == [("receipt", b"1"), ("order", b"2")]
    assert view.after(letters[0].name) == letters[1:]
    assert view.after(letters[1].name) == []


def test_old_letters_are_forgotten_and_names_never_given_twice(tmp_path: Path) -> None:
    box = Inbox(tmp_path, kept=2)
    last = [box.put("receipt", b"x") for _ in range(5)][-1]
    assert len(InboxView(tmp_path).after("")) == 2
    assert Inbox(tmp_path, kept=2).put("receipt", b"y") > last


def test_a_letter_may_be_forgotten_while_it_is_read(tmp_path: Path) -> None:
    first = Inbox(tmp_path, kept=1).put("receipt", b"x")
    Inbox(tmp_path, kept=1).put("receipt", b"y")
    assert InboxView(tmp_path).read(first) is None


def test_a_folder_that_was_made_anew_is_read_from_its_start(tmp_path: Path) -> None:
    letter = Inbox(tmp_path).put("receipt", b"x")
    assert InboxView(tmp_path).after(Letter(900, "receipt").name) == [letter]


def test_only_known_kinds_of_bounded_size_come_in(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Inbox(tmp_path).put("../escape", b"x")
    with pytest.raises(StoreError):
        Inbox(tmp_path).put("receipt", bytes(MAX_BYTES + 1))
    (tmp_path / "stray").write_bytes(b"")
    (tmp_path / "0000000000000001.exe").write_bytes(b"")
    assert InboxView(tmp_path).after("") == []
