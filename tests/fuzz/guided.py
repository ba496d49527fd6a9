"""The same targets, guided by coverage: `python -m tests.fuzz.guided record -runs=100000` (needs atheris).

The first argument is a target; what follows goes to libFuzzer, which may also be given a folder that it keeps its
findings in. Changed bytes are read as they are.
"""

import sys
import tempfile
from pathlib import Path

import atheris  # only where somebody fuzzes: pip install kirpik[fuzz]

PARSERS = [
    "kirpik.wire", "kirpik.trust", "kirpik.site", "kirpik.config", "kirpik.adapters", "kirpik.toml_lines",
    "kirpik_models.stills", "kirpik_central.web", "kirpik_central.desk", "kirpik_central.accounts", "tomllib",
]  # fmt: skip

with atheris.instrument_imports(include=PARSERS):
    from tests.fuzz.corpus import seeds
    from tests.fuzz.judge import judge
    from tests.fuzz.targets import ORIGINALS, TARGETS


def main() -> None:
    target = TARGETS[sys.argv[1]]

    def run(data: bytes) -> None:
        outcome = judge(target, data, may_accept=data in ORIGINALS or target.accepts(data))
        if outcome.crash or outcome.accepted:
            raise AssertionError(outcome)

    with tempfile.TemporaryDirectory(prefix="kirpik-fuzz-") as folder:
        for number, seed in enumerate(seeds()):
            if seed.target == target.name:
                (Path(folder) / str(number)).write_bytes(seed.data)
        atheris.Setup([sys.argv[0], *sys.argv[2:], folder], run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
