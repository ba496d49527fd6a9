"""A mailbox for one item, the newest: what a slow reader missed is gone, and only its count is kept."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """One thread puts and never waits; another takes, each item at most once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: T | None = None
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many items were replaced before they were taken."""
        return self._dropped

    def put(self, item: T) -> None:
        with self._changed:
            self._dropped += self._newest is not None
            self._newest = item
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """Return the newest item, or None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None, timeout_s)
            item, self._newest = self._newest, None
            return item
