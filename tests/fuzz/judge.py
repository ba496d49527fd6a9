"""What a target is, and how it is judged: changed bytes are refused by name, or taken for a reason that can be told."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kirpik.errors import KirpikError, WireError

SPEC = (Path(__file__).parents[2] / "docs/wire/SPEC.md").read_text(encoding="utf-8")
NAMES = frozenset(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", SPEC[SPEC.index("## 9.") : SPEC.index("## 10.")]))
"""The refusals that the specification knows."""


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    """Of the seeds that belong to it."""
    read: Callable[[bytes], object]
    change: Callable[[bytes, Random], bytes]
    insider: Callable[[bytes, Random], bytes] | None = None
    """Changes what is inside and signs or seals it again, as somebody with the keys could."""
    accepts: Callable[[bytes], bool] = lambda _: False
    """Whether changed bytes may be accepted: unsigned ones in their one form may, signed ones never."""
    sentences: type[KirpikError] | None = None
    """Of a file that people write: the error whose sentence it is refused with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`refused` names the refusal. `accepted` and `crash` are faults: what may be accepted is none of the three."""

    refused: str = ""
    accepted: bool = False
    crash: str = ""


def judge(target: Target, data: bytes, *, may_accept: bool) -> Outcome:
    try:
        target.read(data)
    except WireError as error:
        return Outcome(refused=error.name) if error.name in NAMES else Outcome(crash=f"unknown refusal {error.name}")
    except Exception as error:  # noqa: BLE001  the very thing that is looked for
        if target.sentences is not None and isinstance(error, target.sentences):
            return Outcome(refused=type(error).__name__)
        return Outcome(crash=f"{type(error).__name__}: {error}")
    return Outcome() if may_accept else Outcome(accepted=True)
