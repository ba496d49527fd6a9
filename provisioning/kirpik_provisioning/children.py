"""Processes that live no longer than the one that started them, and what they say while they live."""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from kirpik.errors import KirpikError

STOP_S = 10.0
"""How long a child may take to end by itself after it was asked to."""


class ChildError(KirpikError):
    """A process that was needed has ended; the text is its own last sentence."""


class Child:
    """One process in a session of its own, so that a terminal's Ctrl-C reaches it only through `stop`.

    Its output lines wait in `lines`; of what it says on standard error the last lines are kept.
    """

    def __init__(self, name: str, command: Sequence[str], *, log: Path) -> None:
        self.name = name
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._log = log.open("w", encoding="utf-8")
        self._last_words: deque[str] = deque(maxlen=5)
        self._process = subprocess.Popen(  # noqa: S603  our own programs, by full path, no shell
            [*_dying_with_parent(), *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, text=True, errors="replace", env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self._readers = [
            threading.Thread(target=_pass_on, args=(self._process.stdout, self.lines.put), daemon=True),
            threading.Thread(target=self._keep_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def exit_code(self) -> int | None:
        """None while it runs. All its lines have come before a number does."""
        code = self._process.poll()
        if code is not None:
            for reader in self._readers:
                reader.join(STOP_S)
        return code

    def last_words(self) -> str:
        """The last line on standard error that says anything."""
        return self._last_words[-1] if self._last_words else f"{self.name} ended without a word"

    def taken_lines(self) -> list[str]:
        lines: list[str] = []
        with contextlib.suppress(queue.Empty):
            while True:
                lines.append(self.lines.get_nowait())
        return lines

    def stop(self) -> None:
        """Ask it to end, and end it when it does not. Harmless when it has ended."""
        if self._process.poll() is None:
            self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.exit_code()

    def _keep_errors(self) -> None:
        _pass_on(self._process.stderr, self._keep)
        with contextlib.suppress(OSError):
            self._log.close()

    def _keep(self, line: str) -> None:
        if line.strip():
            self._last_words.append(line.strip())
        with contextlib.suppress(OSError):  # a full disk must not stop us from listening
            self._log.write(line + "\n")
            self._log.flush()


def _pass_on(source: IO[str] | None, take: Callable[[str], None]) -> None:
    if source is not None:
        with source:
            for line in source:
                take(line.rstrip("\n"))


def _dying_with_parent() -> list[str]:
    """A prefix that makes the kernel end a child whose parent was killed and could not stop it any more."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "TERM", "--"] if program else []
