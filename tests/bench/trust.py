"""What trust costs a unit: its import, and catching up after long sleep: `python -m tests.bench.trust`.

Import is measured in fresh interpreters, as processor time and resident memory: from nothing, beyond the cryptography
library, beyond what the eye has loaded anyway; and the library and the standard library alone, to see whose weight it
is. Catching up follows rotations in which every key was replaced.
"""

import json
import statistics
import subprocess
import sys
import time

from kirpik.trust.catch_up import catch_up
from kirpik.trust.trusted import Trusted
from tests.system.ground import ROOT
from tests.unit.trust.fleet import Fleet
from tests.unit.trust.test_catch_up import turned

ROTATIONS = 12
TIMES = 9
TRUST = "import kirpik.trust.catch_up, kirpik.trust.standing, kirpik.trust.orders, kirpik.trust.clock"
LIBRARY = (
    "from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519;"
    "from cryptography.hazmat.primitives import hpke"
)
STANDARD = "import contextlib, dataclasses, enum, functools, hashlib, hmac, struct, typing"
EYE = "import kirpik.wire.packet, kirpik.wire.receipt, kirpik.wire.record"
PROGRAM = """
import json, time
def resident(): return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
{before}
memory, moment = resident(), time.process_time()
{code}
print(json.dumps([(time.process_time() - moment) * 1000, resident() - memory]))
"""


def import_cost(before: str, code: str = TRUST) -> tuple[float, float]:
    """Milliseconds of processor time and MiB, each the median of some fresh interpreters."""
    rows = [json.loads(_run(PROGRAM.format(before=before, code=code))) for _ in range(TIMES)]
    return statistics.median(ms for ms, _ in rows), statistics.median(mib for _, mib in rows)


def catch_up_ms(fleet: Fleet) -> float:
    """Processor time of one thread, median; from the first root and key set to the newest."""
    shelf, times = fleet.shelf(), []
    for _ in range(TIMES):
        start = Trusted.from_first_root(fleet.first_root).after_keyset(fleet.documents[1])
        began = time.thread_time()
        reached = catch_up(start, shelf).trusted
        times.append((time.thread_time() - began) * 1000)
        assert reached.keyset == fleet.keyset
    return statistics.median(times)


def _run(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT / "daemon")}
    ).stdout


def main() -> None:
    rows = {
        "trust, from nothing": import_cost(""),
        "the library alone": import_cost("", LIBRARY),
        "hashlib alone": import_cost("", "import hashlib"),
        "trust, beyond the library": import_cost(LIBRARY),
        "trust, beyond both libraries": import_cost(f"{LIBRARY};{STANDARD}"),
        "trust, beyond the eye": import_cost(EYE),
    }
    for name, (ms, mib) in rows.items():
        print(f"import of {name:30} {ms:6.1f} ms {mib:6.1f} MiB")
    fleet = turned(ROTATIONS)
    size = sum(len(data) for data in fleet.documents)
    took = catch_up_ms(fleet)
    print(f"{ROTATIONS} rotations, every key replaced, {size / 1024:.0f} KiB of documents: {took:.1f} ms of one thread")
    told = {"import_ms": rows["trust, from nothing"][0], "import_mib": rows["trust, from nothing"][1]}
    told |= {
        "library_mib": rows["the library alone"][1],
        "import_beyond_library_mib": rows["trust, beyond the library"][1],
        "own_mib": rows["trust, beyond both libraries"][1],
        "import_beyond_eye_mib": rows["trust, beyond the eye"][1],
    }
    print(json.dumps({name: round(value, 2) for name, value in {**told, "catch_up_ms": took}.items()}))


if __name__ == "__main__":
    main()
