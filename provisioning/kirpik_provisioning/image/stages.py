"""Steps of a long work on the screen: which one, how far, how long each took."""

import time
from dataclasses import dataclass, field

from rich.console import Console

MIB = 1024 * 1024
COPYING = ("check", "package", "unpack", "hash")
"""What grows with the archives and is no more than unpacking and copying them; the rest is what customising takes."""


@dataclass(slots=True)
class Stages:
    """Called with a step's name and the bytes that are through."""

    console: Console
    _took: dict[str, float] = field(default_factory=dict)
    _now: str = ""
    _since_s: float = 0.0

    def __call__(self, name: str, done: int) -> None:
        if name != self._now:
            self.close()
            self._now, self._since_s = name, time.monotonic()
        if self.console.is_terminal:
            told = f" {done // MIB} MiB" if done else ""
            self.console.print(f"\r{name}{told}    ", end="", highlight=False)

    def close(self) -> None:
        """The step that is going on is through."""
        if self._now:
            self._took[self._now] = self._took.get(self._now, 0.0) + time.monotonic() - self._since_s
            if self.console.is_terminal:
                self.console.print(f"\r{self._now} {self._took[self._now]:.1f} s      ", highlight=False)
        self._now = ""

    def seconds(self) -> dict[str, float]:
        copying = sum(took for name, took in self._took.items() if name in COPYING)
        leaks = self._took.get("leaks", 0.0)
        rest = sum(self._took.values()) - copying - leaks
        return {"copying_s": round(copying, 2), "customise_s": round(rest, 2), "leak_check_s": round(leaks, 2)}
