"""Judged letters in one transaction: what is new is kept, chains grow, and what each unit is to be told is signed."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import msgspec

from kirpik.wire import packet
from kirpik.wire.receipt import MAX_LISTED, NO_CHAIN, Receipt, Refusal, receipt_hash, sign_receipt
from kirpik_central.chains import UNKNOWN, Chain, Epoch, Place, Step, follow
from kirpik_central.examine import TurnedAway
from kirpik_central.health import Heartbeat, has_nothing_to_send, is_another_chain, is_missing_packets
from kirpik_central.keys import CentralKeys
from kirpik_central.ledger import Filed, Kept, Ledger
from kirpik_central.letters import Letter

Verdict: TypeAlias = Kept | Heartbeat | TurnedAway

LISTED_BEYOND = 128
"""Packets behind a gap that a receipt names without having been sent again."""
STEP = 1024
"""Stored packets of a chain that are followed at a time."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a group led to: signed receipts by unit, and how many letters met which fate."""

    receipts: list[tuple[bytes, bytes]]
    fates: Counter[str]

    def __add__(self, other: "Answered") -> "Answered":
        return Answered(self.receipts + other.receipts, self.fates + other.fates)


@dataclass(slots=True)
class _Tale:
    """What one epoch of one unit has to be told after this group."""

    fresh: list[Kept] = field(default_factory=list)
    again: dict[int, bytes] = field(default_factory=dict)
    refused: dict[bytes, Refusal] = field(default_factory=dict)

    def refuse(self, place: Place, link: bytes, reason: str) -> None:
        self.refused[link] = Refusal(place.sequence, link, reason)


