"""Runs as root in the booted container: looks at both services from all sides, harms them, writes down what it saw."""

import json
import socket
import threading
import time

import harms
import looks
from ways import JOURNAL, RESULT, run, told


def knock_at():
    listener = socket.create_server(("10.9.9.2", 8022))
    threading.Thread(target=lambda: [listener.accept() for _ in range(99)], daemon=True).start()


STEPS = (
    knock_at, looks.began, looks.receipts, looks.heartbeat, looks.listening, looks.egress, looks.writing, looks.memory,
    looks.checked, harms.watchdog, harms.roll_back, harms.credential, harms.full, harms.read_only, looks.clock,
    harms.coral, harms.wiped,
)  # fmt: skip


if __name__ == "__main__":
    for step in STEPS:
        began_s = time.monotonic()
        try:
            step()
        except Exception as error:  # noqa: BLE001  told, and the next step is tried
            told.setdefault("errors", {})[step.__name__] = repr(error)
        told.setdefault("took_s", {})[step.__name__] = round(time.monotonic() - began_s, 1)
        RESULT.write_text(json.dumps(told))
    JOURNAL.write_text(run("journalctl", "--no-pager", "-o", "short-monotonic").stdout)
