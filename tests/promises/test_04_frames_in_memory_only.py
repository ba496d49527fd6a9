"""Promise 4: frames exist in memory only.

Every call by which a process can put bytes outside of itself is traced while the real eye looks at frames; then it is
killed, and every file that it could write to is searched for pieces of the pictures.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kirpik.adapters.camera_replay import Recording
from kirpik.site_file import load_site
from kirpik.wire.packet import SIZES
from kirpik_provisioning.demo import bundled_road
from tests.promises.filewatch import watch
from tests.promises.proof import Effort, Promise, Shown, as_test, skipped
from tests.promises.real_unit import RealUnit
from tests.system.ground import ROOT

PROMISE = Promise(
    4, "Frames exist in memory only",
    remains="The camera's own driver, its DMA buffers and a real board's swap. On a board: fanotify on all mounts, "
    "and the card's raw blocks searched after a power cut in mid-traffic.",
)  # fmt: skip
CALLS = (
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "splice", "vmsplice", "copy_file_range",
    "sendto", "sendmsg", "sendmmsg", "memfd_create", "io_uring_setup", "mmap", "socket", "connect",
)  # fmt: skip
WRITES = re.compile(r"\b(?:p?writev?2?|pwrite64|sendfile|copy_file_range)\(\d+<([^>]*)>.*= (\d+)$")
SHARED = re.compile(r"mmap\([^)]*PROT_WRITE[^)]*MAP_SHARED[^)]*, \d+<([^>]*)>")
ODD = re.compile(r"\b(memfd_create|io_uring_setup|splice|vmsplice|sendto|sendmsg|sendmmsg|connect)\((.*)")
SOCKET = re.compile(r"socket\(AF_(INET6?|PACKET|NETLINK)")
OWN = re.compile(r"/fleet/unit/state(/|$)")
"""The unit's own memory; what lies in it is looked at by promises 1, 5 and 18."""
PACKET = re.compile(r"outbox/([^/]*\.kpk(\.adding)?|\.adding)$")
"""A packet has its name only when it is whole."""
SMALL_BYTES = 8192
"""The eye's own notes: epoch, chain head, how full the spool is. A frame has 1.5 million bytes."""
LIMITS = ("LimitCORE=0", "MemorySwapMax=0")
LEAK = """
import numpy, kirpik.pipeline as p
old = p.Pipeline.step
def step(self, frame):
    if frame.number == 5: numpy.save('/{place}/frame.npy', frame.luma)
    return old(self, frame)
p.Pipeline.step = step
"""


@dataclass
class Trace:
    """What went out of the process."""

    written: dict[str, int] = field(default_factory=dict)
    """Bytes by path."""
    shared: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    sockets: int = 0
    touched: set[str] | None = None
    """Files that it wrote, made or moved, by the kernel's word; None where nobody may ask for it."""

    @classmethod
    def read(cls, lines: Iterator[str]) -> "Trace":
        trace = cls()
        for line in lines:
            if (found := WRITES.search(line)) is not None:
                trace.written[found[1]] = trace.written.get(found[1], 0) + int(found[2])
            elif (mapped := SHARED.search(line)) is not None:
                trace.shared.append(mapped[1])
            elif (odd := ODD.search(line)) is not None and "= -1" not in line:
                trace.odd.append(odd[0])
            trace.sockets += bool(SOCKET.search(line))
        return trace

    def files(self) -> dict[str, int]:
        return {path: size for path, size in self.written.items() if path.startswith("/") and "/dev/" not in path}

    def packets(self) -> dict[str, int]:
        return {path: size for path, size in self.files().items() if PACKET.search(path)}

    def clean(self) -> bool:
        """Packets of their fixed sizes, small notes, room held back; nothing mapped, sent, or odd."""
        packets = self.packets()
        rest = {path: size for path, size in self.files().items() if path not in packets and ".reserve" not in path}
        sized = all(any(size % each == 0 for each in SIZES) for size in packets.values())
        return sized and sum(rest.values()) < SMALL_BYTES and not self.shared and not self.odd and not self.sockets


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    told = "strace on kirpikd eye: every write, mapping, socket and memory file"
    if shutil.which("strace") is None:
        yield skipped(told, "strace is not here")
        return
    frames = effort.of(60, 590)
    honest = RealUnit(folder / "honest")
    trace, counts = _traced(honest, frames=frames)
    leaky = RealUnit(folder / "leaky")
    place = str(folder / "leaky" / "home").strip("/")
    leaked, _ = _traced(leaky, frames=8, patch=LEAK.format(place=place))
    yield Shown(
        told,
        f"{counts['frames']} frames of 1.6 MB, {sum(trace.packets().values())} bytes to packets; to other files: "
        f"{sum(trace.files().values()) - sum(trace.packets().values()) - _reserve(trace)}, mapped {len(trace.shared)}, "
        f"sockets: {trace.sockets}",
        holds=trace.clean() and counts["frames"] >= frames,
        control="a process that saves one frame",
        caught=not leaked.clean(),
    )
    yield _by_the_kernel(trace, leaked)
    yield from _after_a_kill(honest, leaky)
    yield _no_core(folder)


