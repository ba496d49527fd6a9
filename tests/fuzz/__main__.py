"""Change vectors at random and read them. Ends with one line of JSON; exit code 1 after a crash or an acceptance."""

import argparse
import json
import sys
import time
from collections import Counter
from random import Random

from tests.fuzz.corpus import seeds
from tests.fuzz.targets import TARGETS, one

SHOWN = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="inputs (default: %(default)s)")
    parser.add_argument("--target", choices=TARGETS, help="one alone")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same inputs, but for seals")
    options = parser.parse_args()
    chance, began_s = Random(options.seed), time.process_time()  # noqa: S311  repeatable
    corpus = [seed for seed in seeds() if options.target in (None, seed.target)]
    refused: dict[str, Counter[str]] = {name: Counter() for name in TARGETS}
    crashes, accepted = list[str](), list[str]()
    for _ in range(options.count):
        seed = chance.choice(corpus)
        data, outcome = one(seed, chance)
        refused[seed.target][outcome.refused or "(may be said)"] += 1
        if outcome.crash:
            crashes.append(f"{seed.target}: {outcome.crash}: {data.hex()[:200]}")
        if outcome.accepted:
            accepted.append(f"{seed.target}: {data.hex()[:200]}")
    for target, names in refused.items():
        print(f"{target:14} {names.total():9,}  " + " ".join(f"{name}={n}" for name, n in names.most_common()))
    for fault in [*crashes[:SHOWN], *accepted[:SHOWN]]:
        print(f"FAULT {fault}")
    met = {name for counted in refused.values() for name in counted} - {"(may be said)"}
    told = {"inputs": options.count, "crashes": len(crashes), "accepted": len(accepted), "refusals_met": len(met)}
    print(json.dumps({**told, "cpu_s": round(time.process_time() - began_s)}))
    return 1 if crashes or accepted else 0


if __name__ == "__main__":
    sys.exit(main())