class Group:
    """Good for one transaction."""

    def __init__(self, ledger: Ledger, keys: CentralKeys) -> None:
        self._ledger = ledger
        self._keys = keys
        self._tales: dict[Epoch, _Tale] = {}
        self._fates: Counter[str] = Counter()
        self._heard: dict[bytes, Heartbeat] = {}

    def enter(self, judged: Sequence[tuple[Letter, Verdict]]) -> Answered:
        places = {told.place for _, told in judged if not isinstance(told, Heartbeat) and told.place is not None}
        chains = self._ledger.hold_chains({(place.unit, place.epoch) for place in places})
        taken = self._ledger.past.links_at([at for at in places if at.sequence <= chains[at.unit, at.epoch].head])
        for letter, verdict in judged:
            self._fates[self._judge(letter, verdict, taken, chains)] += 1
        self._compare_heads(chains)
        fresh = [kept for tale in self._tales.values() for kept in tale.fresh]
        self._ledger.keep(fresh)
        self._look_for_branches(fresh)
        told = {epoch: self._advance(epoch, chains[epoch], tale.fresh) for epoch, tale in self._tales.items()}
        self._ledger.grow_chains({epoch: chain for epoch, (chain, _) in told.items() if chain != chains[epoch]})
        filed = [self._receipt(epoch, *told[epoch], tale) for epoch, tale in self._tales.items()]
        self._ledger.file_receipts(filed)
        self._ledger.file_health(self._heard)
        self._ledger.count(self._fates)
        return Answered([(receipt.unit, receipt.signed) for receipt in filed], self._fates)

    def _judge(self, letter: Letter, verdict: Verdict, taken: dict[Place, bytes], chains: dict[Epoch, Chain]) -> str:
        if isinstance(verdict, TurnedAway):
            return self._turn_away(letter, verdict, chains)
        if isinstance(verdict, Heartbeat):
            self._heard[verdict.unit] = verdict.after(self._heard.get(verdict.unit))
            return "heard"
        place, link = verdict.place, verdict.link
        tale, is_new = self._tale(place), place not in taken
        if is_new and self._is_antedated(verdict):
            verdict = msgspec.structs.replace(verdict, refusal="revoked", evidence=None, new_key=None)
        if is_new:
            taken[place] = link
            tale.fresh.append(verdict)
        if taken[place] != link:
            self._ledger.alarm("fork", place, link)
            self._ledger.quarantine(
                packet.digest(letter.payload), topic=letter.topic, reason="fork", wire=letter.payload
            )
            tale.refuse(place, link, "fork")
            return "fork"
        if verdict.refusal is not None:
            tale.refuse(place, link, verdict.refusal)
            return f"refused-{verdict.refusal}"
        if not is_new:
            tale.again[place.sequence] = link
        return "stored" if is_new else "again"

    def _is_antedated(self, kept: Kept) -> bool:
        """Whether a revoked unit says late what nobody vouches for: whoever has its key could take any free place."""
        if kept.refusal is not None or kept.place.unit not in self._keys.revoked:
            return False
        return not self._ledger.past.is_vouched_for(kept.place, kept.link)

    def _compare_heads(self, chains: dict[Epoch, Chain]) -> None:
        """Ask for what a unit has sealed and we do not hold: by a receipt of what we hold, and it sends the rest."""
        heads = {(unit, heard.head[0]): heard for unit, heard in self._heard.items() if heard.head is not None}
        for epoch, chain in self._ledger.past.chains(heads.keys() - chains.keys()).items():
            chains[epoch] = chain
        for epoch, heard in heads.items():
            chain = chains.setdefault(epoch, Chain())
            if is_missing_packets(heard, chain):
                self._tales.setdefault(epoch, _Tale())
                if has_nothing_to_send(heard, chain):
                    self._ledger.alarm("gap", Place(*epoch, chain.up_to + 1), b"")
            elif heard.has_sent_all and not self._ledger.past.is_joined(epoch):
                self._ledger.alarm("gap", Place(*epoch, 0), b"")
            if is_another_chain(heard, chain):
                self._ledger.alarm("fork", Place(*epoch, chain.up_to), b"")

    def _look_for_branches(self, fresh: Sequence[Kept]) -> None:
        """Two packets that name the same one before them: a card that lost its last writes, or a memory in two places.

        Within an epoch the chain shows it; here it is looked at where an epoch begins, or an old one still grows.
        """
        newest = self._ledger.past.newest_epochs({kept.place.unit for kept in fresh})
        odd = [kept for kept in fresh if kept.place.sequence == 1 or kept.place.epoch < newest[kept.place.unit]]
        begun = self._ledger.past.beginnings({kept.place.unit for kept in odd})
        for kept in odd:
            for place in begun.get((kept.place.unit, kept.previous), ()):
                if place != kept.place and kept.previous != UNKNOWN:
                    self._ledger.alarm("branch", max(place, kept.place, key=_age), kept.previous)
            if kept.place.sequence == 1 and self._ledger.past.was_followed(kept.place.unit, kept.previous):
                self._ledger.alarm("branch", kept.place, kept.previous)

    def _turn_away(self, letter: Letter, verdict: TurnedAway, chains: dict[Epoch, Chain]) -> str:
        """By the hash of these very bytes: what a header claims to be is nobody's word yet."""
        digest, place = packet.digest(letter.payload), verdict.place
        self._ledger.quarantine(digest, topic=letter.topic, reason=verdict.name, wire=letter.payload)
        if place is not None and not self._may_be_good(place, verdict, chains[place.unit, place.epoch]):
            self._tale(place).refuse(place, digest, "signature")
        return f"away-{verdict.name}"

    def _may_be_good(self, place: Place, verdict: TurnedAway, chain: Chain) -> bool:
        """Whether a new key of the unit that we have yet to see could have signed it."""
        return place.sequence > chain.up_to and self._ledger.past.key_may_change(place.unit, verdict.previous)

    def _tale(self, place: Place) -> _Tale:
        return self._tales.setdefault((place.unit, place.epoch), _Tale())

    def _advance(self, epoch: Epoch, before: Chain, fresh: Sequence[Kept]) -> tuple[Chain, dict[int, bytes]]:
        """The chain with the fresh packets, and what lies behind its gap; without a gap the store is not asked."""
        steps = sorted((_step(kept) for kept in fresh), key=lambda step: step.sequence)
        chain = replace(
            before,
            head=max([before.head, *(step.sequence for step in steps)]),
            refused=before.refused + sum(step.refused for step in steps),
        )
        if before.whole:
            chain, broken = follow(chain, steps)
        else:
            chain, broken, steps = self._follow_stored(epoch, chain)
        if broken is not None:
            link = next(step.link for step in steps if step.sequence == broken)
            self._ledger.alarm("chain", Place(*epoch, broken), link)
        behind = [step for step in steps if step.sequence > chain.up_to and not step.refused]
        return chain, {step.sequence: step.link for step in behind[:LISTED_BEYOND]}

    def _follow_stored(self, epoch: Epoch, chain: Chain) -> tuple[Chain, int | None, list[Step]]:
        while True:
            steps = self._ledger.past.after(epoch, chain.up_to, limit=STEP)
            grown, broken = follow(chain, steps)
            if broken is not None or grown == chain or len(steps) < STEP:
                return grown, broken, steps
            chain = grown

    def _receipt(self, epoch: Epoch, chain: Chain, behind: dict[int, bytes], tale: _Tale) -> Filed:
        if chain.refused:
            for sequence, link, reason in self._ledger.past.refused(epoch, limit=MAX_LISTED // 2):
                tale.refused.setdefault(link, Refusal(sequence, link, reason))
        listed = sorted(item for item in (behind | tale.again).items() if item[1] not in tale.refused)
        receipt = Receipt(
            unit=epoch[0],
            epoch=epoch[1],
            up_to=chain.up_to,
            chain=chain.link or NO_CHAIN,
            selective=tuple(listed[:MAX_LISTED]),
            refused=tuple(sorted(tale.refused.values(), key=lambda refusal: refusal.sequence)[:MAX_LISTED]),
            central_utc_ms=time.time_ns() // 1_000_000,
            root_version=self._keys.root_version,
            keyset_version=self._keys.keyset.version,
        )
        signed = sign_receipt(receipt, self._keys.receipt)
        return Filed(receipt_hash(signed), *epoch, chain.up_to, signed)


def _age(place: Place) -> tuple[int, int]:
    return place.epoch, place.sequence


def _step(kept: Kept) -> Step:
    return Step(kept.place.sequence, kept.link, kept.previous, kept.refusal is not None)
