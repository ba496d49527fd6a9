"""Foreign programs that work on file systems inside a file: mtools for FAT, e2fsprogs for ext4. No root, no mount."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kirpik_provisioning.image.trouble import ImageError

SBIN = ("/usr/sbin", "/sbin", "/usr/local/sbin")
PACKAGES = {
    "mcopy": "mtools", "mdir": "mtools", "mmd": "mtools", "mdel": "mtools",
    "mformat": "mtools", "depmod": "kmod",
    "debugfs": "e2fsprogs", "e2fsck": "e2fsprogs", "resize2fs": "e2fsprogs", "mke2fs": "e2fsprogs",
}  # fmt: skip
ENVIRONMENT = {"LC_ALL": "C", "MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"}


def find_tool(name: str) -> str:
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SBIN]))
    if path is None:
        raise ImageError(f"{name} is not installed: sudo apt-get install {PACKAGES.get(name, name)}")
    return path


def run_tool(
    name: str, arguments: Sequence[str | Path], *, send: bytes | None = None, good: Sequence[int] = (0,)
) -> tuple[bytes, str]:
    """What it said on standard output, and on standard error. Raises ImageError with its own last line."""
    done = subprocess.run(  # noqa: S603  our own words
        [find_tool(name), *map(str, arguments)],
        input=send if send is not None else b"", capture_output=True, check=False, env={**os.environ, **ENVIRONMENT},
    )  # fmt: skip
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode not in good:
        last = (said or done.stdout.decode(errors="replace").strip()).splitlines() or ["no reason given"]
        raise ImageError(f"{name} failed ({done.returncode}): {last[-1]}")
    return done.stdout, said
