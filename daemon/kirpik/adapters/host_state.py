"""Is the system around us as a unit's must be? Read from the kernel; each answer is fine, or says what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LISTENING = "0A"
"""State of a socket in /proc/net/tcp."""
LOOPBACK = ("0100007F", "00000000000000000000000001000000")


@dataclass(frozen=True, slots=True)
class Host:
    """The root of the file system, which tests bring themselves."""

    root: Path = Path("/")

    def questions(self) -> dict[str, Callable[[], str | None]]:
        """Name → a look that returns None when all is well, or one sentence."""
        return {
            "swap": self.swap, "cores": self.cores, "journal": self.journal, "doors": self.doors, "memory": self.memory,
        }  # fmt: skip

    def swap(self) -> str | None:
        used = [line.split()[0] for line in self._read("proc/swaps").splitlines()[1:]]
        return f"memory is swapped out to {used[0]}: sudo swapoff -a" if used else None

    def cores(self) -> str | None:
        pattern = self._read("proc/sys/kernel/core_pattern").strip()
        if pattern == "|/bin/false":
            return None
        return f"a crashed process is written to '{pattern}': sysctl kernel.core_pattern='|/bin/false'"

    def journal(self) -> str | None:
        kept = self.root / "var/log/journal"
        if kept.is_dir() and any(kept.iterdir()) and not self._in_memory(Path("/var/log")):
            return "the journal is kept on the card: Storage=volatile in journald.conf, and remove /var/log/journal"
        return None

    def doors(self) -> str | None:
        ports = sorted(set(self._listening()))
        return f"something listens on port {', '.join(map(str, ports))}: nothing may" if ports else None

    def memory(self) -> str | None:
        """Without the controller every MemoryMax of ours is void, and says nothing."""
        if "memory" in self._read("sys/fs/cgroup/cgroup.controllers").split():
            return None
        return "limits of memory are not kept: cgroup_enable=memory in cmdline.txt"

    def read_only(self) -> bool:
        return "ro" in self._options("/").split(",")

    def _in_memory(self, place: Path) -> bool:
        return any(row[1] == str(place) and row[2] == "tmpfs" for row in self._mounts())

    def _options(self, place: str) -> str:
        return next((row[3] for row in reversed(list(self._mounts())) if row[1] == place), "")

    def _mounts(self) -> Iterator[list[str]]:
        yield from (row for line in self._read("proc/self/mounts").splitlines() if len(row := line.split()) > 3)

    def _listening(self) -> Iterator[int]:
        for name in ("proc/net/tcp", "proc/net/tcp6"):
            for row in map(str.split, self._read(name).splitlines()[1:]):
                address, _, port = row[1].partition(":")
                if row[3] == LISTENING and address not in LOOPBACK:
                    yield int(port, 16)

    def _read(self, name: str) -> str:
        try:
            return (self.root / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
