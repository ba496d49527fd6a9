"""Decisions become binding: all of an officer's drafts under one signature, or by a code where that is allowed."""

from sqlalchemy import Connection

from kirpik_central.accounts import passkeys, passwords, throttle
from kirpik_central.accounts.passkeys import PasskeyError
from kirpik_central.accounts.people import now_ms
from kirpik_central.decisions import AlreadyDecidedError
from kirpik_central.desk import docket, drafts, signing
from kirpik_central.desk.signing import ChangedError, Sheet
from kirpik_central.web.ask import Ask, Data, Go, Page, RefusedError, Reply
from kirpik_central.web.office import Office, note
from kirpik_central.web.queue_pages import DECIDING, filters_of, link_of
from kirpik_central.web.site import Route, roles


def sign(office: Office, ask: Ask) -> Reply:
    return _page(office, ask, "")


def options(office: Office, ask: Ask) -> Reply:
    _, asked = office.write(lambda connection: signing.ask(connection, ask.name, office.passkeys))
    return Data(asked.encode(), "application/json")


def complete(office: Office, ask: Ask) -> Reply:
    answer = ask.form.get("answer", "")

    def write(connection: Connection) -> Sheet:
        sheet = signing.sign(connection, ask.name, office.passkeys, answer)
        _note(connection, ask, sheet)
        return sheet

    try:
        office.write(write)
    except (ChangedError, AlreadyDecidedError):
        return _page(office, ask, "changed", 409)
    except PasskeyError as error:
        text = str(error)
        office.write(lambda connection: note(connection, ask, "signature-failed", "", text))
        return _page(office, ask, "passkey", 400)
    return Go("/" + link_of(filters_of(ask.form)))


def by_code(office: Office, ask: Ask) -> Reply:
    code = ask.text("code", most=20)
    if not _codes_allowed(office, ask):
        raise RefusedError("role")
    if not office.write(lambda connection: throttle.spend(connection, throttle.LOGIN_BY_NAME, ask.name)):
        raise RefusedError("too-often")

    def write(connection: Connection) -> bool:
        if not passwords.check_code(connection, ask.name, code):
            return False
        throttle.forgive(connection, throttle.LOGIN_BY_NAME, ask.name)
        _note(connection, ask, signing.confirm_by_code(connection, ask.name, now_ms()))
        return True

    try:
        good = office.write(write)
    except AlreadyDecidedError:
        return _page(office, ask, "changed", 409)
    return Go("/" + link_of(filters_of(ask.form))) if good else _page(office, ask, "code", 400)


def _page(office: Office, ask: Ask, failed: str, status: int = 200) -> Page:
    def look(connection: Connection) -> dict[str, object]:
        mine = drafts.of(connection, ask.name)
        return {
            "drafts": [(draft, docket.look_up(connection, draft.leaf)) for draft in mine],
            "passkey": passkeys.has_passkey(connection, ask.name),
        }

    filters = filters_of(ask.query or ask.form)
    values = {"failed": failed, "codes": _codes_allowed(office, ask), "filters": filters, "link": link_of(filters)}
    return Page("sign.html", {**office.read(look), **values}, status)


def _codes_allowed(office: Office, ask: Ask) -> bool:
    return office.rules.codes_allowed and ask.account.has_password


def _note(connection: Connection, ask: Ask, sheet: Sheet) -> None:
    for decision in sheet.decisions:
        note(connection, ask, decision.verdict, decision.packet)


ROUTES: list[Route[Office]] = [
    Route("GET", "/sign", sign, roles(*DECIDING)),
    Route("POST", "/sign/options", options, roles(*DECIDING)),
    Route("POST", "/sign", complete, roles(*DECIDING)),
    Route("POST", "/sign/code", by_code, roles(*DECIDING)),
]
