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
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
SUITE = "trixie"
PACKAGES = (
    "ca-certificates", "dbus", "iproute2", "mosquitto", "nftables", "procps", "python3", "python3-prctl", "python3-systemd",
    "python3-venv", "systemd", "systemd-sysv", "udev",
    f"python3-libcamera/{SUITE}-backports", f"libcamera-ipa/{SUITE}-backports", f"libcamera0.7/{SUITE}-backports",
)  # fmt: skip
BACKPORTS = f's/ {SUITE} main/ {SUITE}-backports main/p'
SITE = "usr/local/lib/python3.13/dist-packages"
TOOLS = ("mmdebstrap", "systemd-nspawn", "unshare", "nft")
ADAPTED = "\nfrom picamera2._virtual import adapt as _adapt\n\n_adapt(sys.modules[__name__])\n"
CAMERA = """\
%YAML 1.1
---
"Virtual0":
  supported_formats:
  - {width: 1456, height: 1088, frame_rates: [10, 120]}
  - {width: 514, height: 384, frame_rates: [10, 120]}
  frames: {path: "/opt/pictures", scale_mode: "fill"}
  location: "CameraLocationFront"
  model: "imx296"
"""


class Unavailable(Exception):
    """Why there can be no root here."""


def find_root() -> Path:
    """Make it if it is not there yet. Raises Unavailable with the reason."""
    if os.geteuid() != 0:
        raise Unavailable("a Debian root can be made by root alone")
    for tool in TOOLS:
        if shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
            raise Unavailable(f"{tool} is not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kirpik"
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / f"{SUITE}-{_fingerprint()}"
    with _alone(cache / "making"):
        if not root.exists():
            _make(root)
    return root


def _fingerprint() -> str:
    recipe = [Path(__file__), *sorted(path for path in HERE.rglob("*") if path.is_file() and "virtual" in path.parts)]
    recipe.append(HERE / "picamera2.txt")
    return sha256(b"".join(path.read_bytes() for path in recipe if path.suffix in (".py", ".txt"))).hexdigest()[:12]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(root: Path) -> None:
    partial = root.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder)
        _fetch(wheels)
        _run(
            "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--aptopt=APT::Install-Recommends \"false\"",
            "--aptopt=Acquire::Languages \"none\"", f"--include={','.join(PACKAGES)}",
            f"--setup-hook=sed -n '{BACKPORTS}' \"$1\"/etc/apt/sources.list > \"$1\"/etc/apt/sources.list.d/backports.list",
            SUITE, str(partial),
        )  # fmt: skip
        for wheel in wheels.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(partial / SITE)
    _adapt(partial)
    partial.rename(root)


def _fetch(folder: Path) -> None:
    """By this Python's pip, for the Python of the root."""
    tags = [f"--platform=manylinux{tag}_x86_64" for tag in ("2014", "_2_17", "_2_28", "_2_34")]
    _run(
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
        "--only-binary=:all:", "--implementation=cp", "--python-version=3.13", *tags, f"--dest={folder}",
        f"--requirement={HERE / 'picamera2.txt'}",
    )  # fmt: skip


def _adapt(root: Path) -> None:
    site = root / SITE
    shutil.copytree(HERE / "virtual", site, dirs_exist_ok=True, ignore=shutil.ignore_patterns("_virtual.py", "__pycache__"))
    shutil.copy(HERE / "virtual" / "_virtual.py", site / "picamera2")
    with (site / "picamera2" / "__init__.py").open("a") as package:
        package.write(f"\nimport sys\n{ADAPTED}")
    (root / "usr/share/libcamera/pipeline/virtual/virtual.yaml").write_text(CAMERA)
    (root / "opt/pictures").mkdir()
    for place in ("etc/resolv.conf", "etc/machine-id"):
        (root / place).unlink(missing_ok=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"{command[0]}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")


if __name__ == "__main__":
    try:
        print(find_root())
    except Unavailable as error:
        sys.exit(f"tests.pi.root: {error}")
