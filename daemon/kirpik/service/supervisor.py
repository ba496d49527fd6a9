"""Run the workers, tell systemd that they live, and end the process as soon as one of them does not.

Nothing is restarted here. systemd starts the whole unit afresh, and a fresh start is the state that is tested.
"""

import threading
import time
from collections.abc import Callable, Sequence

from kirpik.errors import StalledError
from kirpik.service.worker import Worker

PERIOD_S = 1.0
"""How often the workers are looked at; a third of the shortest sensible WatchdogSec."""


def supervise(
    workers: Sequence[Worker],
    *,
    stop: threading.Event,
    notify: Callable[[str], None],
    period_s: float = PERIOD_S,
    clock: Callable[[], float] = time.monotonic,
    is_ready: Callable[[], bool] = lambda: True,
) -> None:
    """Run the workers until `stop` is set. Raises a worker's own error, or StalledError, as soon as it is seen.

    `is_ready` says when the work has really begun; systemd is told once, and waits for it as long as TimeoutStartSec.
    """
    for worker in workers:
        worker.start()
    ready = False
    try:
        while True:
            if not ready and is_ready():
                notify("READY=1")
                ready = True
            if stop.wait(period_s):
                break
            check(workers, now=clock())
            notify("WATCHDOG=1")
    finally:
        notify("STOPPING=1")
        _end(workers)
    check(workers, now=clock())


def check(workers: Sequence[Worker], *, now: float) -> None:
    for worker in workers:
        if worker.error is not None:
            raise worker.error
        silent_s = worker.silent_s(now)
        if worker.is_alive() and silent_s > worker.patience_s:
            allowed = f"allowed are {worker.patience_s:g} s"
            raise StalledError(f"{worker.name} has not finished a turn for {silent_s:.1f} s, {allowed}")


def _end(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.ask_to_stop()
    for worker in workers:
        worker.join(worker.patience_s)
