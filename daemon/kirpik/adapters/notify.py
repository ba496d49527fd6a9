"""Tell systemd how this process fares; where there is no systemd, tell nobody.

A notice is one datagram to the socket that systemd has named (sd_notify(3)); where systemd-python is missing, it is
sent without it, because a service that never says that it is ready is ended.
"""

import contextlib
import os
import socket
from collections.abc import Callable

Notify = Callable[[str], None]
"""Takes one assignment of sd_notify(3), such as `READY=1`."""


def open_notify() -> Notify:
    """The notifier of a process that systemd has started, otherwise one that does nothing."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return _tell_nobody
    try:
        from systemd.daemon import notify  # noqa: PLC0415  present on a unit alone
    except ImportError:
        return lambda assignment: _send(address, assignment)

    def tell(assignment: str) -> None:
        notify(assignment)

    return tell


def _send(address: str, assignment: str) -> None:
    """An address that begins with @ lies in the kernel alone. Whoever does not listen is not told."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
        to.connect("\0" + address[1:] if address.startswith("@") else address)
        to.sendall(assignment.encode())


def _tell_nobody(assignment: str) -> None:
    """Without systemd nobody waits for this."""
    del assignment
