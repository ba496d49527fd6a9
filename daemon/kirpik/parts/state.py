"""The unit's own memory: keys, chain, spools. Opened for a provisioned unit, or thrown away with a trial at a desk."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kirpik.adapters.keyguard import CredentialGuard, FirmwareGuard
from kirpik.adapters.stick import boot_id
from kirpik.adapters.webp import encode_webp
from kirpik.clock import OF_A_RECORDING, Clock
from kirpik.errors import StoreError, WireError
from kirpik.evidence import Origin
from kirpik.parts.sight import Sight
from kirpik.seal import Sealer
from kirpik.software import RELEASED_MS, software_sha256
from kirpik.store.identity import PLAIN, Guard, Identity, KeyChangeRoom, create_identity, load_identity
from kirpik.store.inbox import InboxView
from kirpik.store.keyring import Keyring
from kirpik.store.ledger import Ledger
from kirpik.store.outbox import Entry, Outbox
from kirpik.wire import packet, suite
from kirpik.wire.checkpoint import MAX_GIVEN_UP, NO_LINK, GivenUp
from kirpik.wire.documents import KeySet, Role, Root, SealEntry
from kirpik.wire.suite import SealKey


@dataclass(frozen=True, slots=True)
class State:
    identity: Identity
    keyring: Keyring
    outbox: Outbox
    ledger: Ledger
    inbox: InboxView
    key_room: KeyChangeRoom
    damaged: Sequence[Entry] = ()
    """Packets that the card has spoiled."""

    def tell_recovery(self, sealer: Sealer) -> None:
        """Say in the chain that our memory was not what we had left."""
        if self.damaged or self.ledger.spoiled:
            rows = [GivenUp(entry.epoch, entry.sequence, NO_LINK) for entry in self.damaged[:MAX_GIVEN_UP]]
            sealer.checkpoint("recovery", uptime_s=0, given_up=rows)

    def sealer(
        self, sight: Sight, *, size: int = packet.DEFAULT_SIZE, clock: Callable[[], Clock] = lambda: OF_A_RECORDING
    ) -> Sealer:  # fmt: skip
        origin = Origin(site=sight.site, models_sha256=sight.models.sha256, software_sha256=software_sha256())
        return Sealer(
            origin, identity=self.identity, keyring=self.keyring, ledger=self.ledger, outbox=self.outbox,
            encode_crop=encode_webp, size=size, clock=clock, boot=boot_id(),
        )  # fmt: skip

    def figures(self) -> dict[str, int]:
        """What a report tells. No count of offences."""
        return {
            "root_v": self.keyring.root.version,
            "keys_v": self.keyring.keyset_version,
            "epoch": self.ledger.epoch,
            "waiting": len(self.outbox.waiting()),
            "parked": self.outbox.parked(),
            "spool_bytes": self.outbox.size_bytes,
        }


def guard_for(kind: str) -> Guard:
    """By the settings' `unit.identity`."""
    guards: dict[str, Guard] = {"file": PLAIN, "credential": CredentialGuard(), "firmware": FirmwareGuard()}
    return guards[kind]


def change_identity(state: State, sealer: Sealer) -> bytes:
    """A new signing key, told in the chain by the old one. Good from the next start on."""
    new = state.key_room.prepare()
    sealer.tell_new_key(new)
    state.key_room.finish()
    return new.public


def open_state(folder: Path, *, limit_bytes: int, pin: bytes = b"", guard: Guard = PLAIN) -> State:
    """Of a provisioned unit; a new epoch begins. `pin` names the root to begin with, empty believes what lies there."""
    if not folder.is_dir():
        raise StoreError(f"{folder}: no such folder; provision the unit first")
    suite.self_test()
    outbox = Outbox(folder / "outbox", limit_bytes=limit_bytes)
    damaged = outbox.set_damaged_aside()
    key_room = KeyChangeRoom(folder / "identity", guard=guard)
    key_room.settle(told=_tells_of_key_change(outbox))
    identity = load_identity(folder / "identity", guard=guard)
    newest = outbox.newest(partial(_is_by, identity.signer.public))
    ledger = Ledger(folder / "ledger", unit=identity.unit, newest=newest, clock_s=int(time.time()))
    floor_ms = max(RELEASED_MS, ledger.receipt_ms)
    keyring = Keyring.load(folder / "keys", pin=pin or None, floor_ms=floor_ms)
    return State(identity, keyring, outbox, ledger, InboxView(folder / "inbox"), key_room, damaged)


def _is_by(public: bytes, wire: bytes) -> bool:
    """A change of keys was signed by the key before."""
    try:
        return packet.parse_header(wire).kind == packet.KIND_KEY_CHANGE or bool(packet.check_outer(wire, public))
    except WireError:
        return False


def _tells_of_key_change(outbox: Outbox) -> bool:
    """Nothing is deleted before the first look, so the packet that told of a change is still the newest."""
    newest = outbox.newest()
    data = None if newest is None else outbox.read(newest.entry)
    return data is not None and packet.parse_header(data).kind == packet.KIND_KEY_CHANGE


def throw_away_state(folder: Path) -> State:
    """For trying at a desk: a unit and a receiver made on the spot, the receiver's secret laid beside the packets."""
    suite.self_test()
    identity = create_identity(folder / "identity")
    seed = secrets.token_bytes(suite.SEED_BYTES)
    (folder / "seal.key").write_bytes(seed)
    (folder / "seal.key").chmod(0o600)
    (folder / "unit.pub").write_bytes(identity.signer.public)
    entry = SealEntry(SealKey.from_seed(seed).public, 0, None, "active")
    nobody = Role(1, ())
    root = Root(version=1, issued_ms=0, expires_ms=2**53, root=nobody, keys=nobody, fallback_seal=None)
    keyset = KeySet(version=1, issued_ms=0, expires_ms=2**53, seal=(entry,), receipt=())
    outbox = Outbox(folder / "outbox", limit_bytes=2**40)
    ledger = Ledger(folder / "ledger", unit=identity.unit, newest=outbox.newest())
    key_room = KeyChangeRoom(folder / "identity")
    return State(identity, Keyring(root, keyset), outbox, ledger, InboxView(folder / "inbox"), key_room)
