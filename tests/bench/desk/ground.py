"""The two databases, and a clock that tells our own work from that of others on the machine."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.desk import Stage
from tests.postgresql import new_database, server

ROUNDS = 21


@dataclass(frozen=True, slots=True)
class Timed:
    """Of `ROUNDS` times: the median by the wall's clock, and the last answer's size."""

    median_ms: float
    size_bytes: int


@contextmanager
def _sqlite() -> Iterator[str]:
    yield "sqlite:///central.db"


@contextmanager
def _postgresql() -> Iterator[str]:
    with server(durable=True) as url:
        yield new_database(url, "desk")


ENGINES = {"SQLite": _sqlite, "PostgreSQL": _postgresql}


def timed(title: str, stage: Stage, ask: Callable[[], object], *, rounds: int = ROUNDS) -> Timed:
    """The wall's clock counts other work on the machine; processor time, ours and the database server's, does not."""
    walls, works, size = [], [], 0
    server_ms = _server_ms(stage)
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        answer = ask()
        walls.append(1000 * (time.perf_counter() - began))
        works.append(1000 * (time.process_time() - worked))
        assert answer.status_code in (200, 303), answer.status_code  # type: ignore[attr-defined]
        size = len(answer.content)  # type: ignore[attr-defined]
    own = (_server_ms(stage) - server_ms) / rounds
    wall = f"best {min(walls):.1f} ms, median {statistics.median(walls):.1f} ms, worst {max(walls):.1f} ms of {rounds}"
    work = f"processor {statistics.median(works):.1f} ms, database server's {own:.1f} ms"
    print(f"{title}: {wall}; {work}; {size} bytes", flush=True)
    return Timed(statistics.median(walls), size)


def _server_ms(stage: Stage) -> float:
    """Processor time of all processes of a PostgreSQL server so far; 0 for SQLite, which is in ours."""
    if stage.engine.dialect.name != "postgresql":
        return 0.0
    with stage.engine.connect() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    parent = _stat(backend)[1]
    ticks = sum(_stat(int(path.name))[11] + _stat(int(path.name))[12] for path in Path("/proc").glob("[0-9]*")
                if _stat(int(path.name))[1] == parent)  # fmt: skip
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[int]:
    """Numbers of /proc/PID/stat from the state on: parent at 1, user and system ticks at 11 and 12."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0] * 20
    return [0, *map(int, words[1:20])]
