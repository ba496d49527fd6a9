"""A unit's key and its change: cut anywhere, the unit has one key, and its chain tells which."""

import stat
from pathlib import Path

import pytest

from kirpik.errors import TrustError
from kirpik.store.identity import KeyChangeRoom, create_identity, load_identity
from kirpik.trust.secret import Secret
from kirpik.wire.signature import SigningKey


class Box:
    """A guard that locks by turning every bit, so that a plain key on the card would be seen."""

    def lock(self, seed: bytes) -> bytes:
        return b"box" + bytes(byte ^ 255 for byte in seed)

    def unlock(self, kept: Secret) -> Secret:
        if not bytes(kept.view).startswith(b"box"):
            raise TrustError("not in the box")
        return Secret.of(bytes(byte ^ 255 for byte in kept.view[3:]))


def test_a_changed_key_signs_and_the_unit_keeps_its_name(tmp_path: Path) -> None:
    first = create_identity(tmp_path)
    room = KeyChangeRoom(tmp_path)
    new = room.prepare()
    assert load_identity(tmp_path).signer.public == first.signer.public
    room.finish()
    changed = load_identity(tmp_path)
    assert changed.unit == first.unit
    assert changed.signer.public == new.public
    again = KeyChangeRoom(tmp_path)
    third = again.prepare()
    again.finish()
    assert (load_identity(tmp_path).unit, load_identity(tmp_path).signer.public) == (first.unit, third.public)


@pytest.mark.parametrize(("told", "changed"), [(True, True), (False, False)])
def test_a_change_that_was_cut_is_finished_when_the_chain_tells_of_it_and_never_was_otherwise(
    tmp_path: Path, *, told: bool, changed: bool
) -> None:
    first = create_identity(tmp_path)
    KeyChangeRoom(tmp_path).prepare()
    KeyChangeRoom(tmp_path).settle(told=told)
    assert (load_identity(tmp_path).signer.public != first.signer.public) == changed
    assert load_identity(tmp_path).unit == first.unit
    assert not (tmp_path / "next.key").exists()


def test_a_guard_keeps_old_and_new_keys_off_the_card(tmp_path: Path) -> None:
    first = create_identity(tmp_path, guard=Box())
    room = KeyChangeRoom(tmp_path, guard=Box())
    new = room.prepare()
    room.finish()
    on_card = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for key in (first.signer, new):
        assert key.seed() not in on_card
    assert load_identity(tmp_path, guard=Box()).signer.public == new.public
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())


def test_a_key_that_another_guard_keeps_is_told(tmp_path: Path) -> None:
    create_identity(tmp_path)
    with pytest.raises(TrustError, match=r"unit\.key: not in the box"):
        load_identity(tmp_path, guard=Box())


def test_a_key_does_not_show_itself_in_any_form() -> None:
    key = SigningKey.generate()
    for shown in (repr(key), str(key), f"{key!s:>80}", repr(vars(key))):
        assert key.seed().hex() not in shown
        assert repr(key.seed()) not in shown
