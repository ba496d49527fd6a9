"""Small recordings for tests: a folder of grey pictures with its tables."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 1456, 1088


def write_folder(folder: Path, times_ns: Sequence[int], *, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["file,sensor_timestamp_ns,exposure_us,utc_ns"]
    for number, time_ns in enumerate(times_ns):
        luma = np.full((size[1], size[0]), 60 + number, np.uint8)
        Image.fromarray(luma).save(folder / f"{number}.png", compress_level=1)
        rows.append(f"{number}.png,{time_ns},800,")
    (folder / "frames.csv").write_text("\n".join(rows) + "\n")
    return folder
