"""A group of letters becomes one transaction, and what it changed becomes signed receipts.

The order is the promise: judged, stored, on the disk, and only then receipted and acknowledged. Whatever dies in
between, the unit still has the packet and sends it again, and the second time finds it stored.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from kirpik.wire import packet
from kirpik.wire.receipt import MAX_LISTED, NO_CHAIN, Receipt, Refusal, receipt_hash, sign_receipt
from kirpik_central.examine import TurnedAway, examine
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.ledger import Kept, Ledger, Place
from kirpik_central.store import Store

LISTED_BEYOND = 128
"""Packets behind a gap that a receipt names without having been sent again."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the broker hands it over."""

    topic: str
    payload: bytes = field(repr=False)
    number: int
    """By which it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a group led to: signed receipts by unit, and how many letters met which fate."""

    receipts: list[tuple[bytes, bytes]]
    fates: Counter[str]


@dataclass(slots=True)
class _Epoch:
    """What one epoch of one unit has to be told after this group."""

    arrived: dict[int, bytes] = field(default_factory=dict)
    refused: dict[bytes, Refusal] = field(default_factory=dict)


class Intake:
    def __init__(self, store: Store, keys: CentralKeys, units: Units) -> None:
        self._store = store
        self._keys = keys
        self._units = units

    def take(self, letters: Sequence[Letter]) -> Answered:
        """Judge and store the letters as one group. When this returns, all of it is on the disk."""
        judged = [
            (letter, examine(letter.topic, letter.payload, units=self._units, keys=self._keys)) for letter in letters
        ]
        touched: dict[tuple[bytes, int], _Epoch] = {}
        fates: Counter[str] = Counter()
        with self._store.writing() as ledger:
            for letter, verdict in judged:
                fates[self._enter(ledger, letter, verdict, touched)] += 1
            for name, number in fates.items():
                ledger.count(name, number)
            receipts = [(unit, self._receipt(ledger, unit, epoch, tell)) for (unit, epoch), tell in touched.items()]
        return Answered(receipts, fates)

    def _enter(
        self, ledger: Ledger, letter: Letter, verdict: Kept | TurnedAway, touched: dict[tuple[bytes, int], _Epoch]
    ) -> str:
        if isinstance(verdict, TurnedAway):
            self._turn_away(ledger, letter, verdict, touched)
            return f"away-{verdict.name}"
        place, link = verdict.place, verdict.link
        is_new = ledger.keep(verdict)
        if not is_new and ledger.link_at(place) != link:
            ledger.alarm("fork", place, link)
            ledger.quarantine(link, topic=letter.topic, reason="fork", wire=letter.payload)
            _refuse(touched, place, link, "fork")
            return "fork"
        if verdict.refusal is not None:
            _refuse(touched, place, link, verdict.refusal)
            return f"refused-{verdict.refusal}"
        _epoch(touched, place).arrived[place.sequence] = link
        return "stored" if is_new else "again"

    def _turn_away(
        self, ledger: Ledger, letter: Letter, verdict: TurnedAway, touched: dict[tuple[bytes, int], _Epoch]
    ) -> None:
        link = packet.link(letter.payload)
        ledger.quarantine(link, topic=letter.topic, reason=verdict.name, wire=letter.payload)
        if verdict.header is not None:
            place = Place(verdict.header.unit, verdict.header.epoch, verdict.header.sequence)
            _refuse(touched, place, link, "signature")

    def _receipt(self, ledger: Ledger, unit: bytes, epoch: int, tell: _Epoch) -> bytes:
        chain, broken = ledger.advance(unit, epoch)
        if broken is not None:
            place = Place(unit, epoch, broken)
            ledger.alarm("chain", place, ledger.link_at(place))
        for sequence, link, reason in ledger.refused(unit, epoch, limit=MAX_LISTED // 2):
            tell.refused.setdefault(link, Refusal(sequence, link, reason))
        beyond = dict(ledger.beyond(unit, epoch, chain.up_to, limit=LISTED_BEYOND)) | tell.arrived
        refused = {refusal.link for refusal in tell.refused.values()}
        selective = sorted((sequence, link) for sequence, link in beyond.items() if link not in refused)
        receipt = Receipt(
            unit=unit,
            epoch=epoch,
            up_to=chain.up_to,
            chain=chain.link or NO_CHAIN,
            selective=tuple(selective[:MAX_LISTED]),
            refused=tuple(sorted(tell.refused.values(), key=lambda refusal: refusal.sequence)[:MAX_LISTED]),
            central_utc_ms=time.time_ns() // 1_000_000,
            root_version=self._keys.root_version,
            keyset_version=self._keys.keyset.version,
        )
        signed = sign_receipt(receipt, self._keys.receipt)
        ledger.file_receipt(receipt_hash(signed), unit, epoch, chain.up_to, signed)
        return signed


def _epoch(touched: dict[tuple[bytes, int], _Epoch], place: Place) -> _Epoch:
    return touched.setdefault((place.unit, place.epoch), _Epoch())


def _refuse(touched: dict[tuple[bytes, int], _Epoch], place: Place, link: bytes, reason: str) -> None:
    _epoch(touched, place).refused[link] = Refusal(place.sequence, link, reason)
