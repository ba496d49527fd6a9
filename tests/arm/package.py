"""The Debian package for ARM, put in and taken out by an ARM Debian's own dpkg: `python -m tests.arm.package`.

In the root of which `tests.arm.system` makes its card, its programs run by QEMU's user mode. Root; some minutes. Prints
one JSON line.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kirpik_provisioning.package.deb import build_package
from tests.arm.cache import ROOT, find_qemu, find_wheels
from tests.arm.system import find_base, find_debian
from tests.pi.root import NoRootError

PYTHON = "3.13"
OURS = ("opt/kirpik", "usr/lib/kirpik", "usr/bin/kirpikd", "usr/lib/systemd/system/kirpik-eye.service")


class Root:
    """A copy of the ARM Debian, whose programs run here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "root"
        self._qemu = find_qemu() / "usr/bin/qemu-aarch64"
        subprocess.run(["cp", "-a", find_debian(), self.folder], check=True)

    def run(self, *command: str) -> str:
        words = [sys.executable, "-m", "tests.arm.binfmt", str(self._qemu), "/usr/sbin/chroot", str(self.folder)]
        clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run([*words, *command], env=clean, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"tests.arm.package: {' '.join(command)}: {done.stdout[-800:]}{done.stderr[-800:]}")
        return done.stdout

    def there(self, places: Sequence[str]) -> list[str]:
        return [place for place in places if os.path.lexists(self.folder / place)]


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-arm-package-", dir="/dev/shm") as scratch:
        try:
            root = Root(Path(scratch))
            wheels = find_wheels(PYTHON)
            others = sorted((find_base() / "packages").glob("python3-systemd*.deb"))
        except NoRootError as error:
            sys.exit(f"tests.arm.package: {error}")
        ours = build_package(Path(scratch), checkout=ROOT, machine="aarch64", python=PYTHON, wheels=wheels, level=0)
        for package in (*others, ours):
            shutil.copy(package, root.folder / "tmp")
        root.run("dpkg", "--install", *(f"/tmp/{package.name}" for package in (*others, ours)))  # noqa: S108  the root's
        told: dict[str, object] = {
            "machine": root.run("uname", "-m").strip(), "status": root.run("dpkg-query", "-Wf${Status}", "kirpik"),
            "version": root.run("kirpikd", "--version").strip(), "installed": root.there(OURS),
        }  # fmt: skip
        root.run("dpkg", "--remove", "kirpik")
        told["left"] = root.there(OURS)
        root.run("dpkg", "--purge", "kirpik")
    print(json.dumps(told))
    sys.exit(0 if told["installed"] == list(OURS) and not told["left"] else 1)


if __name__ == "__main__":
    main()
