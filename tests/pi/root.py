"""A Debian root with what a Raspberry Pi's system brings: systemd, libcamera, picamera2. Made once, kept in the cache.

`python -m tests.pi.root` makes it and prints where it lies: Debian 13 for this machine's processor, some 500 MB and two
minutes, most of them downloads. The camera in it is libcamera's own virtual one.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

WHEELS = Path(__file__).parent / "picamera2.txt"
SUITE, OLDER = "trixie", "bookworm"
PLAIN = (
    "ca-certificates", "dbus", "iproute2", "mosquitto", "nftables", "procps",
    "python3", "python3-prctl", "python3-systemd", "python3-venv", "systemd", "systemd-sysv", "udev",
)  # fmt: skip
PACKAGES = (*PLAIN, *(f"{name}/{SUITE}-backports" for name in ("python3-libcamera", "libcamera-ipa", "libcamera0.7")))
BACKPORTS = (
    f"""cd "$1/etc/apt" && sed -n 's/ {SUITE} main/ {SUITE}-backports main/p' sources.list >sources.list.d/b.list"""
)
SITE = "usr/local/lib/python3.13/dist-packages"
TOOLS = ("mmdebstrap", "systemd-nspawn", "unshare", "nft")


class NoRootError(Exception):
    """Why there can be no root here."""


def find_root(suite: str = SUITE) -> Path:
    """Make it if it is not there yet; the older one has no camera. Raises NoRootError with the reason."""
    if os.geteuid() != 0:
        raise NoRootError("a Debian root can be made by root alone")
    for tool in TOOLS:
        if shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
            raise NoRootError(f"{tool} is not installed")
    apart = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True, check=False)
    if apart.returncode:
        raise NoRootError("this machine lets nobody make namespaces")
    if not os.access("/sys/fs/cgroup", os.W_OK) or _is_read_only("/sys/fs/cgroup"):
        raise NoRootError("control groups cannot be made here")
    if suite == OLDER:
        return made_once(cache_folder() / f"{OLDER}-{fingerprint(*PLAIN)}", _make_older)
    return made_once(cache_folder() / f"{SUITE}-{fingerprint(*PACKAGES, WHEELS.read_text())}", _make)


def _is_read_only(place: str) -> bool:
    return bool(os.statvfs(place).f_flag & os.ST_RDONLY)


def cache_folder() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kirpik"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, which is made beside its place first and whole when it is there. One process makes, others wait."""
    with _alone(folder.parent / "making"):
        if not folder.exists():
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            make(partial)
            partial.rename(folder)
    return folder


def fingerprint(*parts: str) -> str:
    """Of a recipe: what was made by another one is made anew."""
    return sha256("".join(parts).encode()).hexdigest()[:12]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(root: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder)
        _fetch(wheels)
        _bootstrap(root, SUITE, PACKAGES, f"--setup-hook={BACKPORTS}")
        for wheel in wheels.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(root / SITE)


def _make_older(root: Path) -> None:
    _bootstrap(root, OLDER, PLAIN)


def _bootstrap(root: Path, suite: str, packages: Sequence[str], *options: str) -> None:
    _run(
        "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Languages "none"', f"--include={','.join(packages)}", *options, suite, str(root),
    )  # fmt: skip
    for place in ("etc/resolv.conf", "etc/machine-id"):
        (root / place).unlink(missing_ok=True)


def _fetch(folder: Path) -> None:
    """By this Python's pip, for the Python of the root."""
    tags = [f"--platform=manylinux{tag}_x86_64" for tag in ("2014", "_2_17", "_2_28", "_2_34")]
    _run(
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", "--only-binary=:all:", "--implementation=cp", "--python-version=3.13",
        *tags, f"--dest={folder}", f"--requirement={WHEELS}",
    )  # fmt: skip


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoRootError(f"{command[0]}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")


if __name__ == "__main__":
    try:
        print(find_root())
    except NoRootError as error:
        sys.exit(f"tests.pi.root: {error}")