def _traced(unit: RealUnit, *, frames: int, patch: str = "") -> tuple[Trace, dict[str, int]]:
    """Until so many frames have passed; then it is killed, as by a power cut."""
    log = unit.folder.with_suffix(".strace")
    around = ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-s", "0", "-e", f"trace={','.join(CALLS)}", "-o", str(log)]
    command = [*around, *unit.command(None, None, patch=patch)]
    with watch(unit.folder) as written:
        process = subprocess.Popen(
            command, cwd=unit.unit.folder, env=unit.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        counts: dict[str, int] = {}
        for line in process.stdout:
            counts = {name: int(number) for name, number in re.findall(r'"(\w+)": (\d+)', line)}
            if counts["frames"] >= frames or counts["over"]:
                break
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        process.wait(60)
        process.stdout.close()
    with log.open(errors="replace") as lines:
        trace = Trace.read(line for line in lines if "pipe:" not in line)
    assert counts, "the eye said nothing"
    trace.touched = None if written is None else set().union(*(written.by(int(child)) for child in children))
    return trace, counts


def _by_the_kernel(trace: Trace, leaked: Trace) -> Shown:
    told = "fanotify on the whole file system: every file that the eye's process wrote, made or moved"
    if trace.touched is None or leaked.touched is None:
        return skipped(told, "fanotify needs root")
    return Shown(
        told,
        f"{len(trace.touched)} files: {', '.join(sorted({Path(path).name for path in trace.touched}))[:150]}",
        holds=bool(trace.touched) and all(OWN.search(path) for path in trace.touched),
        control="a process that saves one frame",
        caught=any(path.endswith("frame.npy") for path in leaked.touched),
    )


def _reserve(trace: Trace) -> int:
    return sum(size for path, size in trace.files().items() if ".reserve" in path)


def _after_a_kill(honest: RealUnit, leaky: RealUnit) -> Iterator[Shown]:
    pieces = _pieces()
    found, files, size = _search(honest.folder, pieces)
    caught, _, _ = _search(leaky.folder, pieces)
    yield Shown(
        "After kill −9 every file that the process could write is searched for pieces of its pictures",
        f"{len(pieces)} pieces of 24 pixels, {files} files, {size / 1e6:.1f} MB: {found} found",
        holds=found == 0,
        control="the file that the leaking process left",
        caught=caught > 0,
    )


def _pieces() -> list[bytes]:
    """Runs of pixels that occur nowhere by chance, from the eighth frames of the road."""
    road = bundled_road()
    found = []
    for frame in Recording(road.source, load_site(road.site).camera).frames():
        if frame.number in (5, 6):
            for row in frame.luma[::24]:
                for at in range(0, row.size - 24, 120):
                    piece = row[at : at + 24]
                    if len(np.unique(piece)) >= 10:
                        found.append(piece.tobytes())
        if frame.number > 6:
            return found
    return found


def _search(folder: Path, pieces: list[bytes]) -> tuple[int, int, int]:
    """Pieces found, files, bytes."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 24]
    found = sum(any(piece in data for data in files) for piece in pieces[:400])
    return found, len(files), sum(map(len, files))


def _no_core(folder: Path) -> Shown:
    """A crash leaves no image of the memory, under the service's own limits."""
    place = folder / "crash"
    place.mkdir()
    services = [(ROOT / "systemd" / f"kirpik-{service}.service").read_text() for service in ("eye", "link")]
    program = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"]
    crashed = subprocess.run(program, cwd=place, preexec_fn=_without_core, check=False)
    left = list(place.iterdir())
    return Shown(
        "Services have no core files and no swap; a crash under that limit leaves nothing",
        f"limits in both services: {all(map(_is_limited, services))}; crashed by signal {-crashed.returncode}; "
        f"files: {len(left)}",
        holds=all(map(_is_limited, services)) and not left and crashed.returncode == -signal.SIGSEGV,
        control="a service file without one of the limits",
        caught=not any(_is_limited(services[0].replace(line, "")) for line in LIMITS),
    )


def _is_limited(service: str) -> bool:
    return set(LIMITS) <= set(service.splitlines())


def _without_core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


test_frames_exist_in_memory_only = as_test(prove)
