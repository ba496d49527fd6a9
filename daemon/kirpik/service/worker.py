"""A worker is a thread that does one small turn again and again until it is asked to stop."""

import threading
import time
from collections.abc import Callable


class Worker(threading.Thread):
    """Repeats `turn`. Keeps the moment at which the last turn began and the error that ended the last one, if any.

    A turn returns within `patience_s`, also when there is nothing to do. A worker repairs nothing:
    an error ends it, and the supervisor ends the process.
    """

    def __init__(self, name: str, turn: Callable[[], None], *, patience_s: float) -> None:
        super().__init__(name=name, daemon=True)
        self.patience_s = patience_s
        self.error: BaseException | None = None
        self._turn = turn
        self._stop_asked = threading.Event()
        self._turned_at = time.monotonic()

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self._turned_at = time.monotonic()
                self._turn()
        except BaseException as error:  # noqa: BLE001  kept for the supervisor, which raises it in the main thread
            self.error = error

    def ask_to_stop(self) -> None:
        self._stop_asked.set()

    def silent_s(self, now: float) -> float:
        """Return how long the present turn has taken by the monotonic clock's `now`."""
        return now - self._turned_at
