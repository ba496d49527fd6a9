from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Table, select, text

from kirpik.errors import ConfigError, StoreError
from kirpik_central.chains import Chain, Place, Step, follow
from kirpik_central.database import check_schema, migrate, open_database
from kirpik_central.ledger import Kept, Ledger
from kirpik_central.rows import insertion, types, unnesting
from kirpik_central.store import Store
from kirpik_central.tables import LEAF, METADATA

UNIT = bytes(16)


def packet(sequence: int, *, link: bytes = b"", previous: bytes = b"", refusal: str | None = None) -> Kept:
    own = link or bytes([sequence]) * 32
    before = previous or bytes([sequence - 1]) * 32
    evidence = None if refusal else b"evidence"
    return Kept(Place(UNIT, 1, sequence), own, before, b"wire", evidence, refusal)


def step(sequence: int) -> Step:
    return Step(sequence, packet(sequence).link, packet(sequence).previous)


@pytest.fixture
def engine(tmp_path: Path, empty_url: str) -> Iterator[Engine]:
    """Of a database without tables."""
    engine = open_database(empty_url, beside=tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path, store_url: str) -> Iterator[Store]:
    engine = open_database(store_url, beside=tmp_path)
    yield Store(engine)
    engine.dispose()


def keep(ledger: Ledger, *packets: Kept) -> None:
    ledger.hold_chains([(UNIT, 1)])
    ledger.keep(packets)


