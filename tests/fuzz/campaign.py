"""Ten million: each target in turn, guided by coverage, with a log that is gone on with after a break.

`python -m tests.fuzz.campaign --home FOLDER [TARGET…] [--share 0.1]` (needs atheris). In FOLDER lie a line of JSON for
each target that is through, what was found on the way, and the input of a crash. `--table` prints what the log holds.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

RUNS = {
    "cbor": 1_200_000, "record": 900_000, "health": 900_000, "topics": 900_000, "parts": 700_000, "receipt": 600_000,
    "results": 600_000, "enrolment": 500_000, "orders": 500_000, "documents": 500_000, "tlog": 500_000,
    "evidence_file": 500_000, "packet": 500_000, "kinds": 500_000, "evidence": 400_000, "signals": 400_000,
    "site": 250_000, "settings": 250_000, "frames": 250_000, "pictures": 250_000, "citizen": 30_000, "desk": 30_000,
}  # fmt: skip
"""Inputs a target, together more than ten million; slow readers get fewer."""
DONE = re.compile(r"^(?:Done (\d+) runs? in|stat::number_of_executed_units: (\d+))", re.MULTILINE)
PULSE = re.compile(r"^#(\d+)\t", re.MULTILINE)
SLOWEST_S, LARGEST_MIB = 60, 4096
"""An input that takes longer or more is a finding too."""


@dataclass(frozen=True, slots=True)
class Ran:
    target: str
    executions: int
    cpu_s: float
    crashes: int
    said: str = ""
    """The end of what was said, of a crash."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.campaign", description=__doc__)
    parser.add_argument("targets", metavar="TARGET", nargs="*", help="none means all, the quick ones first")
    parser.add_argument("--home", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--share", type=float, default=1.0, help="of each target's inputs (default: %(default)s)")
    parser.add_argument("--table", action="store_true", help="only print what the log holds")
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    log = options.home / "log.ndjson"
    done = read(log)
    if not options.table:
        for target in [target for target in options.targets or RUNS if target not in {ran.target for ran in done}]:
            ran = fuzz(target, round(RUNS[target] * options.share), options.home)
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(ran)) + "\n")
            done.append(ran)
    print(table(done))
    return 1 if any(ran.crashes for ran in done) else 0


def read(log: Path) -> list[Ran]:
    """Targets that are through, in the order in which they were."""
    if not log.exists():
        return []
    return [Ran(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]


def fuzz(target: str, runs: int, home: Path) -> Ran:
    """A process of its own: libFuzzer ends with it."""
    corpus = home / target
    corpus.mkdir(exist_ok=True)
    limits = [f"-runs={runs}", f"-timeout={SLOWEST_S}", f"-rss_limit_mb={LARGEST_MIB}", f"-artifact_prefix={home}/"]
    command = [sys.executable, "-m", "tests.fuzz.guided", target, *limits, "-print_final_stats=1", str(corpus)]
    before_s = _children_s()
    with (home / f"{target}.log").open("w", encoding="utf-8") as said:
        ended = subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, check=False)
    text = (home / f"{target}.log").read_text(encoding="utf-8", errors="replace")
    end = "" if ended.returncode == 0 else text[-2000:]
    return Ran(target, executed(text), _children_s() - before_s, int(ended.returncode != 0), end)


def executed(said: str) -> int:
    """By libFuzzer's own count: the last that it told."""
    counts = [int(one or other) for one, other in DONE.findall(said)] or [int(one) for one in PULSE.findall(said)]
    return counts[-1] if counts else 0


def table(done: list[Ran]) -> str:
    rows = [
        f"| `{r.target}` | {r.executions:,} | {r.executions / max(r.cpu_s, 0.01):,.0f} | {r.crashes} |" for r in done
    ]
    total = f"| together | {sum(r.executions for r in done):,} | | {sum(r.crashes for r in done)} |"
    return "\n".join(["| target | executions | a CPU second | crashes |", "| --- | --- | --- | --- |", *rows, total])


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system


if __name__ == "__main__":
    sys.exit(main())
