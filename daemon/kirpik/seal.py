"""Verdict → record → picture made small enough → signed, sealed, chained → outbox; and back, receipt → deletion.

Checkpoints and packets that only fill a slot take the same way. One thread owns a Sealer, because it owns the chain.
"""

import time
import uuid
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace

from kirpik.clock import OF_A_RECORDING, Clock
from kirpik.errors import WireError
from kirpik.evidence import Origin, record_of
from kirpik.store.identity import Identity
from kirpik.store.keyring import Keyring
from kirpik.store.ledger import PLAUSIBLE_S, Ledger
from kirpik.store.outbox import Entry, Outbox, Tip
from kirpik.store.settlement import Settled, settle
from kirpik.values import Luma, Violation
from kirpik.wire import packet as wire
from kirpik.wire.checkpoint import MAX_GIVEN_UP, NO_LINK, NONE_WITHHELD, Checkpoint, GivenUp, encode_checkpoint
from kirpik.wire.keychange import encode_key_change
from kirpik.wire.receipt import verify_receipt
from kirpik.wire.record import MAX_CROP_BYTES, Cover, encode_cover, encode_record
from kirpik.wire.rewrap import rewrap
from kirpik.wire.signature import SigningKey
from kirpik.wire.suite import key_id

EncodeCrop = Callable[[Luma, int], bytes]
"""A grey picture and a quality of 1 to 100 to the bytes of a WebP file."""

QUALITIES = (90, 80, 70, 60, 50, 40, 30, 20)
"""Tried in this order until the packet has its usual size; below the last, letters begin to suffer."""