def test_the_migrations_make_the_tables_that_the_code_uses(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_twice_is_harmless(engine: Engine) -> None:
    assert migrate(engine) == migrate(engine)
    check_schema(engine)


def test_packets_of_the_first_schema_become_the_log_s_first_leaves(engine: Engine) -> None:
    migrate(engine, to="0001")
    insert = """
        INSERT INTO packet (unit, epoch, sequence, link, previous, wire, evidence, refusal, received_ms)
        VALUES (:unit, 1, :sequence, :link, :previous, :wire, :evidence, :refusal, 5)"""
    with engine.begin() as connection:
        for each in (packet(1), packet(2, refusal="record"), packet(4)):
            row = {"link": each.link, "previous": each.previous, "evidence": each.evidence, "refusal": each.refusal}
            connection.execute(text(insert), {"unit": UNIT, "sequence": each.place.sequence, "wire": b"wire", **row})
    migrate(engine)
    with Store(engine).writing() as ledger:
        assert ledger.hold_chains([(UNIT, 1)]) == {(UNIT, 1): Chain(0, b"", 4, 1)}
        leaves = ledger._connection.execute(select(LEAF).order_by(LEAF.c.number)).all()
        assert [tuple(row) for row in leaves] == [
            (number, b"\x01" + packet(sequence).link) for number, sequence in enumerate((1, 2, 4))
        ]
        assert ledger.append([b"next"]) == range(3, 4)


def test_a_commit_waits_for_the_disk(store: Store) -> None:
    with store.writing() as ledger:
        ask = ledger._connection.exec_driver_sql
        if ledger._connection.dialect.name == "sqlite":
            assert ask("PRAGMA journal_mode").scalar() == "wal"
            assert ask("PRAGMA synchronous").scalar() == 2
        else:
            assert ask("SHOW synchronous_commit").scalar() == "on"


def test_a_place_that_is_taken_is_shown_with_its_link(store: Store) -> None:
    with store.writing() as ledger:
        keep(ledger, packet(1), packet(3))
        places = [Place(UNIT, 1, sequence) for sequence in (1, 2, 3)]
        assert ledger.past.links_at(places) == {places[0]: packet(1).link, places[2]: packet(3).link}
        assert ledger.past.links_at([]) == {}


def test_packets_get_the_next_numbers_of_the_log(store: Store) -> None:
    for sequences, leaves in (((1, 2), range(2)), ((3,), range(2, 3))):
        with store.writing() as ledger:
            ledger.hold_chains([(UNIT, 1)])
            assert ledger.keep([packet(sequence) for sequence in sequences]) == leaves


def test_chains_are_made_when_they_are_first_held_and_keep_what_is_written(store: Store) -> None:
    grown = Chain(2, b"x" * 32, 4, 1)
    with store.writing() as ledger:
        assert ledger.hold_chains([(UNIT, 1), (UNIT, 2)]) == {(UNIT, 1): Chain(), (UNIT, 2): Chain()}
        ledger.grow_chains({(UNIT, 2): grown})
    with store.writing() as ledger:
        assert ledger.hold_chains([(UNIT, 2)]) == {(UNIT, 2): grown}


def test_stored_packets_come_in_order_from_the_one_that_is_asked_for(store: Store) -> None:
    with store.writing() as ledger:
        keep(ledger, packet(4, refusal="record"), packet(2), packet(3))
        assert [(step.sequence, step.refused) for step in ledger.past.after((UNIT, 1), 2, limit=5)] == [
            (3, False),
            (4, True),
        ]
        assert ledger.past.refused((UNIT, 1), limit=5) == [(4, packet(4).link, "record")]


def test_a_chain_goes_to_the_first_gap() -> None:
    steps = [step(1), step(2), step(4)]
    assert follow(Chain(), steps) == (Chain(2, step(2).link), None)
    assert follow(Chain(2, step(2).link), [step(3), step(4)]) == (Chain(4, step(4).link), None)


def test_a_packet_that_does_not_follow_ends_the_chain_and_is_named() -> None:
    assert follow(Chain(), [step(1), Step(2, b"y" * 32, b"x" * 32)]) == (Chain(1, step(1).link), 2)


def test_a_refused_packet_is_no_case(store: Store) -> None:
    with store.writing() as ledger:
        keep(ledger, packet(1), packet(2, refusal="record"))
        ledger.grow_chains({(UNIT, 1): Chain(2, packet(2).link, 2, 1)})
    assert [(case.place.sequence, case.receipted) for case in store.cases()] == [(1, True)]


def test_a_packet_for_a_place_that_is_taken_is_an_error_and_never_left_out_unnoticed(store: Store) -> None:
    """Whoever stores has looked first; if that ever fails, nobody may be told that the packet is held."""
    with store.writing() as ledger:
        ledger.keep([packet(1)])
    with pytest.raises(StoreError, match="the store cannot be used"), store.writing() as ledger:
        ledger.keep([packet(2), packet(1)])
    assert [case.place.sequence for case in store.cases()] == [1]


def test_an_error_halfway_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as ledger:  # noqa: PT012  the error has to come second
        keep(ledger, packet(1))
        raise RuntimeError("power cut")
    assert store.cases() == []


def test_alarms_and_quarantine_hold_a_thing_once_and_counters_every_time(store: Store) -> None:
    for _ in range(3):
        with store.writing() as ledger:
            ledger.alarm("fork", Place(UNIT, 1, 1), b"x" * 32)
            ledger.quarantine(b"h" * 32, topic="t", reason="r", wire=b"w")
            ledger.count({"r": 2, "a": 1})
    with store.writing() as ledger:
        count = "SELECT (SELECT count(*) FROM alarm), (SELECT count(*) FROM quarantine)"
        assert tuple(ledger._connection.exec_driver_sql(count).one()) == (1, 1)
    assert store.counters() == {"r": 6, "a": 3}


def test_a_store_without_schema_says_which_command_makes_it(engine: Engine) -> None:
    with pytest.raises(StoreError, match="schema version none, expected 0004; run: kirpik-central migrate"):
        check_schema(engine)


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"central\.db: the store cannot be used: unable to open database file$"):
        check_schema(open_database("sqlite:///missing/central.db", beside=tmp_path))


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "central.db").write_bytes(b"not a database, and long enough to be looked at" * 40)
    with pytest.raises(StoreError, match="the store cannot be used: file is not a database"):
        check_schema(open_database("sqlite:///central.db", beside=tmp_path))


def test_a_store_that_another_program_holds_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kirpik_central.database.BUSY_TIMEOUT_S", 0.05)
    engine = open_database("sqlite:///central.db", beside=tmp_path)
    migrate(engine)
    store = Store(engine)
    with store.writing(), pytest.raises(StoreError, match=r"central\.db: the store cannot be used: database is locked"):
        Store(open_database("sqlite:///central.db", beside=tmp_path)).writing().__enter__()


def test_an_url_that_means_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"store\.url: expected sqlite"):
        open_database("central.db", beside=tmp_path)


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_an_insert_names_every_column_but_those_that_count_up(table: Table) -> None:
    given = len(table.columns) - (table.name in ("packet", "alarm", "signature"))
    assert insertion(table).count("?") == unnesting(table).count("%s::") == len(types(table)) == given
