"""The eye's post: what the inbox and a rescue stick bring, believed or refused, in the order of its coming.

Receipts let go of packets, key documents change whom we believe, orders are obeyed. Every letter may come twice.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kirpik.errors import WireError
from kirpik.obey import Obedience
from kirpik.seal import Sealer
from kirpik.service.complaint import Complaint
from kirpik.store.inbox import InboxView, Letter
from kirpik.store.keyring import Keyring
from kirpik.store.ledger import Ledger
from kirpik.trust.catch_up import Shelf
from kirpik.verbs import After

DOCUMENTS = ("root", "set")
LOOKED_AT = 64
"""Newest key documents of the inbox that are tried: retained ones come in any order, so older letters count too."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Letters:
    sealer: Sealer
    ledger: Ledger
    inbox: InboxView
    keyring: Keyring
    obedience: Obedience
    stick: Callable[[], Iterable[bytes]] = tuple
    """Key documents on a stick that somebody has put in."""
    deleted: int = 0
    """Packets that receipts have let go of."""
    parked: int = 0
    wrapped: int = 0
    """Packets that were wrapped again, because the key that they were sealed to is revoked."""
    after: After = After.GO_ON
    _refused: Complaint = field(default_factory=lambda: Complaint("receipt", log.warning))
    _strange: Complaint = field(default_factory=lambda: Complaint("order", log.warning))
    _documents: Complaint = field(default_factory=lambda: Complaint("documents", log.warning))

    def start(self) -> None:
        """Before the first frame: what a stick brings, and packets that a crash left sealed to a revoked key."""
        self._turn_keys()
        self._rewrap()

    def read(self) -> None:
        """Do what the inbox says, in order; only then note how far it was read."""
        letters = self.inbox.after(self.ledger.inbox_position)
        if any(letter.kind in DOCUMENTS for letter in letters):
            self._turn_keys()
        for letter in letters:
            self._take(letter)
            if self.after != After.GONE:
                self.ledger.inbox_read(letter.name)
            if self.after != After.GO_ON:
                return
        self.after = self.obedience.due()

    def _take(self, letter: Letter) -> None:
        data = self.inbox.read(letter) if letter.kind in ("receipt", "order") else None
        if data is None:
            return
        if letter.kind == "receipt":
            self._take_receipt(data)
        else:
            self._take_order(data)

    def _turn_keys(self) -> None:
        """Documents before receipts and orders: those may be signed by a key that only the new set names."""
        letters = [letter for letter in self.inbox.after("") if letter.kind in DOCUMENTS][-LOOKED_AT:]
        lying = [data for letter in letters if (data := self.inbox.read(letter)) is not None]
        progress = self.keyring.take(Shelf.of([*lying, *self.stick()]))
        for name in progress.refused:
            self._documents.raised(name)
        if progress.roots or progress.new_set is not None:
            versions = f"root={self.keyring.root.version} set={self.keyring.keyset_version}"
            log.info("documents=taken %s", versions)
            self._rewrap()

    def _rewrap(self) -> None:
        wrapped = self.sealer.rewrap()
        self.wrapped += wrapped
        if wrapped:
            log.warning("packets=wrapped-again count=%d why='they were sealed to a key that is revoked'", wrapped)

    def _take_receipt(self, data: bytes) -> None:
        try:
            settled = self.sealer.settle(data)
        except WireError as error:
            self._refused.raised(error.name)
            return
        self.deleted += settled.deleted
        self.parked += settled.parked
        if settled.forked:
            log.error("chain=forked why='the central holds another packet in our place: cloned card or tampering'")

    def _take_order(self, data: bytes) -> None:
        try:
            self.after = self.obedience.take(data)
        except WireError as error:
            self.obedience.refuse(data, error)
            self._strange.raised(error.name)
