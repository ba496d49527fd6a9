"""What a unit carries, for the root: the pinned wheels unpacked once into the cache; our own code as it stands here."""

import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from kirpik_provisioning.image.payload import build_wheel, fetch_wheels, payload
from kirpik_provisioning.image.trouble import ImageError
from tests.pi.root import OLDER, SUITE, NoRootError, cache_folder, made_once

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements/unit.txt"
PYTHONS = {SUITE: "3.13", OLDER: "3.11"}
PYTHON = PYTHONS[SUITE]


def unit_wheels(python: str = PYTHON) -> Path:
    """Folder of the wheels for this machine and a root's Python. Raises NoRootError where they cannot be fetched."""
    kind = "wheels" if python == PYTHON else f"wheels{python}"
    folder = cache_folder() / f"{kind}-{sha256(LOCK.read_bytes()).hexdigest()[:12]}"

    def make(partial: Path) -> None:
        partial.mkdir()
        try:
            fetch_wheels(partial, python=python, machine="x86_64", lock=LOCK)
        except ImageError as error:
            raise NoRootError(str(error)) from error

    return made_once(folder, make)


def unit_packages() -> Path:
    """The wheels unpacked, as they lie in /opt/kirpik, but without our own code."""

    def make(partial: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            payload(partial, python=PYTHON, wheels=wheels, kirpik=build_wheel(ROOT, Path(folder)))
        shutil.rmtree(partial / "lib" / f"python{PYTHON}" / "site-packages" / "kirpik")

    wheels = unit_wheels()
    return made_once(wheels.with_name(wheels.name.replace("wheels", "packages")), make)
