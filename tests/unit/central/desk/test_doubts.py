"""What speaks against a case is found before the officer looks, the gravest first."""

from dataclasses import replace

import msgspec
import pytest

from kirpik.wire import packet
from kirpik_central.case import Opened, Signal, open_case
from kirpik_central.chains import Place
from kirpik_central.desk.doubts import doubts, unevenness_m
from kirpik_central.desk.standing import Standing
from kirpik_central.store import Case
from tests.desk import Stage
from tests.unit.provisioning import evidence
from tests.unit.wire.samples import UNIT_KEY

GOOD = Standing(signature=True, key=True, revoked=False, chain=True, fork=False, log=True)
KINDS = tuple(evidence.CASES)


def opened(kind: str, **changes: object) -> Opened:
    file = evidence.evidence(kind)
    told = file.packet[: packet.HEADER_BYTES] + file.inner
    case = Case(1, Place(b"u" * 16, 7, 5), b"l" * 32, told, 1_790_000_060_000, receipted=True)
    made = open_case(case, UNIT_KEY.public)
    assert made is not None
    return msgspec.structs.replace(made, clock_source="network", **changes)


def codes(case: Opened, standing: Standing = GOOD) -> list[str]:
    return [doubt.code for doubt in doubts(case, standing)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_case_of_every_kind_raises_none(kind: str) -> None:
    assert codes(opened(kind)) == []


SPEEDING: list[tuple[str, dict[str, object]]] = [
    ("letter", {"char_confidence": [0.999] * 7 + [0.93]}),
    ("implausible", {"speed_kmh": 233.0}),
    ("wide", {"uncertainty_kmh": 2.4}),
    ("no_excess", {"charged_kmh": 60.0}),
    ("just_above", {"charged_kmh": 70.0}),
    ("clock", {"clock_source": "unsynchronised"}),
    ("clock_error", {"clock_error_us": 250_000}),
    ("late", {"received_utc_ms": 1_790_000_060_000 + 8 * 86_400_000}),
]


@pytest.mark.parametrize(("code", "changes"), SPEEDING, ids=[code for code, _ in SPEEDING])
def test_each_weakness_of_a_speeding_case_is_named(code: str, changes: dict[str, object]) -> None:
    assert codes(msgspec.structs.replace(opened("speeding"), **changes)) == [code]


@pytest.mark.parametrize(
    ("code", "signals"),
    [
        ("no_signal", []),
        ("not_red", [Signal(t_s=-2.0, signal="A", phase="green")]),
        ("just_red", [Signal(t_s=-0.6, signal="A", phase="red")]),
    ],
)
def test_each_weakness_of_the_signal_is_named(code: str, signals: list[Signal]) -> None:
    assert codes(opened("red_light", signals=signals)) == [code]


def test_what_the_central_knows_of_the_unit_comes_first() -> None:
    weak = replace(GOOD, revoked=True, fork=True, chain=False)
    assert codes(opened("speeding", uncertainty_kmh=2.4), weak) == ["unit_revoked", "unit_fork", "chain_gap", "wide"]


def test_a_track_that_jumps_is_uneven_and_a_short_one_is_short() -> None:
    case = opened("speeding")
    middle = len(case.track) // 2
    x, y = case.track[middle].foot_m or (0.0, 0.0)
    jumped = [*case.track]
    jumped[middle] = msgspec.structs.replace(jumped[middle], foot_m=(x, y + 3.0))
    assert unevenness_m(case) < 0.5
    assert codes(msgspec.structs.replace(case, track=jumped)) == ["uneven"]
    assert "few_frames" in codes(msgspec.structs.replace(case, track=case.track[:8]))


def test_a_record_that_was_altered_in_the_store_is_shown_as_broken(stage: Stage) -> None:
    from sqlalchemy import update  # noqa: PLC0415

    from kirpik_central.tables import PACKET  # noqa: PLC0415

    (leaf,) = stage.receive(evidence.record("speeding"))
    file = stage.store.read(lambda c: stage.archive.load(c, leaf))
    assert file is not None
    assert file.opened is not None
    evidence_bytes = stage.store.cases()[0].evidence
    spoiled = evidence_bytes[:-1] + bytes([evidence_bytes[-1] ^ 1])
    stage.store.write(lambda c: c.execute(update(PACKET).values(evidence=spoiled)))
    broken = stage.store.read(lambda c: stage.archive.load(c, leaf))
    assert broken is not None
    assert broken.opened is None
    assert not broken.standing.signature


def test_a_case_number_cannot_be_guessed_from_another(stage: Stage) -> None:
    one, two = stage.receive(evidence.record("speeding"), evidence.record("speeding"))
    numbers = [stage.store.read(lambda c, leaf=leaf: stage.archive.load(c, leaf)) for leaf in (one, two)]  # type: ignore[misc]
    first, second = (file.number.partition("-")[2] for file in numbers if file is not None)
    assert first != second
    assert len(first.replace("-", "")) == 8
