"""What the emulation needs and no checkout holds: QEMU 10, ARM packages of Debian, the pinned wheels. Fetched once.

All by apt's own client with folders of its own, so that nothing of this machine's packages changes; about 250 MB.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kirpik_provisioning.image.payload import build_wheel, fetch_wheels, payload
from tests.pi.root import NoRootError, cache_folder, made_once

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements/unit.txt"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PYTHONS = {"3.11": "bookworm", "3.13": "trixie"}
QEMU_SUITE, QEMU_PACKAGES = "bookworm-backports", ("qemu-system-arm", "qemu-user")
PYTHON_PACKAGES = ("python3", "libpython3-stdlib", "libstdc++6", "ca-certificates", "python3-systemd")
LINKS = ("bin", "lib", "sbin")


@dataclass(frozen=True, slots=True)
class Apt:
    """An apt of our own in a folder of our own."""

    folder: Path
    architecture: str
    suites: Sequence[str]
    status: Path | None = None
    """Of packages that count as installed; none where everything is wanted."""

    def fetch(self, *packages: str, suite: str | None = None) -> list[Path]:
        """The packages and all that they depend on."""
        self._prepare()
        words = ["-t", suite] if suite else []
        self._run("apt-get", "-qy", "--no-install-recommends", "--download-only", *words, "install", *packages)
        return sorted((self.folder / "cache/archives").glob("*.deb"))

    def download(self, target: Path, *packages: str) -> list[Path]:
        """These alone."""
        self._prepare()
        target.mkdir(parents=True, exist_ok=True)
        self._run("apt-get", "-q", "download", *packages, cwd=target)
        return sorted(target.glob("*.deb"))

    def newest(self, package: str) -> str:
        """What a package that only points to another depends on."""
        self._prepare()
        said = self._run("apt-cache", "depends", package)
        return next(line.split()[-1] for line in said.splitlines() if line.strip().startswith("Depends:"))

    def _prepare(self) -> None:
        if (self.folder / "sources.list").exists():
            return
        for part in ("lists/partial", "cache/archives/partial", "etc/preferences.d"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        mirror = debian_mirror()
        lines = [f"deb [arch={self.architecture} signed-by={KEYRING}] {mirror} {suite} main" for suite in self.suites]
        (self.folder / "sources.new").write_text("\n".join(lines) + "\n")
        (self.folder / "sources.new").rename(self.folder / "sources.list")
        self._run("apt-get", "-q", "update")

    def _run(self, program: str, *words: str, cwd: Path | None = None) -> str:
        here = self.folder
        settings = {
            "Dir::Etc": here / "etc", "Dir::Etc::sourcelist": here / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null", "Dir::State": here, "Dir::State::lists": here / "lists",
            "Dir::State::status": self.status or here / "status", "Dir::Cache": here / "cache",
            "APT::Architecture": self.architecture, "Acquire::Languages": "none", "APT::Sandbox::User": "root",
            "Debug::NoLocking": "1",
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        options += ["-o", f"APT::Architectures::={self.architecture}"]
        done = subprocess.run([program, *options, *words], cwd=cwd, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoRootError(f"{program} {words[0]}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")
        return done.stdout


def debian_mirror() -> str:
    """The one that this machine's own apt uses."""
    texts = [path.read_text() for path in Path("/etc/apt").rglob("*") if path.suffix in (".list", ".sources")]
    found = [word for text in texts for word in text.split() if re.fullmatch(r"https?://\S+/debian/?", word)]
    if not found:
        raise NoRootError("apt's sources name no mirror of Debian")
    return found[0]


def find_qemu() -> Path:
    """A folder with QEMU 10 and its libraries, unpacked and not installed."""

    def make(partial: Path) -> None:
        apt = Apt(partial / "apt", "amd64", ("bookworm", QEMU_SUITE), Path("/var/lib/dpkg/status"))
        for deb in apt.fetch(*QEMU_PACKAGES, suite=QEMU_SUITE):
            subprocess.run(["dpkg", "-x", deb, partial], check=True)
        shutil.rmtree(partial / "apt")

    return made_once(cache_folder() / "qemu-10", make)


def qemu_environment(qemu: Path) -> dict[str, str]:
    libraries = [str(path) for path in (qemu / "usr/lib/x86_64-linux-gnu", qemu / "lib/x86_64-linux-gnu")]
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(libraries), "QEMU_MODULE_DIR": f"{libraries[0]}/qemu"}


def find_python(version: str) -> Path:
    """A folder with Debian's own Python for ARM, unpacked and never installed."""

    def make(partial: Path) -> None:
        apt = Apt(partial / "apt", "arm64", (PYTHONS[version],))
        for deb in apt.fetch(*PYTHON_PACKAGES):
            subprocess.run(["dpkg", "-x", deb, partial], check=True)
        for name in LINKS:
            if not (partial / name).exists():
                (partial / name).symlink_to(f"usr/{name}")
        shutil.rmtree(partial / "apt")

    return made_once(cache_folder() / f"arm-python-{version}", make)


def find_wheels(version: str) -> Path:
    """As `kirpik image wheels` fetches them."""

    def make(partial: Path) -> None:
        partial.mkdir()
        fetch_wheels(partial, python=version, lock=LOCK)

    mark = sha256(LOCK.read_bytes()).hexdigest()[:12]
    return made_once(cache_folder() / f"arm-wheels-{version}-{mark}", make)


def make_payload(target: Path, version: str) -> Path:
    """/opt/kirpik of this very checkout for ARM; made anew each time, because the code changes."""
    with_wheel = target.parent / "wheel"
    with_wheel.mkdir(parents=True, exist_ok=True)
    payload(target, python=version, wheels=find_wheels(version), kirpik=build_wheel(ROOT, with_wheel))
    return target
