"""Tell systemd how this process fares; where there is no systemd, tell nobody."""

import os
from collections.abc import Callable

Notify = Callable[[str], None]
"""Takes one assignment of sd_notify(3), such as `READY=1`."""


def open_notify() -> Notify:
    """Return systemd's own notifier when this process was started by systemd, otherwise one that does nothing."""
    if "NOTIFY_SOCKET" not in os.environ:
        return _tell_nobody
    try:
        from systemd.daemon import notify  # noqa: PLC0415  present on a unit alone
    except ImportError:
        return _tell_nobody

    def tell(assignment: str) -> None:
        notify(assignment)

    return tell


def _tell_nobody(assignment: str) -> None:
    """Without systemd nobody waits for this."""
    del assignment
