"""What the kernel thinks of its clock, whoever keeps it: timesyncd, chrony, ntpd. adjtimex(2), asked and never told.

A daemon that keeps the clock tells the kernel how wrong it may be (`maxerror`). Between two answers from the network
the kernel lets that grow by 500 millionths of the time that passes, and at 16 s it calls the clock unsynchronised
(RFC 5905, A.5.2, and kernel/time/ntp.c).
"""

import ctypes
import os
import struct
from dataclasses import dataclass

from kirpik.errors import StoreError

TIMEX = struct.Struct("@I4xqqqqi")
"""The beginning of struct timex on a 64-bit machine: modes, offset, freq, maxerror, esterror, status."""
TIMEX_BYTES = 208
UNSYNCHRONISED = 0x0040
"""STA_UNSYNC."""


@dataclass(frozen=True, slots=True)
class Kept:
    synchronised: bool
    error_us: int
    """It is not more wrong than that, if it is synchronised."""


def ask_kernel() -> Kept:
    """Needs no privilege. Raises StoreError where the system call is forbidden."""
    buffer = ctypes.create_string_buffer(TIMEX_BYTES)
    if ctypes.CDLL(None, use_errno=True).adjtimex(buffer) < 0:
        raise StoreError(f"the kernel does not tell of its clock: {os.strerror(ctypes.get_errno())}")
    return read_timex(buffer.raw)


def read_timex(data: bytes) -> Kept:
    _, _, _, error_us, _, status = TIMEX.unpack_from(data)
    return Kept(not status & UNSYNCHRONISED, error_us)