CROP_HEAD_BYTES = 2
"""That a filled byte string's length needs more than an empty one's."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _new_id() -> bytes:
    return uuid.uuid4().bytes


class Sealer:
    """Holds no key that could open what it has sealed."""

    def __init__(  # noqa: PLR0913  the one place where all that a packet rests on comes together
        self, origin: Origin, *, identity: Identity, keyring: Keyring, ledger: Ledger, outbox: Outbox,
        encode_crop: EncodeCrop, size: int = wire.DEFAULT_SIZE,
        now_ms: Callable[[], int] = now_ms, clock: Callable[[], Clock] = lambda: OF_A_RECORDING,
        new_id: Callable[[], bytes] = _new_id, boot: str = "",
    ) -> None:  # fmt: skip
        self._origin = origin
        self._identity = identity
        self._keyring = keyring
        self._ledger = ledger
        self._outbox = outbox
        self._encode_crop = encode_crop
        self._size = size
        self._now_ms = now_ms
        self._clock = clock
        self._new_id = new_id
        self._boot = boot

    def seal(self, violation: Violation) -> Entry:
        """The packet's place in the outbox. What this has returned from survives a power cut.

        TrustError: the key documents let nobody be accused. SpoolFullError: nothing was added, and the chain is as it
        was. StoreError: the process must end.
        """
        self._keyring.require_new_software(self._now_ms())
        record = record_of(
            violation,
            self._origin,
            event_id=self._new_id(),
            keyset_version=self._keyring.keyset_version,
            last_receipt=self._ledger.last_receipt,
        )
        crop, size = self._fit(violation.crop, len(encode_record(record)))
        return self._send(encode_record(replace(record, crop=crop)), size)

    def cover(self) -> Entry:
        """A packet that says nothing. Raises SpoolFullError."""
        cover = Cover(keyset_version=self._keyring.keyset_version, last_receipt=self._ledger.last_receipt)
        return self._send(encode_cover(cover), self._size)

    def checkpoint(
        self, reason: str, *, uptime_s: float, unsaid: int = 0, withheld: Sequence[int] = NONE_WITHHELD,
        given_up: Sequence[GivenUp] = (),
    ) -> Entry:  # fmt: skip
        """How we fare, in our own chain. One that gives up something may go beyond the spool's limit: it makes room."""
        now_ms = self._now_ms()
        known, clock = now_ms >= PLAUSIBLE_S.start * 1000, self._clock()
        told = Checkpoint(
            reason=reason, utc_ns=now_ms * 1_000_000 if known else None,
            clock_error_us=clock.error_us if known else None, clock_source=clock.source if known else "none",
            uptime_s=int(uptime_s), waiting=len(self._outbox.waiting()), parked=self._outbox.parked(), unsaid=unsaid,
            software_sha256=self._origin.software_sha256, configuration_sha256=self._origin.site.sha256,
            withheld=tuple(withheld), given_up=tuple(given_up), keyset_version=self._keyring.keyset_version,
            last_receipt=self._ledger.last_receipt,
        )  # fmt: skip
        beyond_limit = reason != "regular"
        return self._send(encode_checkpoint(told), self._size, kind=wire.KIND_CHECKPOINT, beyond_limit=beyond_limit)

    def give_up(self, entries: Sequence[Entry], *, uptime_s: float) -> None:
        """Say in the chain which packets will never come, and then delete them."""
        for start in range(0, len(entries), MAX_GIVEN_UP):
            some = entries[start : start + MAX_GIVEN_UP]
            rows = [GivenUp(each.epoch, each.sequence, self._outbox.link(each) or NO_LINK) for each in some]
            self.checkpoint("expiry", uptime_s=uptime_s, given_up=rows)
            for entry in some:
                self._outbox.discard(entry)

    def settle(self, receipt: bytes) -> Settled:
        """Delete what the central has signed for. Twice is harmless. WireError: not a receipt for this unit."""
        told = verify_receipt(receipt, self._keyring.receipt_publics)
        if told.unit != self._identity.unit:
            raise WireError("receipt-unit", f"for unit {told.unit.hex()}")
        self._ledger.keep_receipt(receipt, told.central_utc_ms)
        self._keyring.receipted(told, clock_ms=self._now_ms(), boot=self._boot)
        self._ledger.catch_up()
        return settle(told, self._outbox, keep=self._ledger.unnoted)

    def tell_new_key(self, new: SigningKey) -> None:
        """The old key's last packet: from the next one on the unit signs with `new`. Twice is another change."""
        entry, recipient_public = self._ledger.next_place(), self._keyring.active_seal(self._now_ms())
        header = wire.Header(
            wire.KIND_KEY_CHANGE, key_id(recipient_public), self._identity.unit,
            entry.epoch, entry.sequence, self._ledger.head,
        )  # fmt: skip
        told = encode_key_change(
            new, header=header, keyset_version=self._keyring.keyset_version, last_receipt=self._ledger.last_receipt
        )
        packet = wire.seal(told, header=header, signer=self._identity.signer, recipient_public=recipient_public)
        self._keep(entry, packet)

    def rewrap(self) -> int:
        """Wrap again what waits sealed to a key that is revoked or that nobody vouches for any more; return how many.

        Called at each start too, so a crash in between leaves nothing behind.
        """
        now, wrapped = self._keyring.standing(self._now_ms()), 0
        if now.seal_to is None:
            return 0
        for entry in self._outbox.waiting():
            packet = self._outbox.read(entry)
            if packet is not None and _is_open_to_others(packet, now.safe_recipients):
                again = rewrap(packet, signer=self._identity.signer, recipient_public=now.seal_to)
                self._outbox.exchange(entry, again)
                wrapped += 1
        return wrapped

    def _fit(self, crop: Luma, rest_bytes: int) -> tuple[bytes, int]:
        """The best quality that fits into the usual size; a longer track takes the next larger one."""
        for size in (size for size in wire.SIZES if size >= self._size):
            room = min(MAX_CROP_BYTES, wire.room(size) - rest_bytes - CROP_HEAD_BYTES)
            for data in self._smaller_and_smaller(crop) if room > 0 else ():
                if len(data) <= room:
                    return data, size
        raise WireError("packet-too-large", f"{rest_bytes} bytes and a picture, expected at most {wire.SIZES[-1]}")

    def _smaller_and_smaller(self, crop: Luma) -> Iterator[bytes]:
        for quality in QUALITIES:
            yield self._encode_crop(crop, quality)

    def _send(self, payload: bytes, size: int, *, kind: int = wire.KIND_PACKET, beyond_limit: bool = False) -> Entry:
        entry = self._ledger.next_place()
        packet = wire.build(
            payload, kind=kind, signer=self._identity.signer, unit=self._identity.unit,
            recipient_public=self._keyring.active_seal(self._now_ms()),
            epoch=entry.epoch, sequence=entry.sequence, previous=self._ledger.head, size=size,
        )  # fmt: skip
        self._keep(entry, packet, beyond_limit=beyond_limit)
        return entry

    def _keep(self, entry: Entry, packet: bytes, *, beyond_limit: bool = False) -> None:
        """In the order that `ledger` explains."""
        self._outbox.add(entry, packet, beyond_limit=beyond_limit)
        self._ledger.advance(wire.link(packet))
        self._outbox.tell_head(Tip(entry, self._ledger.head))


def _is_open_to_others(packet: bytes, safe_recipients: Container[bytes]) -> bool:
    """A spoiled file is nobody's to open, and for the central to refuse."""
    try:
        return wire.parse_header(packet).recipient not in safe_recipients
    except WireError:
        return False
