"""What the machine around us offers beside the camera: key documents on a rescue stick, and which boot this is."""

from collections.abc import Iterator
from pathlib import Path

MAX_FILES = 600
MAX_BYTES = 65536
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_stick(folder: Path) -> Iterator[bytes]:
    """Files that may be key documents, `*.cbor`. A stick that is not there, or is pulled out, brings nothing."""
    try:
        for path in sorted(folder.glob("*.cbor"))[:MAX_FILES]:
            if path.stat().st_size <= MAX_BYTES:
                yield path.read_bytes()
    except OSError:
        return


def boot_id() -> str:
    """Another at each start of the machine; empty where the kernel does not say."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""
