"""A process under the rules by which systemd starts the eye anew, read from the unit file that is shipped.

`Restart=`, `RestartForceExitStatus=`, `RestartPreventExitStatus=` and `WatchdogSec=` are followed: notices come over a
datagram socket as from systemd, and a process that has fallen silent is killed.
"""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.system.ground import PATHS, ROOT

TURN_S = 0.05
PAUSE_S = 0.2
"""Before a start anew; the shipped two seconds only take time."""


def settings_of(unit: str) -> dict[str, str]:
    lines = (ROOT / "systemd" / unit).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith(("#", "[")))


class Supervised:
    def __init__(self, unit: str, command: Sequence[str], log: Path, *, watchdog_s: float | None = None) -> None:
        """`watchdog_s` in place of the shipped one, for a test that shall not take so long."""
        rules = settings_of(unit)
        self._forced = {int(code) for code in rules.get("RestartForceExitStatus", "").split()}
        self._prevented = {int(code) for code in rules.get("RestartPreventExitStatus", "").split()}
        self._success = {0, *(int(code) for code in rules.get("SuccessExitStatus", "").split())}
        assert rules["Restart"] == "on-failure"
        self._watchdog_s = watchdog_s or float(rules["WatchdogSec"])
        self._command, self._log = command, log
        self.ends: list[int] = []
        """Exit codes of its lives; negative for a signal."""
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        """Has said so in this life."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def kill(self) -> None:
        """This life, not the next."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def starts(self) -> int:
        return len(self.ends) + (self.process is not None and self.process.poll() is None)

    def _run(self) -> None:
        while not self._stop.is_set():
            code = self._live()
            self.ends.append(code)
            again = code in self._forced or (code not in self._success and code not in self._prevented)
            if not again:
                return
            self._stop.wait(PAUSE_S)

    def _live(self) -> int:
        address = self._log.with_suffix(".notify")
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, self._log.open("ab") as log:
            notices.bind(str(address))
            notices.settimeout(TURN_S)
            env = {**os.environ, "PYTHONPATH": PATHS, "NOTIFY_SOCKET": str(address)}
            self.process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, env=env)
            self._watch(self.process, notices)
            return self.process.wait(20)

    def _watch(self, process: subprocess.Popen[bytes], notices: socket.socket) -> None:
        heard_s = time.monotonic()
        self.ready = False
        while process.poll() is None:
            if self._stop.is_set():
                process.terminate()
                return
            with contextlib.suppress(TimeoutError):
                said = notices.recv(256)
                self.ready = self.ready or b"READY=1" in said
                heard_s = time.monotonic()
            if self.ready and time.monotonic() - heard_s > self._watchdog_s:
                process.send_signal(signal.SIGABRT)
