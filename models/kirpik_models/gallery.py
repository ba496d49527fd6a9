"""The worst cases as pictures, all synthetic and in faces that training never saw: a mean hides what fails."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import read_manifest
from kirpik.values import Luma, Quad
from kirpik.vision.corners import CornerFinder
from kirpik.vision.ctc import decode, log_softmax
from kirpik_models.corners_data import disturbed, outward_px, photograph
from kirpik_models.evaluate_corners import DETECTOR_ERROR
from kirpik_models.evaluate_detector import OVERLAP, finder, overlap
from kirpik_models.evaluate_reader import network_logits, synthetic_test
from kirpik_models.fonts import Face, load_faces
from kirpik_models.reader_score import Said, read_all
from kirpik_models.reliability import bins, draw
from kirpik_models.scenes import synthetic

Picture = NDArray[np.uint8]
TRUTH, FOUND, FALSE = (80, 220, 80), (60, 160, 255), (60, 60, 255)
"""Colours (blue, green, red) of true plates, of what was found, and of what is none."""
CROPS, SHOTS, SCENES = 3000, 400, 200
COLUMNS, CELL = 6, (200, 96)
SEED = 77


def write_pictures(models: Path, fonts: Path, out: Path) -> list[Path]:
    """Every picture of the report, into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    faces = load_faces(fonts, held_out=True)
    makers: dict[str, Callable[[Path, Sequence[Face]], Picture]] = {
        "reader_failures.jpg": reader_failures,
        "corners_failures.jpg": corners_failures,
        "detector_failures.jpg": detector_failures,
    }
    for name, make in makers.items():
        cv2.imwrite(str(out / name), make(models, faces), [cv2.IMWRITE_JPEG_QUALITY, 82])
    (out / "reader_reliability.svg").write_text(reliability(models, faces))
    return [out / name for name in (*makers, "reader_reliability.svg")]


def reliability(models: Path, faces: Sequence[Face]) -> str:
    """Of whole crops and of single characters."""
    network = TfliteNetwork(models / "reader.tflite")
    temperature = read_manifest(models).networks["reader"].settings["temperature"]
    logits, crops = network_logits(network), synthetic_test(faces, CROPS)
    said = read_all(logits, crops, temperature=temperature)
    plates = bins(
        [float(np.exp(one.log_chance)) for one in said],
        [one.text == crop.text for one, crop in zip(said, crops, strict=True)],
    )
    claimed, right = [], []
    for crop in crops:
        read = decode(log_softmax(logits(crop.luma[None])[0], temperature))
        if len(read.text) == len(crop.text):
            claimed += [float(np.exp(chance)) for chance in read.char_log_chances]
            right += [one == other for one, other in zip(read.text, crop.text, strict=True)]
    return draw([("plates", "#c0392b", plates), ("characters", "#2c6fbb", bins(claimed, right))])


def reader_failures(models: Path, faces: Sequence[Face]) -> Picture:
    """The surest of the wrong readings."""
    network = TfliteNetwork(models / "reader.tflite")
    temperature = read_manifest(models).networks["reader"].settings["temperature"]
    crops = synthetic_test(faces, CROPS)
    said = read_all(network_logits(network), crops, temperature=temperature)
    wrong = [pair for pair in zip(said, crops, strict=True) if pair[0].text != pair[1].text]
    wrong.sort(key=lambda pair: -pair[0].log_chance)
    return _sheet([_cell(crop.luma, _told(one, crop.text)) for one, crop in wrong[:36]])


def corners_failures(models: Path, faces: Sequence[Face]) -> Picture:
    """The largest errors in shares of the plate's width."""
    corners, rng = CornerFinder(TfliteNetwork(models / "corners.tflite")), np.random.default_rng(SEED)
    cases: list[tuple[float, Picture]] = []
    for _ in range(SHOTS):
        width = float(np.exp(rng.uniform(np.log(25), np.log(200))))
        shot = photograph(rng, faces, width_px=width)
        found = corners.refine(shot.luma, [(disturbed(rng, shot.quad, error=DETECTOR_ERROR), 1.0)])
        if found:
            worst = float(np.abs(outward_px(found[0].quad, shot.quad)).max())
            told = f"{width:.0f} px: off {worst:.1f}, says {found[0].sigma_px:.1f}"
            cases.append((worst / width, _cell(shot.luma, told, (shot.quad, TRUTH), (found[0].quad, FOUND))))
    cases.sort(key=lambda case: -case[0])
    return _sheet([cell for _, cell in cases[:36]])


def detector_failures(models: Path, faces: Sequence[Face]) -> Picture:
    """Scenes with plates that were missed, or with something else that was found."""
    find, rng = finder(TfliteNetwork(models / "detector.tflite")), np.random.default_rng(SEED)
    cells: list[Picture] = []
    while len(cells) < 24:
        scene = synthetic(rng, faces)
        quads = [quad for quad, _ in find(scene.luma)]
        known = [*scene.quads, *scene.doubtful]
        false = [quad for quad in quads if max((overlap(quad, other) for other in known), default=0) < OVERLAP / 2]
        missed = [quad for quad in scene.quads if max((overlap(quad, other) for other in quads), default=0) < OVERLAP]
        missed = [quad for quad in missed if _within(quad, scene.luma) and np.ptp(quad[:, 0]) > 14]
        if missed or false:
            marks = [(quad, TRUTH) for quad in missed] + [(quad, FALSE) for quad in false]
            cells.append(_cell(scene.luma, f"missed {len(missed)}, false {len(false)}", *marks, size=(260, 190)))
    return _sheet(cells)


def _told(said: Said, text: str) -> str:
    return f"{text} read {said.text or 'nothing'} {np.exp(said.log_chance):.2f}"


def _within(quad: Quad, luma: Luma) -> bool:
    return bool((quad > 2).all() and (quad < np.array(luma.shape[::-1]) - 3).all())


def _cell(luma: Luma, told: str, *quads: tuple[Quad, tuple[int, int, int]], size: tuple[int, int] = CELL) -> Picture:
    wide, high = size[0] - 4, size[1] - 18
    scale = min(wide / luma.shape[1], high / luma.shape[0])
    small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    cell = np.full((size[1], size[0], 3), 32, np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small[:, :, None]
    for quad, colour in quads:
        cv2.polylines(cell, [np.rint(((quad + 0.5) * scale - 0.5) * 8).astype(np.int32)], True, colour, 1, shift=3)
    cv2.putText(cell, told, (2, size[1] - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (230, 230, 230), 1, cv2.LINE_AA)
    return cell


def _sheet(cells: Sequence[Picture]) -> Picture:
    blank = np.zeros_like(cells[0])
    padded = [*cells, *([blank] * (-len(cells) % COLUMNS))]
    rows = [np.hstack(padded[start : start + COLUMNS]) for start in range(0, len(padded), COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)
