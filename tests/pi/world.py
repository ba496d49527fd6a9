"""A world of a test's own: mounts, processes and network that are gone with it, and a root over which it may write."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

VIRTUAL = Path(__file__).parent / "virtual"
SITE = "usr/local/lib/python3.13/dist-packages"
ADAPTED = "\nimport sys\nfrom picamera2._virtual import adapt\n\nadapt(sys.modules[__name__])\n"
INSIDE = "KIRPIK_TEST_INSIDE"
GROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified")
MOUNTED = """
mount -t proc proc "$1/proc"
mount -t sysfs sys "$1/sys"
mount --bind /dev "$1/dev"
exec chroot "$@"
"""
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


def enter() -> None:
    """Begin this command anew inside its own namespaces and control groups, and return there; the first one ends."""
    if os.environ.get(INSIDE):
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        return
    groups = [Path(top) / f"kirpik.{os.getpid()}" for top in GROUPS if (Path(top) / "cgroup.procs").exists()]
    try:
        for group in groups:
            group.mkdir()
            (group / "cgroup.procs").write_text(str(os.getpid()))
        words = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", sys.executable, "-m", *_module()]
        done = subprocess.run(words, env={**os.environ, INSIDE: "yes"}, check=False)
    finally:
        _leave(groups)
    sys.exit(done.returncode)


def _module() -> list[str]:
    spec = sys.modules["__main__"].__spec__
    assert spec is not None
    return [spec.name, *sys.argv[1:]]


def _leave(groups: list[Path]) -> None:
    for group in groups:
        (group.parent / "cgroup.procs").write_text(str(os.getpid()))
        for folder in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
            folder.rmdir()
        group.rmdir()


@contextmanager
def overlay(root: Path, *, size_mib: int = 900) -> Iterator[Path]:
    """The root, over which may be written: what is written is in memory."""
    top = Path("/run/kirpik-world")
    top.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(top)], check=True)
    for name in ("upper", "work", "merged"):
        (top / name).mkdir()
    merged = top / "merged"
    layers = f"lowerdir={root},upperdir={top / 'upper'},workdir={top / 'work'}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(merged)], check=True)
    yield merged


def add_camera(root: Path) -> None:
    """libcamera's virtual camera, as an imx296, and what picamera2 needs to use it."""
    site = root / SITE
    shutil.copytree(VIRTUAL, site, dirs_exist_ok=True, ignore=shutil.ignore_patterns("_virtual.py", "__pycache__"))
    shutil.copy(VIRTUAL / "_virtual.py", site / "picamera2")
    with (site / "picamera2" / "__init__.py").open("a") as package:
        package.write(ADAPTED)
    (root / "usr/share/libcamera/pipeline/virtual/virtual.yaml").write_text(CAMERA)
    (root / "opt/pictures").mkdir()


def bind(source: Path, target: Path) -> None:
    """To look at, not to write to."""
    target.mkdir(parents=True)
    subprocess.run(["mount", "--bind", "-o", "ro", str(source), str(target)], check=True)


def chroot(root: Path, *command: str, env: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a command in the root, with the machine's devices, which are gone from it afterwards."""
    clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root", **(env or {})}
    words = ["unshare", "--mount", "sh", "-euc", MOUNTED, "chroot", str(root), *command]
    return subprocess.run(words, env=clean, capture_output=True, text=True, check=False)


def show(told: Mapping[str, object]) -> None:
    """A row for people each, and as the last line all of it as JSON."""
    for name, value in told.items():
        print(f"{name:18} {json.dumps(value, ensure_ascii=False)}"[:200])
    print(json.dumps(told))
