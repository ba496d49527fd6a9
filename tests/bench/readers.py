"""Our detector and reader against a peer, on the same pictures and the same core, in one run:

    python -m tests.bench.readers [LABELS.jsonl] [--split val] [--peer rapidocr]…

Without labelled pictures, frames of the demo's simulated road are read. A peer is installed on its first run, into an
environment of its own under `.lab/`; without `--peer` ours is measured alone. A plate counts when one of the texts
that were read in the picture is its text, exactly.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "provisioning/kirpik_provisioning/demo_road"
LAB = ROOT / ".lab/peers"
PEERS = {"rapidocr": ("rapidocr==3.10.0", "onnxruntime>=1.20", "opencv-python-headless>=4.9")}
FOLD = str.maketrans("OI", "01")
LEAST_PX = 60.0
"""Of a simulated plate that has to be read."""
EVERY = 25
"""So many of the demo's frames are read."""


@dataclass(frozen=True, slots=True)
class Picture:
    path: Path
    plates: tuple[str, ...]


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="kirpik-readers-") as scratch:
        labels = options.labels
        pictures = list(labelled(labels, options.split) if labels else simulated(Path(scratch)))
        names = [str(picture.path) for picture in pictures]
        results = {"ours": score(pictures, run([sys.executable, "-m", "tests.bench.read_ours"], names))}
        for peer in options.peer:
            command = [str(python_of(peer)), str(Path(__file__).with_name(f"read_{peer}.py"))]
            results[peer] = score(pictures, run(command, names))
    plates = sum(len(picture.plates) for picture in pictures)
    print(f"{len(pictures)} pictures, {plates} plates, one core")
    print(f"{'':12}{'exact':>9}{'O=0, I=1':>10}{'ms':>9}{'MiB':>8}")
    for name, row in results.items():
        print(f"{name:12}{row['exact']:9.1%}{row['folded']:10.1%}{row['ms']:9.1f}{row['peak_mib']:8.0f}")
    print(json.dumps(results))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="?", type=Path)
    parser.add_argument("--split", default="val")
    parser.add_argument("--peer", action="append", choices=sorted(PEERS), default=[])
    return parser.parse_args()


def labelled(labels: Path, split: str) -> Iterator[Picture]:
    """Pictures with at least one legible plate."""
    for line in labels.read_text().splitlines():
        entry = json.loads(line)
        texts = tuple(plate["text"] for plate in entry["plates"] if plate["legible"])
        if entry["split"] == split and texts:
            yield Picture(labels.parent / entry["file"], texts)


def simulated(folder: Path) -> Iterator[Picture]:
    """Frames of the demo's clip in which a whole plate is large enough."""
    seen: dict[int, list[str]] = {}
    for vehicle in json.loads((DEMO / "truth.json").read_text())["vehicles"]:
        for frame, *_, share, width in vehicle["frames"]:
            if share > 0.99 and width >= LEAST_PX:
                seen.setdefault(int(frame), []).append(vehicle["plate"])
    with av.open(str(DEMO / "clip.mp4")) as clip:
        for number, frame in enumerate(clip.decode(video=0)):
            if number % EVERY == 0 and number in seen:
                path = folder / f"{number:06d}.png"
                Image.fromarray(frame.to_ndarray(format="gray")).save(path)
                yield Picture(path, tuple(seen[number]))


def python_of(peer: str) -> Path:
    """The peer's own environment, made on its first run."""
    python = LAB / peer / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(LAB / peer)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS[peer]], check=True)
    return python


def run(command: list[str], names: list[str]) -> list[dict[str, object]]:
    """One line a picture, `{"texts", "ms"}`, and a last one `{"peak_mib"}`."""
    one_thread = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    core = str(sorted(os.sched_getaffinity(0))[-1])
    done = subprocess.run(
        ["taskset", "-c", core, *command], input="\n".join(names), capture_output=True, text=True, check=False,
        cwd=ROOT, env=os.environ | one_thread,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{command[-1]} failed: {done.stderr.strip().splitlines()[-1]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def score(pictures: list[Picture], lines: list[dict[str, object]]) -> dict[str, float]:
    *answers, last = lines
    exact = folded = total = 0
    for picture, answer in zip(pictures, answers, strict=True):
        texts = {"".join(filter(str.isalnum, str(text).upper())) for text in answer["texts"]}  # type: ignore[attr-defined]
        loose = {text.translate(FOLD) for text in texts}
        for plate in picture.plates:
            total += 1
            exact += plate in texts
            folded += plate.translate(FOLD) in loose
    times = sorted(float(str(answer["ms"])) for answer in answers)
    return {
        "exact": round(exact / max(total, 1), 4),
        "folded": round(folded / max(total, 1), 4),
        "ms": times[len(times) // 2],
        "peak_mib": float(str(last["peak_mib"])),
    }


if __name__ == "__main__":
    main()
