"""Beside promise 1: what stays in the process's memory after a track has ended, by a scan of all of it.

Pixels lie in buffers that can be overwritten, and are. The unit's key is fetched through a locked page that is
overwritten; then OpenSSL holds the one copy. A plate's letters are Python's own values, which nobody can overwrite:
freed memory keeps them until something else takes their place.
"""

import gc
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kirpik.pipeline import Pipeline
from kirpik.store.identity import KEY, KEY_MODE, Identity, load_identity
from kirpik.values import Frame
from kirpik.vision.patch import Patch
from kirpik.wire.signature import SigningKey
from tests.promises.days import RULE, passes
from tests.promises.memory import Found, search, turned
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.test_pipeline import Reader, Road, site

PROMISE = Promise(
    19, "Memory: a track's pixels are overwritten when it ends",
    remains="Letters of a suspect's plate are immutable values of Python, and the key that signs is OpenSSL's as long "
    "as the unit runs: they are freed, not overwritten. Without core files, swap and debuggers (promise 4) nobody but "
    "root on the running board can read them. On a board: /dev/mem closed, and a cold-boot trial.",
)  # fmt: skip
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


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    rounds = effort.of(1, 5)
    pieces = left = scanned = 0
    for number in range(rounds):
        wanted, found = _drive(Pipeline, seed=number)
        pieces, left, scanned = pieces + wanted, left + len(found.places), scanned + found.size_bytes
    _, kept = _drive(Keeps, seed=99)
    Keeps.kept.clear()
    yield Shown(
        "Innocents drive by and are gone; then all writable memory of the process is searched for their pixels",
        f"{pieces} pieces of plates' rows, {scanned / 1e6:.0f} MB scanned: {left} found",
        holds=left == 0 and pieces > 20,
        control="a pipeline that does not overwrite",
        caught=bool(kept.places),
    )
    loads = effort.of(3, 20)
    copies = [_copies_of_the_key(folder / str(number), load_identity) for number in range(loads)]
    by_bytes = _copies_of_the_key(folder / "control", _as_bytes)
    yield Shown(
        "The unit's key is loaded from its file; then all writable memory is searched for its 32 bytes",
        f"{loads} keys, found in {max(copies)} place each: OpenSSL's own, with which it signs",
        holds=set(copies) == {1},
        control="a loader that reads the key as a value of Python",
        caught=by_bytes > 1,
    )


def _drive(make: type[Pipeline], *, seed: int) -> tuple[int, Found]:
    """How many pieces were cut out, and which lie in memory afterwards."""
    taken: set[bytes] = set()
    pipeline = make(site(RULE), Road(passes(3, seed=seed, speeds=(40.0, 60.0))), Reader())
    for frame in Textured(seed).frames():
        pipeline.step(frame)
        for track in pipeline._tracker.open:
            for patch in track.patches[-1:]:
                row = patch.luma[patch.luma.shape[0] // 2]
                if row.size > PIECE + 8:
                    taken.add(turned(row[4 : 4 + PIECE]))
    pipeline.finish()
    del frame, pipeline, track, patch, row
    gc.collect()
    return len(taken), search(taken)


def _copies_of_the_key(folder: Path, load: Callable[[Path], object]) -> int:
    """While the unit could sign with it."""
    folder.mkdir()
    wanted = _written_key(folder / KEY)
    identity = load(folder)
    found = search([wanted])
    del identity
    return found.places[wanted]


def _written_key(path: Path) -> bytes:
    """A new key in its file; what we keep of it is turned, and what we made it with is overwritten."""
    seed = np.frombuffer(secrets.token_bytes(32), np.uint8) ^ np.uint8(0x33)
    path.touch(KEY_MODE)
    with path.open("r+b", buffering=0) as file:
        file.write(seed.data)
    kept = turned(seed)
    seed[:] = 0
    return kept


def _as_bytes(folder: Path) -> tuple[Identity, bytes]:
    seed = (folder / KEY).read_bytes()
    return Identity(b"", SigningKey.from_seed(seed)), seed


test_pixels_are_overwritten = as_test(prove)
