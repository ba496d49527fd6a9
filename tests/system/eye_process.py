"""An eye without a camera: `python -m tests.system.eye_process STATE COUNT PERIOD_S`.

Seals COUNT packets over all its lives into the outbox, one every PERIOD_S, and deletes what receipts cover. It uses the
unit's own outbox, ledger and settlement, so that killing it tests them.
"""

import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from kirpik.store.identity import load_identity
from kirpik.store.inbox import InboxView
from kirpik.store.keyring import Keyring
from kirpik.store.ledger import Ledger
from kirpik.store.outbox import Outbox
from kirpik.store.settlement import settle
from kirpik.wire import packet
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import encode_record
from tests.unit.central.packets import SPEEDING


class Eye:
    def __init__(self, state: Path) -> None:
        self._diary = state / "diary"
        self._identity = load_identity(state / "identity")
        self._keyring = Keyring.load(state / "keys")
        self._outbox = Outbox(state / "outbox", limit_bytes=2**30)
        self._ledger = Ledger(state / "ledger", unit=self._identity.unit, newest=self._outbox.newest())
        self._inbox = InboxView(state / "inbox")

    def sealed(self) -> int:
        """By the diary, which is the test's own: a line a packet, written after the packet is safe."""
        return len(self._diary.read_text().splitlines()) if self._diary.exists() else 0

    def seal(self) -> None:
        place = self._ledger.next_place()
        wire = packet.build(
            encode_record(replace(SPEEDING, event_id=os.urandom(16))),
            signer=self._identity.signer,
            unit=self._identity.unit,
            recipient_public=self._keyring.active_seal(0),
            epoch=place.epoch,
            sequence=place.sequence,
            previous=self._ledger.head,
        )
        self._outbox.add(place, wire)
        self._ledger.advance(packet.link(wire))
        with self._diary.open("a") as diary:
            diary.write(packet.link(wire).hex() + "\n")

    def obey(self) -> None:
        for letter in self._inbox.after(self._ledger.inbox_position):
            data = self._inbox.read(letter)
            if letter.kind == "receipt" and data is not None:
                receipt = verify_receipt(data, self._keyring.receipt_publics)
                self._ledger.keep_receipt(data, receipt.central_utc_ms)
                settled = settle(receipt, self._outbox)
                assert not settled.forked
            self._ledger.inbox_read(letter.name)


def main(state: Path, count: int, period_s: float) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    eye = Eye(state)
    while not stop.wait(period_s):
        if eye.sealed() < count:
            eye.seal()
        eye.obey()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
