"""Records real commands in a terminal of their own: asciicast v2 (docs.asciinema.org), and the same as plain text.

Questions are answered as a person would, after they were asked. Long silences are cut when played.
"""

import json
import os
import pty
import re
import select
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "operation"
BIN = Path(sys.executable).parent
SIZE = (112, 34)
IDLE_S = 1.5
ANSWERS = {
    r"new passphrase for [\w.-]+: $": "correct horse battery staple",
    r"the same once more: $": "correct horse battery staple",
    r"passphrase of [\w.-]+: $": "correct horse battery staple",
    r"\[y/N\]: $": "y",
}


class Recorder:
    def __init__(self, home: Path, name: str, answers: dict[str, str]) -> None:
        self._home = home
        self._name = name
        self._answers = answers
        self._events: list[list[object]] = []
        self._began_s = time.monotonic()

    def say(self, text: str) -> None:
        """A remark between commands."""
        self._out(f"\r\n# {text}\r\n")

    def run(self, command: str, *, fails: bool = False) -> str:
        """Run one command line as typed; `fails` is what it must do. Returns what it printed."""
        self._out("$ ")
        self._out(command + "\r\n")
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self._home)
            words = ["/bin/sh", "-c", command]
            where = {"PATH": f"{BIN}:/usr/bin:/bin", "COLUMNS": str(SIZE[0]), "LINES": str(SIZE[1]), "TERM": "xterm",
                     "HOME": str(self._home)}  # fmt: skip
            os.execvpe(words[0], words, where)  # noqa: S606  the commands of this file, in a process of their own
        said = self._listen(terminal)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert (code != 0) == fails, f"{command}: {code}\n{said}"
        return said

    def write(self) -> None:
        head = {"version": 2, "width": SIZE[0], "height": SIZE[1], "idle_time_limit": IDLE_S, "title": self._name}
        lines = [json.dumps(head), *(json.dumps(event, ensure_ascii=False) for event in self._events)]
        (FOLDER / f"{self._name}.cast").write_text("\n".join(lines) + "\n", encoding="utf-8")
        text = "".join(str(event[2]) for event in self._events).replace("\r\n", "\n")
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        kept = [line.rpartition("\r")[2].rstrip() for line in plain.split("\n")]
        (FOLDER / f"{self._name}.txt").write_text("\n".join(kept).strip() + "\n", encoding="utf-8")

    def _listen(self, terminal: int) -> str:
        said = ""
        while True:
            ready, _, _ = select.select([terminal], [], [], 300.0)
            assert ready, f"nothing for 300 s after: {said[-500:]}"
            try:
                data = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                data = b""
            if not data:
                os.close(terminal)
                return said
            text = data.decode(errors="replace").replace(str(self._home), "~")
            said += text
            self._out(text)
            self._answer(terminal, said)

    def _answer(self, terminal: int, said: str) -> None:
        for question, answer in self._answers.items():
            if re.search(question, said):
                time.sleep(0.4)
                os.write(terminal, answer.encode() + b"\n")
                return

    def _out(self, text: str) -> None:
        self._events.append([round(time.monotonic() - self._began_s, 3), "o", text])


@contextmanager
def recording(name: str, *, passphrase: str = "") -> Iterator[tuple[Recorder, Path]]:
    with tempfile.TemporaryDirectory(prefix="kirpik-record-") as folder:
        answers = {
            question: answer if answer == "y" or not passphrase else passphrase for question, answer in ANSWERS.items()
        }
        recorder = Recorder(Path(folder), name, answers)
        yield recorder, Path(folder)
        recorder.write()
