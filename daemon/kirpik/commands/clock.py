"""`kirpikd clock`: tells the unit's other processes how right the kernel holds its clock to be, whoever keeps it."""

import argparse
import logging
import sys
import threading
from pathlib import Path

from kirpik.adapters.kernel_clock import Kept, ask_kernel
from kirpik.adapters.notify import open_notify
from kirpik.adapters.time_of_day import TOLD, HostClock

EXAMPLE = "kirpikd clock --once"
EVERY_S = 10.0

log = logging.getLogger(__name__)


def add(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--file", type=Path, default=TOLD, help="where it is told; default %(default)s")
    verb.add_argument("--once", action="store_true", help="print it instead")


def run(options: argparse.Namespace, stop: threading.Event) -> int:
    if options.once:
        sys.stdout.write(f"{_sentence(ask_kernel())}\n")
        return 0
    clock, notify, before = HostClock(told=options.file), open_notify(), None
    while not stop.is_set():
        kept = ask_kernel()
        clock.tell(synchronised=kept.synchronised, error_us=kept.error_us)
        if before is None:
            notify("READY=1")
        if kept.synchronised != before:
            log.info("clock: %s", _sentence(kept))
        before = kept.synchronised
        notify("WATCHDOG=1")
        stop.wait(EVERY_S)
    return 0


def _sentence(kept: Kept) -> str:
    if kept.synchronised:
        return f"kept from the network, at most {kept.error_us / 1000:g} ms wrong"
    return "not kept from the network"
