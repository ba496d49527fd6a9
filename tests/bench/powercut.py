"""Cut the power at every step of a unit's life, and every file at every byte: `python -m tests.bench.powercut`.

First an honest card: each step that reaches the disk is cut, and what was not fsynced is kept, lost, reordered, or
there in part, of every length. Then a card that lies: each file of the unit's memory is cut, zeroed or spoiled from
every byte on. After each the unit starts again and goes on. `--every 16` takes only each sixteenth byte.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

from kirpik.wire import packet
from tests.unit.store import test_power
from tests.unit.store.life import born
from tests.unit.store.power import cuts


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.powercut", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="BYTES")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-power-") as folder:
        print(json.dumps({**_honest(Path(folder), options.every), **_lying(Path(folder), options.every)}))


def _honest(folder: Path, every: int) -> dict[str, int]:
    home, first = folder / "life", folder / "born"
    central, sealed = born(first)
    shutil.copytree(first, home)
    disk = test_power.rehearse(home, central)
    all_cuts = cuts(disk.written, disk.steps, lengths=partial(_lengths, every))
    wrong = 0
    for cut in all_cuts:
        shutil.rmtree(home)
        shutil.copytree(first, home)
        wrong += _goes_wrong(str(cut), partial(test_power.cut_and_go_on, home, cut, central.at(home), list(sealed)))
    print(f"honest card: {len(all_cuts)} cuts in {disk.steps} steps, {wrong} of them wrong")
    return {"cuts": len(all_cuts), "cuts_wrong": wrong}


def _lying(folder: Path, every: int) -> dict[str, int]:
    spoiled, wrong = list[int](), 0
    for name, how in product(test_power.SPOILED, ("cut", "zeros", "junk")):
        home = folder / "lying"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        spoil = partial(test_power.spoil_and_go_on, home, name, how, every)
        wrong += _goes_wrong(f"{name} {how}", spoil, spoiled)
    print(f"lying card: {sum(spoiled)} files spoiled, {wrong} kinds of spoiling wrong")
    return {"spoiled": sum(spoiled), "spoiled_wrong": wrong}


def _lengths(every: int, size: int) -> list[int]:
    """Of a file that is being written; a reserve, which is larger than any packet, has nothing in it to be torn."""
    return [0, size] if size > packet.SIZES[-1] else [*range(0, size, every), size]


def _goes_wrong(what: str, do: Callable[[], int | None], counted: list[int] | None = None) -> bool:
    try:
        number = do()
    except AssertionError as error:
        print(f"WRONG {what}: {error}")
        return True
    if counted is not None and number is not None:
        counted.append(number)
    return False


if __name__ == "__main__":
    main()
