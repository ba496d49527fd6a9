"""The folder of the three networks: where it lies, that nothing in it was altered, and what its manifest says."""

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kirpik.errors import ModelError
from kirpik.values import Network

NAMES = ("detector", "corners", "reader")
MANIFEST = "manifest.json"

Load = Callable[[Path], Network]
"""A .tflite file → a network ready to run."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the manifest says of one network."""

    file: str
    sha256: str
    input: tuple[int, int]
    """Height, width."""
    million_macs: float
    commit: str
    """Of this project, when the training ended."""
    data: str
    licence: str
    settings: dict[str, float] = {}
    """What belongs to the weights: thresholds, temperature."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    version: int
    networks: dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Models:
    """The networks of one folder, loaded."""

    detector: Network
    corners: Network
    reader: Network
    manifest: Manifest
    sha256: bytes
    """Of the manifest, which holds the hash of every network: names the whole set in a record."""


def find_models(configured: Path | None = None) -> Path:
    """The configured folder, or else the first of: this checkout, the installed share, the system's share."""
    if configured is not None:
        candidates = [configured]
    else:
        checkout = Path(__file__).resolve().parents[3] / "models"
        shares = [Path(root) / "share/kirpik/models" for root in (sys.prefix, "/usr/local", "/usr")]
        candidates = [checkout, *shares]
    for folder in candidates:
        if (folder / MANIFEST).is_file():
            return folder
    places = ", ".join(str(folder) for folder in candidates)
    raise ModelError(f"no {MANIFEST} in {places}; set unit.models to the folder of the networks")


def read_manifest(folder: Path) -> Manifest:
    """Raises ModelError with the file and field when it is not what is expected."""
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise ModelError(f"{path}: cannot read the manifest: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise ModelError(f"{path}: {error}") from error


def check(folder: Path, name: str, entry: Entry) -> Path:
    """The network's file, once its bytes have the manifest's hash."""
    path = folder / entry.file
    if Path(entry.file).name != entry.file:
        raise ModelError(f"{folder / MANIFEST}: networks.{name}.file is {entry.file!r}, expected a bare file name")
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot read the network: {error.strerror}") from error
    if found != entry.sha256.lower():
        raise ModelError(f"{path}: sha256 is {found[:12]}…, the manifest expects {entry.sha256[:12]}…; install it anew")
    return path


def load_models(folder: Path, load: Load) -> Models:
    """All three networks, checked against the manifest, then loaded and compared with its input sizes."""
    manifest = read_manifest(folder)
    loaded = {name: _load_one(folder, manifest, name, load) for name in NAMES}
    digest = hashlib.sha256((folder / MANIFEST).read_bytes()).digest()
    return Models(loaded["detector"], loaded["corners"], loaded["reader"], manifest, digest)


def _load_one(folder: Path, manifest: Manifest, name: str, load: Load) -> Network:
    entry = manifest.networks.get(name)
    if entry is None:
        raise ModelError(f"{folder / MANIFEST}: networks.{name} is missing, expected {', '.join(NAMES)}")
    network = load(check(folder, name, entry))
    if network.input_size != entry.input:
        raise ModelError(f"{folder / entry.file}: input is {network.input_size}, the manifest expects {entry.input}")
    return network
