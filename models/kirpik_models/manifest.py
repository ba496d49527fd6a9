"""Writing of models/manifest.json: which file is which network, from what it was made, and its settings."""

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kirpik.adapters.models_folder import MANIFEST, Entry, Manifest, read_manifest

LICENCE = "Apache-2.0"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """What one network was made from."""

    input_size: tuple[int, int]
    """Height, width."""
    million_macs: float
    data: str
    """In a sentence: what it learnt from and was calibrated on."""


def enter(folder: Path, name: str, origin: Origin, settings: dict[str, float]) -> None:
    """Put `<name>.tflite` as it now lies in `folder` into the manifest, beside what stands there of the others."""
    entry = Entry(
        file=f"{name}.tflite",
        sha256=hashlib.sha256((folder / f"{name}.tflite").read_bytes()).hexdigest(),
        input=origin.input_size,
        million_macs=round(origin.million_macs, 1),
        commit=_commit(folder),
        data=origin.data,
        licence=LICENCE,
        settings=settings,
    )
    known = read_manifest(folder).networks if (folder / MANIFEST).exists() else {}
    manifest = Manifest(version=VERSION, networks=dict(sorted((known | {name: entry}).items())))
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2).decode()
    (folder / MANIFEST).write_text(text + "\n")


def _commit(folder: Path) -> str:
    command = ("git", "-C", str(folder), "rev-parse", "--short=12", "HEAD")
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  fixed words
    return asked.stdout.strip() or "unknown"
