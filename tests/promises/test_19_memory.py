"""Beside promise 1: what stays in the process's memory after a track has ended, by a scan of all of it.

Pixels lie in buffers that can be overwritten, and are. A plate's letters and keys are Python's own values, which nobody
can overwrite: freed memory keeps them until something else takes their place. This is measured, and said.
"""

import gc
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kirpik.pipeline import Pipeline
from kirpik.values import Frame, Luma
from kirpik.vision.patch import Patch
from tests.promises.days import RULE, passes
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.test_pipeline import Reader, Road, site

PROMISE = Promise(
    19, "Memory: a track's pixels are overwritten when it ends",
    remains="Letters of a suspect's plate and the unit's signing key are immutable values of Python and of the "
    "cryptography library: they are freed, not overwritten. Without core files, swap and debuggers (promise 4) nobody "
    "but root on the running board can read them; on a board: /dev/mem closed, and a cold-boot trial.",
)  # fmt: skip
MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \d+\s*(\S*)$")
PIECE = 48


@dataclass
class Textured:
    """Frames whose every pixel run is like no other, so that a piece of one can be recognised anywhere."""

    seed: int

    def frames(self) -> Iterator[Frame]:
        rng = np.random.default_rng(self.seed)
        for number in range(120):
            luma = rng.integers(0, 255, (1088, 1456), np.uint8)
            yield Frame(number, round((98 + number / 30) * 1e9), 0, None, luma, luma[::4, ::4])


class Keeps(Pipeline):
    """Forgets to overwrite what an ended track has kept."""

    kept: list[Patch] = []  # noqa: RUF012  on purpose

    def _settle(self, ended: Sequence[object]) -> list:  # type: ignore[type-arg]
        for track in ended:
            self.kept += [*track.patches, *track.trail]  # type: ignore[attr-defined]
            track.patches, track.trail = [], []  # type: ignore[attr-defined]
        return super()._settle(ended)  # type: ignore[arg-type]


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    rounds = effort.of(1, 10)
    pieces, honest, scanned = 0, 0, 0
    for number in range(rounds):
        wanted, left, size = _drive(Pipeline, seed=number)
        pieces, honest, scanned = pieces + wanted, honest + left, scanned + size
    _, kept, _ = _drive(Keeps, seed=99)
    Keeps.kept.clear()
    yield Shown(
        "Innocents drive by and are gone; then all writable memory of the process is searched for their pixels",
        f"{pieces} pieces of plates' rows, {scanned / 1e6:.0f} MB scanned: {honest} found",
        holds=honest == 0 and pieces > 20,
        control="a pipeline that does not overwrite",
        caught=kept > 0,
    )


def _drive(make: type[Pipeline], *, seed: int) -> tuple[int, int, int]:
    """How many pieces were cut out, how many lie in memory afterwards, and how many bytes were looked through."""
    taken: set[bytes] = set()
    pipeline = make(site(RULE), Road(passes(3, seed=seed, speeds=(40.0, 60.0))), Reader())
    for frame in Textured(seed).frames():
        pipeline.step(frame)
        for track in pipeline._tracker.open:
            for patch in track.patches[-1:]:
                row = patch.luma[patch.luma.shape[0] // 2]
                if row.size > PIECE + 8:
                    taken.add(_scrambled(row[4 : 4 + PIECE]))
    pipeline.finish()
    del frame, pipeline, track, patch, row
    gc.collect()
    found, size = _scan(taken)
    return len(taken), found, size


def _scrambled(row: Luma) -> bytes:
    """Kept so that our own note of it is not what the scan finds."""
    return (row ^ 0x5A).tobytes()


def _scan(scrambled: set[bytes]) -> tuple[int, int]:
    """Through /proc/self/mem, a mapping at a time, in a buffer that is left out."""
    found: set[bytes] = set()
    size = 0
    handle = os.open("/proc/self/mem", os.O_RDONLY)
    try:
        for begin, end in _mappings():
            size += end - begin
            for piece in _in_mapping(handle, begin, end, scrambled):
                found.add(piece)
    finally:
        os.close(handle)
    return len(found), size


def _mappings() -> list[tuple[int, int]]:
    rows = (MAPPING.match(line) for line in Path("/proc/self/maps").read_text().splitlines())
    return [(int(row[1], 16), int(row[2], 16)) for row in rows if row is not None and not row[3].startswith("[v")]


def _in_mapping(handle: int, begin: int, end: int, scrambled: set[bytes]) -> Iterator[bytes]:
    """The memory is scrambled as the notes are, so that the notes themselves are not found."""
    step, overlap = 1 << 22, PIECE
    for at in range(begin, end, step):
        try:
            data = os.pread(handle, min(step + overlap, end - at), at)
        except OSError:
            return
        turned = (np.frombuffer(data, np.uint8) ^ 0x5A).tobytes()
        yield from (piece for piece in scrambled if piece in turned)


test_pixels_are_overwritten = as_test(prove)
