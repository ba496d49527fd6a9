"""Promise 2: the reader does not run before a rule is tripped."""

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import kirpik.pipeline
from kirpik.pipeline import Pipeline
from kirpik.values import Reading, Violation
from kirpik.vision.patch import Patch
from kirpik.vision.track import Track
from tests.promises.days import RULE, passes
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.promises.real_unit import RealUnit
from tests.unit.test_pipeline import Reader, Road, frames, site

PROMISE = Promise(2, "The reader does not run before a rule is tripped", remains="")


class ReadsFirst(Pipeline):
    """Reads everybody, and looks at the rules afterwards: what other systems do."""

    def _accuse(self, track: Track) -> list[Violation]:
        self.counts.reader_calls += 1
        self._read_plate(track.patches)
        return super()._accuse(track)


@dataclass
class Seen:
    tracks: int = 0
    suspects: int = 0
    calls: int = 0
    read: int = 0
    """As the reader itself counts."""

    @property
    def kept(self) -> bool:
        return self.read == self.calls == self.suspects < self.tracks


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    rounds = effort.of(3, 60)
    honest, curious = _watch(Pipeline, rounds), _watch(ReadsFirst, 1)
    places = _places_that_read(inspect.getsource(kirpik.pipeline))
    bad = (
        inspect.getsource(kirpik.pipeline) + "\n\ndef peep(self, track):\n    return self._read_plate(track.patches)\n"
    )
    yield Shown(
        "Mixed traffic: the reader is called once for each suspect and for nobody else",
        f"{honest.tracks} vehicles, {honest.suspects} suspects, {honest.read} read; read before suspicion: "
        f"{honest.read - honest.suspects}",
        holds=honest.kept and honest.suspects > 0,
        control="a pipeline that reads each track before it looks at the rules",
        caught=not curious.kept,
    )
    yield Shown(
        "In the source the reader is called in one place, behind the suspicion",
        f"called in: {', '.join(sorted(places))}",
        holds=places == {"_identify"},
        control="one more call, added to the source",
        caught=_places_that_read(bad) != {"_identify"},
    )
    yield _on_pictures(folder, frames=effort.of(120, 600))


def _watch(make: type[Pipeline], rounds: int) -> Seen:
    seen = Seen()
    for number in range(rounds):
        reader = _Counting(seen)
        pipeline = make(site(RULE), Road(passes(5, seed=100 + number, speeds=(30.0, 110.0))), reader)
        for frame in frames():
            pipeline.step(frame)
        pipeline.finish()
        seen.tracks += pipeline.counts.tracks
        seen.suspects += pipeline.counts.suspects
        seen.calls += pipeline.counts.reader_calls
    return seen


class _Counting(Reader):
    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen

    def __call__(self, patches: Sequence[Patch]) -> Reading | None:
        self._seen.read += 1
        return super().__call__(patches)


def _places_that_read(source: str) -> set[str]:
    """Functions that call `_read_plate`."""
    found = set()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
            if any(isinstance(call, ast.Attribute) and call.attr == "_read_plate" for call in calls):
                found.add(function.name)
    return found


def _on_pictures(folder: Path, *, frames: int) -> Shown:
    ran = RealUnit(folder / "unit").run(None, None, frames=frames)
    blind = RealUnit(folder / "curious").run(
        None, None, frames=frames,
        patch="import kirpik.pipeline as p; old = p.Pipeline._accuse\n"
        "def accuse(self, track):\n self.counts.reader_calls += 1; self._read_plate(track.patches)\n"
        " return old(self, track)\np.Pipeline._accuse = accuse",
    )  # fmt: skip
    counts = ran.counts
    return Shown(
        f"kirpikd eye on {frames} rendered frames",
        f"{counts['tracks']} vehicles, {counts['suspects']} suspects, {counts['reader_calls']} read",
        holds=0 < counts["reader_calls"] <= counts["suspects"] < counts["tracks"],
        control="the process reads each track first",
        caught=blind.counts["reader_calls"] > blind.counts["suspects"],
    )


test_suspicion_comes_before_reading = as_test(prove)
