"""The same targets, guided by coverage: `python -m tests.fuzz.guided record -max_total_time=600` (needs atheris).

The first argument is a file of vectors; what follows goes to libFuzzer. Changed bytes are read as they are.
"""

import sys
import tempfile
from pathlib import Path

import atheris  # only where somebody fuzzes: pip install kirpik[fuzz]

with atheris.instrument_imports(include=["kirpik.wire"]):
    from tests.fuzz.corpus import seeds
    from tests.fuzz.targets import TARGETS, judge


def main() -> None:
    target, originals = TARGETS[sys.argv[1]], {seed.data for seed in seeds()}

    def run(data: bytes) -> None:
        outcome = judge(target, data, may_accept=data in originals or target.accepts(data))
        if outcome.crash or outcome.accepted:
            raise AssertionError(outcome)

    with tempfile.TemporaryDirectory(prefix="kirpik-fuzz-") as folder:
        for number, seed in enumerate(seeds()):
            if seed.file == target.file:
                (Path(folder) / str(number)).write_bytes(seed.data)
        atheris.Setup([sys.argv[0], *sys.argv[2:], folder], run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
