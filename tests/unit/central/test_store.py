from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from kirpik.errors import ConfigError, StoreError
from kirpik_central.database import check_schema, migrate, open_database
from kirpik_central.ledger import Chain, Kept, Place, _insert_unless_there
from kirpik_central.store import Store
from kirpik_central.tables import METADATA

UNIT = bytes(16)


def packet(sequence: int, *, link: bytes = b"", previous: bytes = b"", refusal: str | None = None) -> Kept:
    own = link or bytes([sequence]) * 32
    before = previous or bytes([sequence - 1]) * 32
    evidence = None if refusal else b"evidence"
    return Kept(Place(UNIT, 1, sequence), own, before, b"wire", evidence, refusal)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    engine = open_database("sqlite:///central.db", beside=tmp_path)
    migrate(engine)
    return Store(engine)


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    engine = open_database("sqlite:///central.db", beside=tmp_path)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_twice_is_harmless(tmp_path: Path) -> None:
    engine = open_database("sqlite:///central.db", beside=tmp_path)
    assert migrate(engine) == migrate(engine)
    check_schema(engine)


def test_a_commit_waits_for_the_disk(store: Store) -> None:
    with store.writing() as ledger:
        pragma = ledger._connection.exec_driver_sql
        assert pragma("PRAGMA journal_mode").scalar() == "wal"
        assert pragma("PRAGMA synchronous").scalar() == 2


def test_the_same_packet_is_stored_once(store: Store) -> None:
    for is_new in (True, False):
        with store.writing() as ledger:
            assert ledger.keep(packet(1)) == is_new
    assert len(store.cases()) == 1


def test_the_first_packet_at_a_place_stays_and_another_is_shown_its_link(store: Store) -> None:
    with store.writing() as ledger:
        ledger.keep(packet(1))
        assert not ledger.keep(packet(1, link=b"x" * 32))
        assert ledger.link_at(Place(UNIT, 1, 1)) == packet(1).link


def test_the_chain_goes_to_the_first_gap_and_on_when_it_is_filled(store: Store) -> None:
    with store.writing() as ledger:
        ledger.keep(packet(1))
        ledger.keep(packet(2))
        ledger.keep(packet(4))
        assert ledger.advance(UNIT, 1) == (Chain(2, packet(2).link), None)
        assert ledger.beyond(UNIT, 1, 2, limit=10) == [(4, packet(4).link)]
    with store.writing() as ledger:
        ledger.keep(packet(3))
        assert ledger.advance(UNIT, 1) == (Chain(4, packet(4).link), None)


def test_a_packet_that_does_not_follow_stops_the_chain_and_is_named(store: Store) -> None:
    with store.writing() as ledger:
        ledger.keep(packet(1))
        ledger.keep(packet(2, previous=b"x" * 32))
        assert ledger.advance(UNIT, 1) == (Chain(1, packet(1).link), 2)


def test_a_refused_packet_carries_the_chain_but_is_no_case(store: Store) -> None:
    with store.writing() as ledger:
        ledger.keep(packet(1))
        ledger.keep(packet(2, refusal="record"))
        assert ledger.advance(UNIT, 1)[0].up_to == 2
        assert ledger.refused(UNIT, 1, limit=5) == [(2, packet(2).link, "record")]
    assert [(case.place.sequence, case.receipted) for case in store.cases()] == [(1, True)]


def test_an_error_halfway_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as ledger:  # noqa: PT012  the error has to come second
        ledger.keep(packet(1))
        raise RuntimeError("power cut")
    assert store.cases() == []


def test_alarms_and_quarantine_hold_a_thing_once_and_counters_every_time(store: Store) -> None:
    for _ in range(3):
        with store.writing() as ledger:
            ledger.alarm("fork", Place(UNIT, 1, 1), b"x" * 32)
            ledger.quarantine(b"h" * 32, topic="t", reason="r", wire=b"w")
            ledger.count("r")
    with store.writing() as ledger:
        count = "SELECT (SELECT count(*) FROM alarm), (SELECT count(*) FROM quarantine)"
        assert tuple(ledger._connection.exec_driver_sql(count).one()) == (1, 1)
    assert store.counters() == {"r": 3}


def test_a_store_without_schema_says_which_command_makes_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="schema version none, expected 0001; run: kirpik-central migrate"):
        check_schema(open_database("sqlite:///central.db", beside=tmp_path))


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
def test_every_insert_and_table_can_be_said_to_postgresql(table: Table) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # a class, in truth
    assert "ON CONFLICT DO NOTHING" in str(_insert_unless_there(table, "postgresql").compile(dialect=dialect))
    assert "AUTOINCREMENT" not in str(CreateTable(table).compile(dialect=dialect))
