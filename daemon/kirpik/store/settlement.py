"""What a receipt allows the eye to delete.

Deletion always takes from the old end of an epoch, so what is left is one unbroken piece, and the link of the packet at
`up_to` can always be computed when something up to there is left. Therefore a packet that is receipted by its own hash,
beyond a gap, stays until the gap before it has gone.
"""

from dataclasses import dataclass

from kirpik.store.outbox import Entry, Outbox
from kirpik.wire.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Settled:
    deleted: int
    parked: int
    forked: bool
    """The central holds another packet in our place: a cloned card, or tampering. Nothing was deleted on its word."""


def settle(receipt: Receipt, outbox: Outbox, *, keep: Entry | None = None) -> Settled:
    """Delete what `receipt` covers, park what it refuses. Twice is harmless.

    `keep` is not deleted: the newest packet, while the ledger could not write down that it was there.
    """
    own = outbox.link(Entry(receipt.epoch, receipt.up_to))
    confirmed = own == receipt.chain
    held = set(receipt.selective)
    refused = {(refusal.sequence, refusal.link): refusal.reason for refusal in receipt.refused}
    deleted = parked = 0
    from_old_end = True
    for entry in [entry for entry in outbox.waiting() if entry.epoch == receipt.epoch]:
        link = outbox.link(entry)
        if link is not None and (reason := refused.get((entry.sequence, link))) is not None:
            outbox.park(entry, reason)
            parked += 1
        elif entry == keep:
            from_old_end = False
        elif from_old_end and ((confirmed and entry.sequence <= receipt.up_to) or (entry.sequence, link) in held):
            outbox.remove(entry)
            deleted += 1
        else:
            from_old_end = False
    return Settled(deleted, parked, forked=own is not None and not confirmed)
