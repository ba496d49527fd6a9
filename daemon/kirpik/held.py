"""Orders that are good and cannot be obeyed yet: their time has not come, or the files that they name have not."""

from collections.abc import Callable, Collection, Iterator

from kirpik.store.orders import OrderBook
from kirpik.store.wanted import Wanted
from kirpik.wire.order import Order, Signed, open_order

LOOK_MS = 15_000
"""How often files that an order waits for are looked for: each is read for that."""

Lacks = Callable[[Order], Collection[bytes]]
"""An order → hashes of files that it names and that are nowhere on the unit."""


class Held:
    """What is held outlives a restart; what it lacks is looked for anew, by the line or by hand."""

    def __init__(self, book: OrderBook, wanted: Wanted, lacks: Lacks) -> None:
        self._book = book
        self._wanted = wanted
        self._lacks = lacks
        self._looked: dict[bytes, tuple[Collection[bytes], int]] = {}
        """By order: what it lacked, and when to look again."""

    def all(self) -> Iterator[tuple[bytes, Signed]]:
        for data in self._book.held:
            yield data, open_order(data)

    def has(self, order: bytes) -> bool:
        return any(signed.digest == order for _, signed in self.all())

    def begin(self, now_ms: int) -> None:
        """At a start: what was asked for before stays asked for, and nothing else."""
        for _, signed in self.all():
            self.waits(signed, now_ms)
        self._ask()

    def waits(self, signed: Signed, now_ms: int) -> bool:
        """One that has expired waits for nothing."""
        if now_ms >= signed.order.expires_ms:
            return False
        return signed.order.not_before_ms > now_ms or bool(self._lacking(signed, now_ms))

    def hold(self, data: bytes, signed: Signed, now_ms: int) -> str | None:
        """What to say of it; None when there is no room for one more."""
        if not self._book.hold(data):
            return None
        self._ask()
        lacking = 0 if signed.order.not_before_ms > now_ms else len(self._lacking(signed, now_ms))
        return f"until {lacking} files have come" if lacking else ""

    def release(self, data: bytes, order: bytes) -> None:
        self._book.release(data)
        self._looked.pop(order, None)
        self._ask()

    def _lacking(self, signed: Signed, now_ms: int) -> Collection[bytes]:
        files, look_ms = self._looked.get(signed.digest, ((), 0))
        if now_ms < look_ms:
            return files
        files = self._lacks(signed.order)
        self._looked[signed.digest] = files, now_ms + LOOK_MS
        self._ask()
        return files

    def _ask(self) -> None:
        """For files of orders that are held, and that therefore were good."""
        held = {signed.digest for _, signed in self.all()}
        self._wanted.ask_for({file for order, (files, _) in self._looked.items() if order in held for file in files})
