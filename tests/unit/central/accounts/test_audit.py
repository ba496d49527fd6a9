"""Nobody edits the audit log: the database refuses, and where somebody owns the database, the log tells."""

import pytest
from sqlalchemy import delete, select, update

from kirpik.errors import ConfigError, StoreError
from kirpik_central.accounts import audit
from kirpik_central.accounts.audit import Act
from kirpik_central.accounts.command import check, manage, told
from kirpik_central.accounts.tables import AUDIT
from kirpik_central.tables import DECISION
from tests.desk import Stage
from tests.passkey import ORIGIN


def note(stage: Stage, act: str, *, account: str = "A") -> int:
    return stage.store.write(lambda c: audit.note(c, Act(account=account, act=act, subject="7", note="n")))


def lift_the_guard(stage: Stage) -> None:
    """What only the owner of the database can do."""
    if stage.engine.dialect.name == "postgresql":
        stage.store.write(lambda c: c.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER"))
    else:
        for verb in ("update", "delete"):
            stage.store.write(lambda c, v=verb: c.exec_driver_sql(f"DROP TRIGGER audit_no_{v}"))  # type: ignore[misc]


def put_back(stage: Stage) -> None:
    if stage.engine.dialect.name == "postgresql":
        stage.store.write(lambda c: c.exec_driver_sql("ALTER TABLE audit ENABLE TRIGGER USER"))


def test_entries_are_listed_newest_first_and_by_whom_and_what(stage: Stage) -> None:
    note(stage, "login")
    note(stage, "taken", account="B")
    note(stage, "taken")
    acts = stage.store.read(audit.newest)
    assert [(one.account, one.act) for one in acts] == [("A", "taken"), ("B", "taken"), ("A", "login")]
    assert len(stage.store.read(lambda c: audit.newest(c, account="A", act="taken"))) == 1
    assert [one.act for one in stage.store.read(lambda c: audit.newest(c, before=acts[1].leaf))] == ["login"]


@pytest.mark.parametrize("table", [AUDIT, DECISION], ids=lambda table: table.name)
def test_the_database_refuses_to_change_or_delete_an_entry(stage: Stage, table: object) -> None:
    note(stage, "login")
    if table is DECISION:
        from tests.unit.central.desk.test_deciding import held, say, sign  # noqa: PLC0415
        from tests.unit.central.packets import SPEEDING  # noqa: PLC0415

        (leaf,) = stage.receive(SPEEDING)
        stage.person("B", "officer")
        held(stage, "B", leaf)
        say(stage, "B", leaf, "confirm")
        sign(stage, "B")
    for change in (update(table).values(leaf=99), delete(table)):  # type: ignore[arg-type]
        with pytest.raises(StoreError, match="append-only"):
            stage.store.write(lambda c, change=change: c.execute(change))  # type: ignore[misc]


def test_an_altered_or_a_missing_entry_is_found(stage: Stage) -> None:
    first, second, third = (note(stage, act) for act in ("login", "taken", "logout"))
    assert stage.store.read(lambda c: list(audit.altered(c))) == []
    lift_the_guard(stage)
    try:
        stage.store.write(lambda c: c.execute(update(AUDIT).where(AUDIT.c.leaf == first).values(account="B")))
        stage.store.write(lambda c: c.execute(delete(AUDIT).where(AUDIT.c.leaf == second)))
        assert stage.store.read(lambda c: list(audit.altered(c))) == [first, second]
        with pytest.raises(StoreError, match=f"altered at {first}, {second} of the log"):
            list(check(stage.store))
    finally:
        put_back(stage)
    assert third == stage.store.read(lambda c: c.execute(select(AUDIT.c.leaf).order_by(AUDIT.c.leaf.desc())).scalar())


def test_people_are_managed_at_the_server_and_each_act_is_noted(stage: Stage) -> None:
    link, _ = manage(stage.store, ORIGIN, "add", "A", "officer")
    assert link.startswith(f"{ORIGIN}/enrol/")
    manage(stage.store, ORIGIN, "lock", "A", None)
    assert manage(stage.store, ORIGIN, "list", "", None) == ["A\tofficer\tlocked"]
    manage(stage.store, ORIGIN, "unlock", "A", None)
    manage(stage.store, ORIGIN, "role", "A", "auditor")
    manage(stage.store, ORIGIN, "invite", "A", None)
    assert manage(stage.store, ORIGIN, "list", "", None) == ["A\tauditor\topen"]
    acts = [one.act for one in stage.store.read(audit.newest)]
    assert acts == ["user-invited", "role-given", "user-unlocked", "user-locked", "user-added"]
    assert len(list(told(stage.store))) == 5
    assert list(check(stage.store)) == ["audit log whole; decisions without a passkey's signature: 0"]


@pytest.mark.parametrize(
    ("action", "name", "role", "why"),
    [
        ("add", "", "officer", "expected a name"),
        ("add", "A", None, "expected a --role"),
        ("lock", "A", "officer", "expected no --role"),
    ],
)
def test_a_command_that_lacks_something_says_what(stage: Stage, action: str, name: str, role: None, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        manage(stage.store, ORIGIN, action, name, role)
    with pytest.raises(StoreError, match="nobody has this name"):
        manage(stage.store, ORIGIN, "lock", "Nobody", None)
