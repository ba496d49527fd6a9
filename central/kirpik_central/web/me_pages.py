"""Everybody's own page: passkeys, what he decided, and how the control cases went."""

from sqlalchemy import Connection, select

from kirpik_central.accounts import passkeys
from kirpik_central.accounts.passkeys import PasskeyError
from kirpik_central.desk import control
from kirpik_central.tables import DECISION
from kirpik_central.web.ask import Ask, Data, Go, Page, Reply
from kirpik_central.web.login_pages import MAX_LABEL
from kirpik_central.web.office import EVERY_ROLE, Office, note
from kirpik_central.web.site import Route, roles

SHOWN = 50


def me(office: Office, ask: Ask) -> Reply:
    return Page("me.html", _values(office, ask, ""))


def options(office: Office, ask: Ask) -> Reply:
    asked = office.write(lambda connection: office.passkeys.ask_to_register(connection, ask.name))
    return Data(asked.encode(), "application/json")


def add_passkey(office: Office, ask: Ask) -> Reply:
    answer, label = ask.form.get("answer", ""), ask.text("label", most=MAX_LABEL) or "2"

    def register(connection: Connection) -> None:
        office.passkeys.register(connection, ask.name, answer, label)
        note(connection, ask, "passkey-added", label)

    try:
        office.write(register)
    except PasskeyError:
        return Page("me.html", _values(office, ask, "passkey"), 400)
    return Go("/me")


def _values(office: Office, ask: Ask, failed: str) -> dict[str, object]:
    def look(connection: Connection) -> dict[str, object]:
        said = (
            select(DECISION.c.packet, DECISION.c.verdict, DECISION.c.reason, DECISION.c.decided_ms)
            .where(DECISION.c.officer == ask.name)
            .order_by(DECISION.c.leaf.desc())
            .limit(SHOWN)
        )
        return {
            "labels": passkeys.labels(connection, ask.name),
            "said": connection.execute(said).all(),
            "score": next((score for score in control.scores(connection) if score.officer == ask.name), None),
            "failed": failed,
        }

    return office.read(look)


ROUTES: list[Route[Office]] = [
    Route("GET", "/me", me, roles(*EVERY_ROLE)),
    Route("POST", "/me/options", options, roles(*EVERY_ROLE)),
    Route("POST", "/me/passkey", add_passkey, roles(*EVERY_ROLE)),
]
