"""An eye without a camera: `python -m tests.system.eye_process STATE COUNT PERIOD_S`.

Seals COUNT packets over all its lives into the outbox, one every PERIOD_S, and deletes what receipts cover. It uses the
unit's own outbox, ledger and settlement, so that killing it tests them.
"""

import argparse
import contextlib
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

from kirpik.errors import SpoolFullError, TrustError, WireError
from kirpik.store.identity import load_identity
from kirpik.store.inbox import InboxView
from kirpik.store.keyring import Keyring
from kirpik.store.ledger import Ledger
from kirpik.store.outbox import Outbox, Tip
from kirpik.store.settlement import settle
from kirpik.wire import packet
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import encode_record
from tests.unit.central.packets import SPEEDING


class Eye:
    def __init__(self, state: Path, *, limit_bytes: int, clock_s: int) -> None:
        self._diary = state / "diary"
        self._identity = load_identity(state / "identity")
        self._keyring = Keyring.load(state / "keys")
        self._outbox = Outbox(state / "outbox", limit_bytes=limit_bytes)
        self._clock_s = clock_s
        unit, newest = self._identity.unit, self._outbox.newest()
        self._ledger = Ledger(state / "ledger", unit=unit, newest=newest, clock_s=clock_s)
        self._inbox = InboxView(state / "inbox")

    def sealed(self) -> int:
        """By the diary, which is the test's own: a line a packet, written after the packet is safe."""
        return len(self._diary.read_text().splitlines()) if self._diary.exists() else 0

    def seal(self) -> None:
        place = self._ledger.next_place()
        wire = packet.build(
            encode_record(replace(SPEEDING, event_id=os.urandom(16), last_receipt=self._ledger.last_receipt)),
            signer=self._identity.signer,
            unit=self._identity.unit,
            recipient_public=self._keyring.active_seal(1000 * self._clock_s),
            epoch=place.epoch,
            sequence=place.sequence,
            previous=self._ledger.head,
        )
        self._outbox.add(place, wire)
        self._ledger.advance(packet.link(wire))
        self._outbox.tell_head(Tip(place, self._ledger.head))
        with self._diary.open("a") as diary:
            diary.write(packet.link(wire).hex() + "\n")

    def obey(self) -> None:
        for letter in self._inbox.after(self._ledger.inbox_position):
            data = self._inbox.read(letter)
            if letter.kind == "receipt" and data is not None:
                self._take(data)
            self._ledger.inbox_read(letter.name)

    def _take(self, data: bytes) -> None:
        try:
            receipt = verify_receipt(data, self._keyring.receipt_publics)
        except WireError:
            return
        self._ledger.keep_receipt(data, receipt.central_utc_ms)
        self._ledger.catch_up()
        assert not settle(receipt, self._outbox, keep=self._ledger.unnoted).forked


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("state", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("period_s", type=float)
    parser.add_argument("--limit-bytes", type=int, default=2**30)
    parser.add_argument("--clock", type=int, default=int(time.time()))
    options = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    eye = Eye(options.state, limit_bytes=options.limit_bytes, clock_s=options.clock)
    while not stop.wait(options.period_s):
        if eye.sealed() < options.count:
            with contextlib.suppress(SpoolFullError, TrustError):  # no room, or keys that expired by a wrong clock
                eye.seal()
        eye.obey()


if __name__ == "__main__":
    main()
