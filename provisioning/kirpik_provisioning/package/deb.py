"""Lay the package out as a folder and let dpkg-deb pack it. The same input makes the same bytes.

/opt/kirpik                         pinned wheels unpacked, our code, the networks
/usr/lib/systemd/system, sysusers.d, tmpfiles.d, /usr/lib/kirpik/kirpik.nft
/etc/kirpik                         empty: settings, certificate and site come with the card
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from kirpik import __version__
from kirpik.software import RELEASED_MS
from kirpik_provisioning.image.payload import HOME, build_wheel, fetch_wheels, payload
from kirpik_provisioning.image.trouble import ImageError
from kirpik_provisioning.package.scripts import SCRIPTS, control

ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64"}
UNITS = ("*.service", "*.path", "*.timer", "*.target")
PLACES = {
    "kirpik.sysusers": "usr/lib/sysusers.d/kirpik.conf",
    "kirpik.tmpfiles": "usr/lib/tmpfiles.d/kirpik.conf",
    "kirpik.nft": "usr/lib/kirpik/kirpik.nft",
    "coral.conf": "usr/share/doc/kirpik/examples/coral.conf",
    "credential.conf": "usr/share/doc/kirpik/examples/credential.conf",
}
"""Of the files in systemd/ that are no units."""
FOLDERS = {"etc/kirpik": 0o755, "etc/kirpik/firewall.d": 0o755}


def build_package(
    out: Path, *, checkout: Path, machine: str, python: str, wheels: Path | None = None, level: int = 6
) -> Path:
    """`wheels` is a folder that holds the pinned wheels already; without it pip fetches them. Raises ImageError."""
    if machine not in ARCHITECTURES:
        raise ImageError(f"machine {machine}: expected {' or '.join(ARCHITECTURES)}")
    name = f"kirpik_{version(python)}_{ARCHITECTURES[machine]}.deb"
    with tempfile.TemporaryDirectory(prefix="kirpik-package-") as folder:
        scratch = Path(folder)
        if wheels is None:
            wheels = scratch / "wheels"
            wheels.mkdir()
            fetch_wheels(wheels, python=python, machine=machine, lock=checkout / "requirements/unit.txt")
        tree = scratch / "tree"
        payload(tree / HOME.lstrip("/"), python=python, wheels=wheels, kirpik=build_wheel(checkout, scratch))
        _lay_out(tree, checkout)
        _describe(tree, machine=machine, python=python)
        _pack(tree, scratch / name, level)
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(scratch / name, out / name))


def version(python: str) -> str:
    return f"{__version__}~py{python}"


def _lay_out(tree: Path, checkout: Path) -> None:
    systemd = checkout / "systemd"
    units = tree / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for file in sorted(path for pattern in UNITS for path in systemd.glob(pattern)):
        shutil.copyfile(file, units / file.name)
    for source, target in PLACES.items():
        (tree / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(systemd / source, tree / target)
    for folder, mode in FOLDERS.items():
        (tree / folder).mkdir(parents=True)
        (tree / folder).chmod(mode)
    shutil.copyfile(checkout / "docs/OPERATION.md", tree / "usr/share/doc/kirpik/OPERATION.md")
    shutil.copyfile(checkout / "LICENSE", tree / "usr/share/doc/kirpik/copyright")
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin/kirpikd").symlink_to(f"{HOME}/bin/kirpikd")


def _describe(tree: Path, *, machine: str, python: str) -> None:
    size_kib = sum(path.lstat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    home = tree / "DEBIAN"
    home.mkdir()
    architecture = ARCHITECTURES[machine]
    (home / "control").write_text(control(version(python), architecture, python, size_kib), encoding="utf-8")
    for name, text in SCRIPTS.items():
        (home / name).write_text(text.replace("@PYTHON@", python), encoding="utf-8")
        (home / name).chmod(0o755)


def _pack(tree: Path, target: Path, level: int) -> None:
    for path in tree.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
        elif not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    command = [
        "dpkg-deb",
        "--root-owner-group",
        "-Zxz",
        f"-z{level}",
        "--threads-max=1",
        "--build",
        str(tree),
        str(target),
    ]
    epoch = os.environ.get("SOURCE_DATE_EPOCH", str(RELEASED_MS // 1000))
    _clamp(tree, int(epoch))
    try:
        done = subprocess.run(  # noqa: S603  our own words
            command, capture_output=True, text=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": epoch}
        )
    except FileNotFoundError:
        raise ImageError("dpkg-deb is missing: sudo apt-get install dpkg-dev") from None
    if done.returncode:
        raise ImageError(f"dpkg-deb: {done.stderr.strip()[-300:]}")


def _clamp(tree: Path, epoch: int) -> None:
    for path in [*sorted(tree.rglob("*"), reverse=True), tree]:
        os.utime(path, (epoch, epoch), follow_symlinks=False)
