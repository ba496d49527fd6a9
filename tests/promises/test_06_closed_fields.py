"""Promise 6: a closed list of fields. No name, face, make or colour can be encoded or decoded, anywhere on the wire."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from kirpik.errors import WireError
from kirpik.wire import cbor, health, record
from kirpik.wire.record import decode_payload, encode_record
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.wire.samples import RECORD

PROMISE = Promise(6, "Closed field list: no name, face, make, colour", remains="")
TEMPTING = ("name", "face", "make", "colour", "driver", "passengers", "picture", "plate_2", "wanted")


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    tries = effort.of(1500, 100_000)
    let_in = _fuzz(tries, seed=6)
    altered = cbor.decode(encode_record(RECORD))
    with _one_field_more():
        widened = _let_in(altered | {99: "blue"})  # type: ignore[operator]  # it is a map
    yield Shown(
        "A record with anything added, at any depth, is refused",
        f"{tries} altered records: {let_in} with an unknown field let in",
        holds=let_in == 0,
        control="a decoder that knows one field more: colour",
        caught=widened,
    )
    names = {name for name, _ in record.ALLOWED.values()}
    said = _let_into_health(effort.of(500, 20_000))
    yield Shown(
        "The record has the fields that are published, the heartbeat none but its numbers",
        f"{len(names)} fields of a record, {len(health.FIELDS)} numbers of a heartbeat; foreign ones let in: {said}",
        holds=said == 0 and not names & set(TEMPTING),
        control="a heartbeat's list with one name more: plate",
        caught=_let_into_health(50, more="plate") > 0,
    )


def _fuzz(tries: int, *, seed: int) -> int:
    chance = Random(seed)  # noqa: S311  repeatable
    whole = cbor.decode(encode_record(RECORD))
    assert isinstance(whole, dict)
    let_in = 0
    for _ in range(tries):
        let_in += _let_in(_with_something_more(whole, chance))
    return let_in


def _let_in(values: dict[Any, Any]) -> bool:
    try:
        decode_payload(cbor.encode(values))
    except WireError:
        return False
    return True


def _with_something_more(values: Mapping[Any, Any], chance: Random) -> dict[Any, Any]:
    """A copy into which a key was put that is on no list, somewhere."""
    altered = dict(values)
    nested = [key for key, value in altered.items() if isinstance(value, dict)]
    if nested and chance.random() < 0.4:
        key = chance.choice(nested)
        altered[key] = _with_something_more(altered[key], chance)
        return altered
    key = chance.choice([99, 33, -1, 2**40, *TEMPTING])
    altered[key] = chance.choice(["blue", 1, b"\xff\xd8\xff", True, None, ["x"], {1: 2}])
    return altered


@contextmanager
def _one_field_more() -> Iterator[None]:
    before = dict(record.ALLOWED)
    record.ALLOWED[99] = ("colour", lambda _name, value: value)
    whole, record.Record = record.Record, dict  # type: ignore[misc,assignment]  # takes any field
    try:
        yield
    finally:
        record.ALLOWED.clear()
        record.ALLOWED.update(before)
        record.Record = whole  # type: ignore[misc]


def _let_into_health(tries: int, *, more: str | None = None) -> int:
    chance = Random(8)  # noqa: S311  repeatable
    before, let_in = health.FIELDS, 0
    if more is not None:
        health.FIELDS = {**before, more: 1}
    try:
        for _ in range(tries):
            name = chance.choice([more or "plates", *TEMPTING, "violations", "suspects", "tracks", "", "fps ", "FPS"])
            try:
                health.encode_health({"fps": 30.0, name: 1})
            except WireError:
                continue
            let_in += 1
    finally:
        health.FIELDS = before
    return let_in


test_the_list_of_fields_is_closed = as_test(prove)
