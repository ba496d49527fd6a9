"""What the eye remembers of orders: the last counter of each key, its answers, and whether it is told to pause.

One file, replaced as a whole, so that an order has been taken with all its consequences here, or not at all. The
answers also lie in a folder of their own for the link, which publishes them.
"""

from pathlib import Path
from typing import Any

from kirpik.errors import WireError
from kirpik.store.folder import Disk, Folder
from kirpik.wire import cbor, fields
from kirpik.wire.order import KEY_ID_BYTES
from kirpik.wire.order import MAX_BYTES as MAX_ORDER_BYTES
from kirpik.wire.result import MAX_BYTES

STATE, HELD = "orders.cbor", "held.cbor"
SUFFIX = ".result"
KEPT = 32
"""Answers that are remembered, so that an order which comes again is answered again."""
MAX_HELD = 16
"""Orders whose time has not come; more are refused."""
ANY_KEY = bytes(KEY_ID_BYTES)
"""No key's id: the counter that holds for all, after memory was lost."""
HELD_ROWS = fields.many(fields.blob(1, MAX_ORDER_BYTES), 0, MAX_HELD)
ROW = fields.row(
    fields.many(fields.row(fields.blob(KEY_ID_BYTES), fields.whole()), 0, 64),
    fields.flag,
    fields.whole(),
    fields.many(fields.row(fields.blob(fields.SHA256_BYTES), fields.blob(1, MAX_BYTES)), 0, KEPT),
)


class ResultsView:
    """What the link sees: signed answers, oldest first."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self._folder = Folder(path, disk=disk)

    def names(self) -> list[str]:
        return self._folder.names(SUFFIX)

    def read(self, name: str) -> bytes | None:
        return self._folder.read(name)


class OrderBook:
    """What the eye holds. `ledger` is its own folder, `results` the one that the link reads."""

    def __init__(self, ledger: Path, results: Path, *, disk: Disk | None = None) -> None:
        self._ledger = Folder(ledger, disk=disk)
        self._results = Folder(results, disk=disk)
        self._ledger.create()
        self._results.create()
        state, held = self._read(STATE, ROW), self._read(HELD, HELD_ROWS)
        counters, paused, number, answers = state or ((), False, 0, ())
        self.spoiled = state is None or held is None
        """The card has lost what was here; told to `begin_anew`."""
        self.paused: bool = paused
        self._number = max(number, self._last_shown())
        self._counters: dict[bytes, int] = dict(counters)
        self._answers: dict[bytes, bytes] = dict(answers)
        self.held: tuple[bytes, ...] = held or ()
        """Orders that are good and whose time has not come."""

    def last(self, key: bytes) -> int:
        """The counter above which an order of this key must be."""
        return max(self._counters.get(key, 0), self._counters.get(ANY_KEY, 0))

    def begin_anew(self, counter: int) -> None:
        """Where memory is lost: orders up to `counter` may have been obeyed, and whether we are paused is not known.

        Desks count in milliseconds, so what was ordered before the last proven moment is not obeyed a second time.
        """
        self._counters[ANY_KEY], self.paused, self.spoiled = counter, True, False
        self._keep_held(self.held)
        self._write()

    def answer_to(self, order: bytes) -> bytes | None:
        return self._answers.get(order)

    def hold(self, order: bytes) -> bool:
        """Whether there is room. Twice is harmless."""
        if order not in self.held and len(self.held) == MAX_HELD:
            return False
        self._keep_held(tuple(dict.fromkeys((*self.held, order))))
        return True

    def release(self, order: bytes) -> None:
        """It has been obeyed or refused."""
        if order in self.held:
            self._keep_held(tuple(other for other in self.held if other != order))

    def taken(self, keys: tuple[bytes, ...], counter: int, *, order: bytes, answer: bytes, paused: bool) -> None:
        """Remember, then show. A crash in between is mended by the order that comes again."""
        self._counters |= {key: max(counter, self._counters.get(key, 0)) for key in keys}
        self.paused = paused
        self.answered(order, answer)

    def answered(self, order: bytes, answer: bytes) -> None:
        """A new answer, or a later one to the same order."""
        self._answers.pop(order, None)
        self._answers[order] = answer
        self._answers = dict(list(self._answers.items())[-KEPT:])
        self._number += 1
        self._write()
        self.show(order)

    def show(self, order: bytes) -> None:
        """Lay the answer out for the link."""
        answer = self._answers[order]
        self._results.replace(f"{self._number:016x}{SUFFIX}", answer)
        for name in self._results.names(SUFFIX)[:-KEPT]:
            self._results.remove(name)

    def show_again(self, order: bytes) -> None:
        """Under a new name, so that the link notices."""
        self._number += 1
        self._write()
        self.show(order)

    def _write(self) -> None:
        rows = [
            [list(row) for row in sorted(self._counters.items())],
            self.paused,
            self._number,
            [list(row) for row in self._answers.items()],
        ]
        self._ledger.replace(STATE, cbor.encode(rows))

    def _keep_held(self, held: tuple[bytes, ...]) -> None:
        self._ledger.replace(HELD, cbor.encode(list(held)))
        self.held = held

    def _last_shown(self) -> int:
        numbers = [name.removesuffix(SUFFIX) for name in self._results.names(SUFFIX)]
        return max((int(number, 16) for number in numbers if set(number) <= set("0123456789abcdef")), default=0)

    def _read(self, name: str, check: fields.Check) -> tuple[Any, ...] | None:
        """Nothing yet is empty; None is what the card has spoiled."""
        data = self._ledger.read(name)
        if data is None:
            return ()
        try:
            return check(name, cbor.decode(data))  # type: ignore[no-any-return]  # a row's or array's check: a tuple
        except WireError:
            return None
