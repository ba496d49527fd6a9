"""What a thief finds on a unit's card: every file of a unit that has worked, searched for what is not its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from kirpik.errors import WireError
from kirpik.store.identity import Identity, KeyChangeRoom, create_identity, load_identity
from kirpik.store.inbox import Inbox
from kirpik.store.keyring import Keyring
from kirpik.verbs import After
from kirpik.wire import packet
from kirpik.wire.ids import unit_id
from kirpik.wire.keydocs import sign_document
from kirpik.wire.suite import SealKey
from tests.unit.eyes import Eye, QuickDisk, receipt, violation
from tests.unit.service.post import ANNA, BORIS, SET, order
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, SEAL_SEED, UNIT_KEY, root

PLATE = b"123ABC01"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return worked_card(tmp_path)


def worked_card(tmp_path: Path) -> Path:
    """Packets sealed, receipted and waiting; documents taken; an order obeyed; keys changed once."""
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "root.cbor").write_bytes(sign_document(root(), HOLDERS[:2]))
    (keys / "set.cbor").write_bytes(sign_document(SET, HOLDERS[3:5]))
    create_identity(tmp_path / "identity")
    room = KeyChangeRoom(tmp_path / "identity")
    room.prepare()
    room.finish()
    eye = Eye(tmp_path, disk=QuickDisk(), keyring=Keyring.load(keys))
    for _ in range(4):
        eye.sealer.seal(violation())
    inbox = Inbox(tmp_path / "inbox", disk=QuickDisk())
    inbox.put("receipt", receipt(1, 2, eye.links()[1, 2]))
    inbox.put("set", sign_document(replace(SET, version=9), HOLDERS[3:5]))
    inbox.put("order", order("set-site", counter=1, argument=b"[site]"))
    eye.letters.read()
    assert eye.letters.after is After.RESTART
    assert len(eye.outbox.waiting()) == 2
    return tmp_path


def files(card: Path) -> dict[str, bytes]:
    return {str(path.relative_to(card)): path.read_bytes() for path in card.rglob("*") if path.is_file()}


def test_no_secret_of_anybody_else_lies_on_a_card_and_no_plate_does(card: Path) -> None:
    secrets = {
        "seal key": SEAL_SEED, "receipt key": RECEIPT_KEY.seed(), "order keys": ANNA.seed(), "second": BORIS.seed(),
        **{f"holder {number}": bytes([number]) * 32 for number in range(1, 6)}, "plate": PLATE,
    }  # fmt: skip
    for name, data in files(card).items():
        for what, secret in secrets.items():
            assert secret not in data, f"{what} in {name}"


def test_the_only_private_key_is_the_unit_s_own_and_the_one_before_it_is_gone(card: Path) -> None:
    seeds = [name for name, data in files(card).items() if len(data) == 32 and not name.endswith(".pub")]
    assert seeds == ["identity/unit.key"]
    own = load_identity(card / "identity")
    assert own.unit == unit_id((card / "identity" / "genesis.pub").read_bytes())
    assert isinstance(own, Identity)
    assert own.signer.public != (card / "identity" / "genesis.pub").read_bytes()


def test_no_piece_of_a_card_opens_a_packet_that_waits_on_it(card: Path) -> None:
    """Every 32 bytes of every small file, tried as the key of the seal."""
    waiting = [data for name, data in files(card).items() if name.endswith(".kpk")]
    pieces = {
        data[at : at + 32]
        for name, data in files(card).items()
        if len(data) <= 600 and not name.startswith("outbox")
        for at in range(len(data) - 31)
    }
    assert len(pieces) > 50
    assert SEAL.public not in {SealKey.from_seed(piece).public for piece in pieces}
    for piece in list(pieces)[:20]:
        with pytest.raises(WireError, match="packet-recipient"):
            packet.open_packet(waiting[0], UNIT_KEY.public, SealKey.from_seed(piece))
