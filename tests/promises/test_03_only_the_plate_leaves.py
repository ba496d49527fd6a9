"""Promise 3: no occupant, no pedestrian, no scene leaves.

Two frames that differ everywhere but at the plate and its stated margin give the same packet; and a face detector that
finds the faces around the plates in the frames finds none of them in the packets.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kirpik.adapters.webp import encode_webp
from kirpik.values import Frame, Luma, Quad
from kirpik.vision.patch import MARGIN, Patch, cut
from kirpik.wire import packet
from kirpik.wire.contents import read_contents
from kirpik.wire.record import Record
from tests.promises.faces import FaceDetector, face
from tests.promises.proof import Effort, Promise, Shown, as_test, skipped
from tests.unit.eyes import Eye, QuickDisk, violation
from tests.unit.wire.samples import SEAL, UNIT_KEY

PROMISE = Promise(
    3, "No occupant, no pedestrian, no scene leaves",
    remains="That a real camera puts nothing into a plate's margin that tells who drives: 12 % of its width around a "
    "plate is bumper. On a board: the crops of a week's packets, looked at by somebody who may.",
)  # fmt: skip
Cut = Callable[[Frame, Quad, float], Patch]
WIDE, HIGH = 400, 300
FRAMES_MOST = 100


@dataclass
class Faces:
    frames: int = 0
    """Looked into, to know that the detector finds what is there: that is slow."""
    in_frames: int = 0
    in_packets: int = 0
    of_itself: int = 0
    """Seen in packets whose crop is the same, pixel by pixel, with nobody above the plate: the cascade's own."""


def leaky_cut(frame: Frame, quad: Quad, width_px: float) -> Patch:
    """With half a car around it."""
    left, top = np.maximum(quad.min(axis=0) - 2.0 * width_px, 0).astype(int)
    right, bottom = (quad.max(axis=0) + 2.0 * width_px).astype(int)
    return Patch(frame.sensor_timestamp_ns, width_px, quad, frame.luma[top:bottom, left:right].copy())


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    count = effort.of(200, 5_000)
    honest, leaky = _differences(cut, count), _differences(leaky_cut, 20)
    yield Shown(
        f"Pixels outside of the plate and {MARGIN:.0%} of its width around it are changed: the crop stays the same",
        f"{count} plates of all sizes and places: {honest} crops changed",
        holds=honest == 0,
        control="a crop with two plate widths around it",
        caught=leaky == 20,
    )
    yield from _faces(effort, folder)


def _differences(make: Cut, count: int) -> int:
    """How many crops change when all that is not the plate or its margin does."""
    rng = np.random.default_rng(3)
    changed = 0
    for _ in range(count):
        quad, width = _plate(rng)
        one = rng.integers(0, 255, (HIGH, WIDE), np.uint8)
        other = rng.integers(0, 255, (HIGH, WIDE), np.uint8)
        inside = _inside(quad, width)
        other[inside] = one[inside]
        changed += not np.array_equal(make(_frame(one), quad, width).luma, make(_frame(other), quad, width).luma)
    return changed


def _faces(effort: Effort, folder: Path) -> Iterator[Shown]:
    told = "A face stands close above each plate; OpenCV's cascade looks into the packets"
    detector = FaceDetector.found()
    if detector is None:
        yield skipped(told, "scikit-image with OpenCV's cascade is not here")
        return
    count = effort.of(5, 10_000)
    seen = _packets_with_faces(cut, detector, folder / "honest", count)
    leaky = _packets_with_faces(leaky_cut, detector, folder / "leaky", 3)
    yield Shown(
        told,
        f"{count} packets, a face above the plate of each: found in {seen.in_frames} of {seen.frames} frames looked "
        f"into, in {seen.in_packets} packets{_of_itself(seen)}",
        holds=seen.in_packets == 0 and seen.in_frames >= 0.9 * seen.frames,
        control="a crop with two plate widths around it",
        caught=leaky.in_packets >= 2,
    )


def _of_itself(seen: Faces) -> str:
    if not seen.of_itself:
        return ""
    return f"; {seen.of_itself} more where the cascade sees one in the same pixels with nobody there"


def _packets_with_faces(make: Cut, detector: FaceDetector, home: Path, count: int) -> Faces:
    rng = np.random.default_rng(4)
    road = rng.normal(110, 8, (HIGH, WIDE)).clip(0, 255).astype(np.uint8)
    eye = Eye(home, disk=QuickDisk(), limit_bytes=10**9)
    eye.sealer._encode_crop = encode_webp
    faces = Faces()
    for number in range(count):
        empty = np.roll(road, number, (0, 1))
        luma, quad, width = _scene(empty.copy(), rng)
        if number % (1 + count // FRAMES_MOST) == 0:
            faces.frames += 1
            faces.in_frames += detector.sees(luma)
        picture = make(_frame(luma), quad, width).luma
        entry = eye.sealer.seal(violation(picture=picture))
        if detector.sees(_crop_of(eye, entry)):
            alone = np.array_equal(picture, make(_frame(empty), quad, width).luma)
            faces.of_itself += alone
            faces.in_packets += not alone
        eye.outbox.discard(entry)
    return faces


def _scene(luma: Luma, rng: np.random.Generator) -> tuple[Luma, Quad, float]:
    """A plate with a face close above it, as behind a low windscreen."""
    width = float(rng.uniform(110, 150))
    size = int(width * 0.9)
    left, top = float(rng.uniform(40, WIDE - 40 - width)), float(rng.uniform(size + 70, HIGH - 50))
    quad = np.array([[0, 0], [width, 0], [width, width * 0.22], [0, width * 0.22]]) + (left, top)
    y, x = int(top - size - MARGIN * width - 8), int(left)
    luma[y : y + size, x : x + size] = face(size)
    return luma, quad, width


def _crop_of(eye: Eye, entry: object) -> Luma:
    import io  # noqa: PLC0415

    from PIL import Image  # noqa: PLC0415

    opened = packet.open_packet(eye.outbox.read(entry) or b"", UNIT_KEY.public, SEAL)  # type: ignore[arg-type]
    record = read_contents(opened, UNIT_KEY.public)
    assert isinstance(record, Record)
    return np.asarray(Image.open(io.BytesIO(record.crop)).convert("L"))


def _plate(rng: np.random.Generator) -> tuple[Quad, float]:
    width = float(rng.uniform(14, 260))
    corner = rng.uniform((-20, -20), (WIDE - 10, HIGH - 10))
    shape = np.array([[0, 0], [width, 0], [width, width * 0.22], [0, width * 0.22]])
    return corner + shape + rng.normal(0, width * 0.02, (4, 2)), width


def _inside(quad: Quad, width: float) -> NDArray[np.bool_]:
    """The plate's box with the margin that is stated, and two pixels and a rounding for its edges."""
    margin = MARGIN * width + 4
    (left, top), (right, bottom) = quad.min(axis=0) - margin, quad.max(axis=0) + margin
    y, x = np.mgrid[:HIGH, :WIDE]
    inside: NDArray[np.bool_] = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return inside


def _frame(luma: Luma) -> Frame:
    return Frame(0, 1_000_000_000, 1000, None, luma, luma[::4, ::4])


test_only_the_plate_leaves = as_test(prove)
