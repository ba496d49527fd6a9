"""Real chrony keeps a real kernel's clock, and the unit reads how well: `python -m tests.pi.clock`.

The clock of this machine is nobody's to play with: User-Mode Linux is a kernel of its own, in a process. In it are two
chronyd of Debian's, a server and a keeper with Debian's own settings. Root; half a minute. Prints one JSON line.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.arm.cache import ROOT, Apt
from tests.pi.root import NoRootError, cache_folder, made_once

INIT = Path(__file__).parent / "inside" / "clock_trial.py"
PATIENCE_S = 180


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if os.geteuid() != 0:
        sys.exit("tests.pi.clock: root alone can start a kernel here")
    try:
        programs = made_once(cache_folder() / "chrony-uml", _fetch)
    except NoRootError as error:
        sys.exit(f"tests.pi.clock: {error}")
    told = _boot(programs)
    print(json.dumps(told))
    sys.exit(0 if _holds(told) else 1)


def _fetch(partial: Path) -> None:
    apt = Apt(partial / "apt", "amd64", ("bookworm",), Path("/var/lib/dpkg/status"))
    for deb in apt.fetch("chrony", "user-mode-linux"):
        subprocess.run(["dpkg", "-x", deb, partial], check=True)
    shutil.rmtree(partial / "apt")


def _boot(programs: Path) -> dict[str, dict[str, float]]:
    """This machine's files, for reading alone, under another kernel."""
    words = [
        str(programs / "usr/bin/linux.uml"), "mem=256M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
        "con=null", "con0=null,fd:1", "quiet", f"init={sys.executable}", "--", "-B", str(INIT), str(programs),
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE_S, cwd=ROOT)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        sys.exit(f"tests.pi.clock: {(done.stdout + done.stderr)[-1500:]}")
    told: dict[str, dict[str, float]] = json.loads(lines[-1])
    return told


def _holds(told: dict[str, dict[str, float]]) -> bool:
    kept = all(told[name]["kept"] and told[name]["error_us"] < 1_000_000 for name in ("rtcsync", "without_rtcsync"))
    lost = not any(told[name]["kept"] for name in ("before", "set_by_hand"))
    return kept and lost and 400 < told["keeper_gone"]["growth_ppm"] < 600


if __name__ == "__main__":
    main()
