"""Files that people write and pictures that cameras make, read as `kirpikd` and `kirpik-models` read them."""

import tempfile
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

from kirpik.adapters.camera_replay import Recording
from kirpik.adapters.signals_replay import read_signals
from kirpik.config import load_config
from kirpik.site import Camera
from kirpik.site_file import load_site
from kirpik_models.stills import open_stills
from kirpik_provisioning.demo import bundled_road

MEMORY = Path("/dev/shm")  # noqa: S108  where a file is no wear on a disk
WIDE, HIGH = 32, 24
ROWS_MOST = 40


def site(data: bytes) -> object:
    return load_site(_written("site.toml", data))


def settings(data: bytes) -> object:
    return load_config(_written("kirpik.toml", data))


def frames(data: bytes) -> object:
    """A folder with one picture in it, whatever its table says."""
    table = _written("frames.csv", data)
    return [frame for frame, _ in zip(Recording(table.parent, _camera()).frames(), range(ROWS_MOST), strict=False)]


def signals(data: bytes) -> object:
    return read_signals(_written("signals.csv", data).parent)


def pictures(data: bytes) -> object:
    """As a still, and as the one frame of a recording: there what cannot be read is counted, and it goes on."""
    path = _written("picture.bin", data)
    table = path.with_name("frames.csv")
    table.write_text("file,sensor_timestamp_ns,exposure_us,utc_ns\npicture.bin,0,0,\n")
    stills = list(open_stills(path, "picture"))
    camera = msgspec.structs.replace(_camera(), width=stills[0].luma.shape[1], height=stills[0].luma.shape[0])
    return stills, list(Recording(path.parent, camera).frames())


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """One for the whole run, with a picture in it; it goes when the process does."""
    folder = tempfile.TemporaryDirectory(prefix="kirpik-fuzz-", dir=MEMORY if MEMORY.is_dir() else None)
    Image.fromarray(np.zeros((HIGH, WIDE), np.uint8)).save(Path(folder.name) / "picture.png")
    return folder


def _written(name: str, data: bytes) -> Path:
    path = Path(_folder().name) / name
    path.write_bytes(data)
    return path


@cache
def _camera() -> Camera:
    return msgspec.structs.replace(load_site(bundled_road().site).camera, width=WIDE, height=HIGH)
