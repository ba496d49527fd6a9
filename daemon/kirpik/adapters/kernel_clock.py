"""What the kernel thinks of its clock, whoever keeps it: timesyncd, chrony, ntpd. adjtimex(2), asked and never told.

A daemon that keeps the clock tells the kernel how wrong it may be (`maxerror`). Between two answers from the network
the kernel lets that grow by 500 millionths of the time that passes, up to 16 s; a clock that is set by hand, or that
its keeper has lost, has 16 s at once (RFC 5905, A.5.2, and kernel/time/ntp.c). The flag STA_UNSYNC tells less: chrony
leaves it up unless told `rtcsync`, so that the kernel lets the real-time clock be; systemd does not heed it either.
"""

import ctypes
import os
import struct
from dataclasses import dataclass

from kirpik.errors import StoreError

TIMEX = struct.Struct("@I4xqqq")
"""The beginning of struct timex on a 64-bit machine: modes, offset, freq, maxerror."""
TIMEX_BYTES = 208
LOST_US = 16_000_000
"""NTP_PHASE_LIMIT: so wrong and more is a clock that nobody keeps."""


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
    *_, error_us = TIMEX.unpack_from(data)
    return Kept(error_us < LOST_US, error_us)
