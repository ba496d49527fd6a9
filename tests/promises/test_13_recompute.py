"""Promise 13: the accused can recompute the number, from the packet's own track, signature and keys, offline."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from kirpik.errors import KirpikError
from kirpik.wire.evidence_file import encode_evidence
from kirpik_provisioning.verify import examine as looking
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.provisioning import evidence as ev
from tests.unit.provisioning.spoiled import TRUSTED

PROMISE = Promise(13, "The accused can recompute the number", remains="")


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    with _no_network() as tried:
        held = [kind for kind in ev.CASES if looking.examine(encode_evidence(ev.evidence(kind)), TRUSTED).holds]
        forged = [_with_another_speed(change) for change in (1000, -1000, 5000)]
        caught = [not looking.examine(file, TRUSTED).holds for file in forged]
    yield Shown(
        "kirpik verify computes each kind of offence again, without a network",
        f"{len(held)} of {len(ev.CASES)} kinds hold; sockets asked for: {len(tried)}",
        holds=len(held) == len(ev.CASES) and not tried,
        control="a unit that signs a speed 1 or 5 km/h beside its own track",
        caught=all(caught),
    )
    data = encode_evidence(ev.evidence("speeding"))
    places = range(0, len(data), effort.of(101, 11))
    passed = [at for at in places if _holds(_flipped(data, at))]
    yield Shown(
        "One bit of the file is turned over, at one place after another",
        f"{len(places)} files: {len(passed)} of them still held",
        holds=not passed,
        control="the file as it was, which must hold",
        caught=_holds(data),
    )


def _with_another_speed(change_m_per_h: int) -> bytes:
    whole = ev.record("speeding")
    assert whole.speed_m_per_h is not None
    return encode_evidence(ev.evidence(replace(whole, speed_m_per_h=whole.speed_m_per_h + change_m_per_h)))


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _holds(data: bytes) -> bool:
    try:
        return looking.examine(data, TRUSTED).holds
    except KirpikError:
        return False


@contextmanager
def _no_network() -> Iterator[list[object]]:
    """Whoever asks for a socket is written down, and gets none."""
    import socket  # noqa: PLC0415

    tried: list[object] = []

    def refuse(*words: object, **_: object) -> NoReturn:
        tried.append(words)
        raise OSError("no network here")

    before, socket.socket = socket.socket, refuse  # type: ignore[misc,assignment]
    try:
        yield tried
    finally:
        socket.socket = before  # type: ignore[misc]


test_the_accused_can_recompute_the_number = as_test(prove)
