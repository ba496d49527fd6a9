"""Flashing against `dd`, onto the same device in the same run: a loop device over a file, or one that is named.

`python -m tests.bench.flash [--device DEV] [--folder DIR] [--mib 512]`; root alone can open devices. A named device is
overwritten. `--card 90` lets the kernel hold the loop device to so many MiB/s, as a good card has; `--card 0` lets it
run free, where hashing is what takes the time: no card is as fast as that.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kirpik_provisioning.flash.writing import BlockDevice, Written, write_image

MIB = 1024 * 1024
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--card", type=int, default=90, metavar="MIB_S")
    parser.add_argument("--mib", type=int, default=512)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("tests.bench.flash: root alone can open devices")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        image = Path(folder) / "image"
        image.write_bytes(os.urandom(options.mib * MIB))
        with _device(options.device, Path(folder), options.mib) as device, _held_to(options.card, device):
            rounds = [(_dd(image, device), _ours(image, device)) for _ in range(ROUNDS)]
    dd_s, best = (
        min(round_[0] for round_ in rounds),
        min((round_[1] for round_ in rounds), key=lambda done: done.write_s),
    )
    verify_s = min(ours.verify_s for _, ours in rounds)
    print(f"{'':14}{'seconds':>9}{'MiB/s':>9}")
    for name, seconds in (("dd", dd_s), ("kirpik flash", best.write_s), ("  read back", verify_s)):
        print(f"{name:14}{seconds:9.2f}{options.mib / seconds:9.0f}")
    print(json.dumps({
        "mib": options.mib, "card_mib_s": options.card, "dd_mib_s": round(options.mib / dd_s),
        "flash_mib_s": round(options.mib / best.write_s),
        "ratio": round(dd_s / best.write_s, 3), "verify_share": round(verify_s / (verify_s + best.write_s), 3),
    }))  # fmt: skip


def _dd(image: Path, device: Path) -> float:
    began = time.perf_counter()
    words = [f"if={image}", f"of={device}", "bs=4M", "oflag=direct", "conv=fsync", "status=none"]
    subprocess.run(["dd", *words], check=True)
    return time.perf_counter() - began


def _ours(image: Path, device: Path) -> Written:
    target = BlockDevice(device)
    try:
        with image.open("rb") as source:
            return write_image(source, target, name=str(device), sha256=hashlib.sha256(image.read_bytes()).hexdigest())
    finally:
        target.close()


@contextmanager
def _device(named: Path | None, folder: Path, mib: int) -> Iterator[Path]:
    if named is not None:
        yield named
        return
    file = folder / "card"
    file.write_bytes(bytes((mib + 8) * MIB))
    device = ""
    for direct in ("on", "off"):  # a file system in memory has no direct way
        words = ["losetup", "--find", "--show", f"--direct-io={direct}", str(file)]
        device = device or subprocess.run(words, check=False, capture_output=True, text=True).stdout.strip()
    yield Path(device)
    subprocess.run(["losetup", "-d", device], check=True)


@contextmanager
def _held_to(mib_s: int, device: Path) -> Iterator[None]:
    """Both directions, by a control group of our own (the first version's, or the second's)."""
    if not mib_s:
        yield
        return
    first, second = Path("/sys/fs/cgroup/blkio"), Path("/sys/fs/cgroup")
    top = first if first.is_dir() else second
    group = top / f"kirpik-flash.{os.getpid()}"
    number = device.stat().st_rdev
    where, limit = f"{os.major(number)}:{os.minor(number)}", mib_s * MIB
    group.mkdir()
    try:
        if top == first:
            for way in ("read", "write"):
                (group / f"blkio.throttle.{way}_bps_device").write_text(f"{where} {limit}")
        else:
            (group / "io.max").write_text(f"{where} rbps={limit} wbps={limit}")
        (group / "cgroup.procs").write_text(str(os.getpid()))
        yield
    finally:
        (top / "cgroup.procs").write_text(str(os.getpid()))
        group.rmdir()


if __name__ == "__main__":
    main()
