"""Which software this is: one hash over its source, so that a record says what made it."""

import hashlib
from pathlib import Path

RELEASED_MS = 1_735_689_600_000
"""2025, UTC: before the first version, so a clock that says less was never set."""


def software_sha256() -> bytes:
    """SHA-256 over the names and contents of the package's Python files, in the order of their names."""
    root = Path(__file__).parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return total.digest()
