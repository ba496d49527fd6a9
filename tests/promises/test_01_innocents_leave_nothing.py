"""Promise 1: a vehicle that broke no rule leaves no file, log line, packet, counter or timing.

A unit past which innocents drove and one past which nobody drove are compared: every byte on the disk, every line in
the log, every message, its size and its time.
"""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from kirpik.pipeline import Pipeline
from kirpik.vision.track import Track
from kirpik_provisioning.demo import bundled_road
from tests.promises.days import Day, passes
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.promises.real_unit import Ran, RealUnit, innocent_site, stills

PROMISE = Promise(
    1, "A vehicle that broke no rule leaves no file, log line, packet, counter or timing",
    remains="That power and heat of the board tell nothing either. On a board: two days of one weather with a meter in "
    "the supply, and the heartbeat's load and detector_ms held against the count of vehicles (at a constant rate "
    "neither is sent).",
)  # fmt: skip


class LeavesAFile(Pipeline):
    """One number in one file, as somebody might want for statistics."""

    home = Path()

    def _accuse(self, track: Track) -> list:  # type: ignore[type-arg]
        counter = self.home / "passed"
        counter.write_text(str(int(counter.read_text()) + 1 if counter.exists() else 1))
        return super()._accuse(track)


class LeavesALine(Pipeline):
    def _accuse(self, track: Track) -> list:  # type: ignore[type-arg]
        logging.getLogger("kirpik.pipeline").debug("track=%d", track.number)
        return super()._accuse(track)


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    rounds = effort.of(2, 100)
    traffic = [passes(5, seed=number, speeds=(30.0, 68.0)) for number in range(rounds)]
    empty: list[list[object]] = [[] for _ in range(rounds)]
    quiet = Day(folder / "quiet").live(empty)  # type: ignore[arg-type]  # nobody
    day = Day(folder / "busy")
    busy = day.live(traffic)
    tracks = sum(pipeline.counts.tracks for pipeline in day.pipelines)

    LeavesAFile.home = folder / "file"
    by_file = Day(folder / "file", pipeline=LeavesAFile).live(traffic[:1])
    by_line = Day(folder / "line", pipeline=LeavesALine).live(traffic[:1])
    by_word = Day(folder / "word").live(traffic[:1], measures={"load": 5.0})
    yield Shown(
        "Innocents and an empty road leave the same disk, log and traffic",
        f"{tracks} innocent vehicles, {len(quiet.files)} files, {len(quiet.traffic)} messages: "
        f"{len(busy.differs_from(quiet))} differences",
        holds=not busy.differs_from(quiet) and tracks > 2 * rounds,
        control="a count in a file; a line in the log; a number in the heartbeat that rises with traffic",
        caught=by_file.differs_from(quiet)[:1] == ["files"]
        and "log" in by_line.differs_from(quiet)
        and "words" in by_word.differs_from(quiet),
    )
    yield _with_pictures(folder / "pictures", frames=effort.of(120, 600))


def _with_pictures(folder: Path, *, frames: int) -> Shown:
    """The same with real networks, processes and a rendered road, on which the limit is one that nobody breaks."""
    folder.mkdir()
    unit = RealUnit(folder / "card")
    site, road = innocent_site(folder), folder / "road.mp4"
    shutil.copy(bundled_road().source, road)  # without the table of its signals, which this site has not
    empty = unit.copy("empty").run(stills(folder / "still", count=frames), site, frozen_clock=True)
    busy = unit.copy("busy").run(road, site, frozen_clock=True, frames=frames)
    leaky = unit.copy("leaky").run(
        road, site, frozen_clock=True, frames=frames,
        patch="import kirpik.pipeline as p; old = p.Pipeline._accuse\n"
        "def accuse(self, track):\n open('state/ledger/seen', 'a').write('x'); return old(self, track)\n"
        "p.Pipeline._accuse = accuse",
    )  # fmt: skip
    assert busy.counts["tracks"] > frames / 120, busy.counts
    return Shown(
        f"kirpikd eye with real networks: {frames} frames of innocents and {frames} of an empty road",
        f"{busy.counts['tracks']} vehicles followed, {busy.counts['reader_calls']} read; "
        f"files that differ: {len(_differing(empty, busy))} of {len(empty.files)}; output differs: "
        f"{empty.said != busy.said}",
        holds=not _differing(empty, busy) and empty.said == busy.said and busy.counts["reader_calls"] == 0,
        control="the process appends one byte a vehicle to a file",
        caught=_differing(empty, leaky) == ["fleet/unit/state/ledger/seen"],
    )


def _differing(one: Ran, other: Ran) -> list[str]:
    """But for the unit's settings, which we wrote ourselves: they name the road that it was shown."""
    names = sorted((one.files.keys() | other.files.keys()) - {"fleet/unit/kirpik.toml"})
    return [name for name in names if one.files.get(name) != other.files.get(name)]


test_innocents_leave_nothing = as_test(prove)
