"""What a long proof has done already, kept in a file, so that it can be left and resumed."""

import json
import random
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.arm.ground import Ports


@dataclass(slots=True)
class Diary:
    path: Path
    ports: Ports
    random: random.Random
    """Whence the moments come that nobody chose."""
    done: list[str] = field(default_factory=list)
    cuts: list[dict[str, object]] = field(default_factory=list)
    seconds: float = 0.0
    resumed: int = 0
    _since_s: float = field(default_factory=time.monotonic)

    @property
    def count(self) -> int:
        """Cuts that hit a running machine."""
        return sum(bool(row["cut"]) for row in self.cuts)

    @classmethod
    def read(cls, path: Path) -> "Diary":
        row = json.loads(path.read_text())
        ports = Ports(**row["ports"])
        again = random.Random(len(row["cuts"]))  # noqa: S311  moments, not secrets
        return cls(path, ports, again, row["done"], row["cuts"], row["seconds"], row["resumed"] + 1)

    def write(self) -> None:
        now_s = time.monotonic()
        self.seconds, self._since_s = self.seconds + now_s - self._since_s, now_s
        row = {
            "ports": asdict(self.ports), "done": self.done, "cuts": self.cuts, "seconds": self.seconds,
            "resumed": self.resumed,
        }  # fmt: skip
        partial = self.path.with_suffix(".new")
        partial.write_text(json.dumps(row, indent=1))
        partial.replace(self.path)
