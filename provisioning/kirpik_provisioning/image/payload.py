"""What a unit carries, as a folder: the pinned wheels unpacked for its board and Python, our code, the networks.

    lib/python3.13/site-packages/   every wheel of requirements/unit.txt, and kirpik
    share/kirpik/models/            the networks and their manifest
    bin/kirpikd                     finds both, and what Raspberry Pi OS brings: libcamera, picamera2, systemd

No pip is needed there. The same input makes the same bytes: files are dated by SOURCE_DATE_EPOCH, or by 2025.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from kirpik.software import RELEASED_MS
from kirpik_provisioning.image.trouble import ImageError

HOME = "/opt/kirpik"
PYTHONS = ("3.11", "3.13")
"""Of Raspberry Pi OS Bookworm and Trixie."""
GLIBC = {"3.11": 36, "3.13": 41}
"""Minor version of glibc there, which says what wheels run."""
NOT_CARRIED = ("setuptools", "colorama", "tzdata")
LEFT_OUT = re.compile(r"(^|/)(tests?|testing|__pycache__|benchmarks)/|\.(pyi|pyx|pxd|h|hpp|a|lib)$")
KEPT = re.compile(r"^numpy/")
"""numpy imports its own testing folder."""
MARKER = re.compile(r"\s*;\s*platform_machine == 'aarch64'")
COMPILED = "compiled"
"""A mark beside the packages that all of them are."""
LAUNCHER = """\
#!/usr/bin/python{python} -IB
import os, sys
sys.prefix = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, sys.prefix + "/lib/python{python}/site-packages")
from kirpik.cli import main
main()
"""


def payload(target: Path, *, python: str, wheels: Path, kirpik: Path) -> int:
    """Make the folder that becomes /opt/kirpik. `kirpik` is our own wheel. Returns the number of its files."""
    if python not in PYTHONS:
        raise ImageError(f"Python {python}: expected {' or '.join(PYTHONS)}, those of Raspberry Pi OS")
    site = target / "lib" / f"python{python}" / "site-packages"
    site.mkdir(parents=True)
    for wheel in [*_chosen(wheels), kirpik]:
        _unpack(wheel, site, target, only=("kirpik",) if wheel == kirpik else ())
    launcher = target / "bin" / "kirpikd"
    launcher.parent.mkdir()
    launcher.write_text(LAUNCHER.format(python=python), encoding="ascii")
    launcher.chmod(0o755)
    _compile(target, python)
    return _date(target)


def fetch_wheels(target: Path, *, python: str, machine: str = "aarch64", lock: Path) -> None:
    """By pip, as the lock pins them, for a machine that is not this one. Raises ImageError with pip's reason."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC[python], 16, -1)] + [f"manylinux2014_{machine}"]
    platforms = [word for tag in tags for word in ("--platform", tag)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="ascii") as plain:
        plain.write(for_machine(lock.read_text(encoding="ascii"), machine))
        plain.flush()
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
            "--require-hashes", "--only-binary=:all:", "--no-deps", "--implementation", "cp",
            "--python-version", python, *platforms, "--dest", str(target), "--requirement", plain.name,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [done.stderr[-200:]]
        raise ImageError(f"pip could not fetch the wheels of {lock}: {lines[-1]}")


def for_machine(lock: str, machine: str) -> str:
    """pip judges a marker by the machine that it runs on: take those for the board away, and what is not for it out."""
    blocks = re.split(r"\n(?=\S)", lock)
    kept = [block for block in blocks if "sys_platform == 'win32'" not in block]
    if machine != "aarch64":
        return "\n".join(block for block in kept if not MARKER.search(block)) + "\n"
    return "\n".join(MARKER.sub("", block) for block in kept) + "\n"


def build_wheel(checkout: Path, target: Path) -> Path:
    """Our own wheel, of the checkout as it stands."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--no-build-isolation", "--wheel-dir", str(target), str(checkout)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    made = sorted(target.glob("kirpik-*.whl"))
    if done.returncode or not made:
        raise ImageError(f"{checkout}: no wheel could be built: {done.stderr.strip()[-300:]}")
    return made[-1]


def _chosen(wheels: Path) -> list[Path]:
    found = sorted(wheels.glob("*.whl"))
    if not found:
        raise ImageError(f"{wheels}: no wheels there; fetch them with: kirpik image wheels {wheels}")
    return [wheel for wheel in found if wheel.name.partition("-")[0].lower() not in NOT_CARRIED]


def _unpack(wheel: Path, site: Path, target: Path, *, only: Iterable[str]) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for info in archive.infolist():
                place = _place(PurePosixPath(info.filename), site, target, tuple(only))
                if place is None or info.is_dir():
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, place.open("wb") as out:
                    shutil.copyfileobj(source, out)
                place.chmod(0o644)
    except (zipfile.BadZipFile, OSError) as error:
        raise ImageError(f"{wheel}: cannot be unpacked: {error}") from error


def _place(name: PurePosixPath, site: Path, target: Path, only: tuple[str, ...]) -> Path | None:
    """Where a file of a wheel goes (PEP 427); None for what a unit has no use for."""
    parts = name.parts
    if ".." in parts or name.is_absolute():
        raise ImageError(f"{name}: a wheel that wants to write outside its folder")
    if parts[0].endswith(".data"):
        if parts[1] == "data":
            return target.joinpath(*parts[2:]) if parts[2:4] == ("share", "kirpik") and "systemd" not in parts else None
        return site.joinpath(*parts[2:]) if parts[1] in ("purelib", "platlib") else None
    if only and parts[0] not in only:
        return None
    if LEFT_OUT.search(str(name)) and not KEPT.match(str(name)):
        return None
    return site.joinpath(*parts)


def _compile(target: Path, python: str) -> None:
    """Where this bench has the board's Python: compiled files suit any processor. Otherwise first boot does it."""
    interpreter = shutil.which(f"python{python}")
    if interpreter is None:
        return
    library = target / "lib" / f"python{python}"
    command = [interpreter, "-m", "compileall", "-q", "-s", str(library), "-p", f"{HOME}/lib/python{python}",
               "--invalidation-mode", "unchecked-hash", str(library)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  what does not compile stays source
    if done.returncode == 0:
        (library / COMPILED).touch()


def _date(folder: Path) -> int:
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", RELEASED_MS // 1000))
    paths = sorted(folder.rglob("*"), reverse=True)
    for path in [*paths, folder]:
        if path.is_dir():
            path.chmod(0o755)
        os.utime(path, (epoch, epoch))
    return sum(path.is_file() for path in paths)
