"""Ten million: each target in turn, guided and at random, with a log that is gone on with after a break.

`python -m tests.fuzz.campaign --home FOLDER [TARGET…] [--share 0.1]` (needs atheris). In FOLDER lie a line of JSON for
what is through, all that was found on the way, and the input of a crash. `--table` prints what the log holds.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

RUNS = {
    "desk": (15_000, 5_000), "citizen": (15_000, 5_000), "pictures": (60_000, 40_000), "frames": (60_000, 40_000),
    "settings": (60_000, 40_000), "site": (60_000, 30_000), "signals": (100_000, 100_000), "packet": (150_000, 100_000),
    "kinds": (150_000, 100_000), "orders": (150_000, 100_000), "receipt": (150_000, 150_000),
    "enrolment": (150_000, 150_000), "documents": (150_000, 150_000), "results": (150_000, 200_000),
    "tlog": (150_000, 200_000), "evidence_file": (150_000, 200_000), "evidence": (150_000, 300_000),
    "record": (125_000, 300_000), "parts": (250_000, 1_200_000), "health": (300_000, 1_500_000),
    "topics": (250_000, 1_500_000), "cbor": (1_200_000, 1_500_000),
}  # fmt: skip
"""Inputs of each target, guided by coverage and changed at random: more than ten million, slow readers fewer of them.
What is changed at random is signed and sealed again now and then, so that it comes behind the signatures."""
DONE = re.compile(r"^Done (\d+) runs? in", re.MULTILINE)
PULSE = re.compile(r"^#(\d+)\t", re.MULTILINE)
SLOWEST_S, LARGEST_MIB = 60, 4096
"""An input that takes longer or more is a finding too."""


@dataclass(frozen=True, slots=True)
class Ran:
    target: str
    way: str
    """guided or random"""
    executions: int
    cpu_s: float
    faults: int
    said: str = ""
    """The end of what was said, of a fault."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.campaign", description=__doc__)
    parser.add_argument("targets", metavar="TARGET", nargs="*", help="none means all, first at random, which is quick")
    parser.add_argument("--home", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--share", type=float, default=1.0, help="of each target's inputs (default: %(default)s)")
    parser.add_argument("--table", action="store_true", help="only print what the log holds")
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    log = options.home / "log.ndjson"
    done = read(log)
    for way, target in [] if options.table else product(("random", "guided"), options.targets or RUNS):
        wanted = round(RUNS[target][list(WAYS).index(way)] * options.share)
        missing = wanted - sum(ran.executions for ran in done if (ran.target, ran.way) == (target, way))
        if missing > 0:
            done.append(WAYS[way](target, missing, options.home, len(done) + 1))
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(done[-1])) + "\n")
    print(table(done))
    return 1 if any(ran.faults for ran in done) else 0


def read(log: Path) -> list[Ran]:
    """What is through, in the order in which it was."""
    if not log.exists():
        return []
    return [Ran(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]


def guided(target: str, runs: int, home: Path, seed: int) -> Ran:
    """A process of its own: libFuzzer ends with it. What it found stays for the next campaign."""
    corpus = home / target
    corpus.mkdir(exist_ok=True)
    limits = [
        f"-runs={runs}",
        f"-seed={seed}",
        f"-timeout={SLOWEST_S}",
        f"-rss_limit_mb={LARGEST_MIB}",
        f"-artifact_prefix={home}/",
    ]
    said, fault, cpu_s = _run(["tests.fuzz.guided", target, *limits, str(corpus)], home / f"{target}.guided.log")
    return Ran(target, "guided", executed(said), cpu_s, int(fault), said[-2000:] if fault else "")


def at_random(target: str, runs: int, home: Path, seed: int) -> Ran:
    words = ["tests.fuzz", "--target", target, "--count", str(runs), "--seed", str(seed)]
    said, fault, cpu_s = _run(words, home / f"{target}.random.log")
    told = json.loads(said.splitlines()[-1])
    faults = int(told["crashes"] + told["accepted"])
    return Ran(target, "random", int(told["inputs"]), cpu_s, faults, said[-2000:] if fault else "")


WAYS: dict[str, Callable[[str, int, Path, int], Ran]] = {"guided": guided, "random": at_random}


def _run(words: list[str], log: Path) -> tuple[str, bool, float]:
    """What was said, whether it ended with a fault, and its processor time."""
    before_s = _children_s()
    with log.open("w", encoding="utf-8") as said:
        ended = subprocess.run([sys.executable, "-m", *words], stdout=said, stderr=subprocess.STDOUT, check=False)
    text = log.read_text(encoding="utf-8", errors="replace")
    return text, ended.returncode != 0, _children_s() - before_s


def executed(said: str) -> int:
    """By libFuzzer's own count: the last that it told."""
    counts = [int(count) for count in DONE.findall(said) or PULSE.findall(said)]
    return counts[-1] if counts else 0


def table(done: list[Ran]) -> str:
    """A row for each target; rates are those of a processor's second."""
    rows = []
    for target in dict.fromkeys(ran.target for ran in done):
        of = [ran for ran in done if ran.target == target]
        rows.append(f"| `{target}` | {' | '.join(_cell(of, way) for way in WAYS)} | {sum(ran.faults for ran in of)} |")
    sums = [f"{sum(ran.executions for ran in done if ran.way == way):,}" for way in WAYS]
    rows.append(
        f"| {sum(ran.executions for ran in done):,} together | {' | '.join(sums)} | {sum(r.faults for r in done)} |"
    )
    return "\n".join(["| target | guided | at random | faults |", "| --- | --- | --- | --- |", *rows])


def _cell(of: list[Ran], way: str) -> str:
    executions = sum(ran.executions for ran in of if ran.way == way)
    cpu_s = sum(ran.cpu_s for ran in of if ran.way == way)
    return f"{executions:,} ({executions / max(cpu_s, 0.01):,.0f}/s)" if executions else ""


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system


if __name__ == "__main__":
    sys.exit(main())
