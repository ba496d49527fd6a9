"""For those who lead and those who watch: who holds what, how decisions fall, the audit log, recalls."""

from sqlalchemy import Connection, case, func, select

from kirpik_central.accounts import audit, passkeys, passwords, throttle
from kirpik_central.accounts.passkeys import PasskeyError
from kirpik_central.accounts.people import now_ms
from kirpik_central.decisions import AlreadyDecidedError
from kirpik_central.desk import control, docket, recall
from kirpik_central.desk.rules import MAX_NOTE
from kirpik_central.desk.signing import ChangedError
from kirpik_central.tables import DECISION
from kirpik_central.web.ask import Ask, Data, Go, Page, RefusedError, Reply
from kirpik_central.web.office import Office, note
from kirpik_central.web.site import Route, roles

WEEK_MS = 7 * 24 * 3600 * 1000
HASH_LETTERS = 64


def team(office: Office, ask: Ask) -> Reply:
    def look(connection: Connection) -> dict[str, object]:
        return {
            "held": docket.held(connection),
            "tallies": _tallies(connection, now_ms() - WEEK_MS),
            "scores": {score.officer: score for score in control.scores(connection)},
            "now": now_ms(),
            "leads": ask.account.role == "supervisor",
        }

    return Page("team.html", office.read(look))


def release(office: Office, ask: Ask) -> Reply:
    leaf = ask.number("leaf")

    def write(connection: Connection) -> None:
        holder = docket.release(connection, leaf)
        note(connection, ask, "released", leaf, holder or "")

    office.write(write)
    return Go("/team")


def audit_log(office: Office, ask: Ask) -> Reply:
    before = ask.query.get("before", "")
    account, act = ask.query.get("account", "")[:64], ask.query.get("act", "")[:40]
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    acts = office.read(lambda connection: audit.newest(connection, before=start, account=account, act=act))
    following = acts[-1].leaf if len(acts) == audit.PAGE else None
    return Page("audit.html", {"acts": acts, "following": following, "account": account, "act": act})


def recalls(office: Office, _ask: Ask) -> Reply:
    return Page("recalls.html", {"configurations": office.read(recall.configurations)})


def preview(office: Office, ask: Ask) -> Reply:
    return _preview(office, ask, "")


def options(office: Office, ask: Ask) -> Reply:
    reason, count = ask.text("reason", most=MAX_NOTE), ask.number("count")

    def write(connection: Connection) -> str:
        return recall.ask(connection, ask.name, office.passkeys, _hash(ask), reason, count=count)

    try:
        return Data(office.write(write).encode(), "application/json")
    except ChangedError as error:
        raise RefusedError("changed") from error


def complete(office: Office, ask: Ask) -> Reply:
    answer = ask.form.get("answer", "")

    def write(connection: Connection) -> None:
        count = recall.recall(connection, ask.name, office.passkeys, answer)
        note(connection, ask, "recalled", _hash(ask).hex(), str(count))

    try:
        office.write(write)
    except (ChangedError, AlreadyDecidedError):
        return _preview(office, ask, "changed", 409)
    except PasskeyError:
        return _preview(office, ask, "passkey", 400)
    return Go("/recall")


def by_code(office: Office, ask: Ask) -> Reply:
    """Only of the very number of cases that was shown."""
    count, reason = ask.number("count"), ask.text("reason", most=MAX_NOTE)
    if not (office.rules.codes_allowed and ask.account.has_password):
        raise RefusedError("role")
    if not office.write(lambda connection: throttle.spend(connection, throttle.LOGIN_BY_NAME, ask.name)):
        raise RefusedError("too-often")

    def write(connection: Connection) -> bool:
        if not passwords.check_code(connection, ask.name, ask.text("code", most=20)):
            return False
        recall.recall_by_code(connection, ask.name, _hash(ask), reason, count=count)
        note(connection, ask, "recalled", _hash(ask).hex(), str(count))
        return True

    try:
        good = office.write(write)
    except (ChangedError, AlreadyDecidedError):
        return _preview(office, ask, "changed", 409)
    return Go("/recall") if good else _preview(office, ask, "code", 400)


def _preview(office: Office, ask: Ask, failed: str, status: int = 200) -> Page:
    shown = office.read(lambda connection: recall.preview(connection, _hash(ask)))
    passkey = office.read(lambda connection: passkeys.has_passkey(connection, ask.name))
    codes = office.rules.codes_allowed and ask.account.has_password
    values = {"shown": shown, "hash": _hash(ask).hex(), "failed": failed, "passkey": passkey, "codes": codes}
    return Page("recall.html", values, status)


def _hash(ask: Ask) -> bytes:
    text = ask.at["hash"]
    if len(text) != HASH_LETTERS or any(letter not in "0123456789abcdef" for letter in text):
        raise RefusedError("missing")
    return bytes.fromhex(text)


def _tallies(connection: Connection, since_ms: int) -> list[object]:
    """Of each officer's decisions since then: how many, and how many of each kind."""
    kinds = ("confirmed", "proposed", "warned", "rejected", "referred")
    sums = [func.sum(case((DECISION.c.verdict == kind, 1), else_=0)).label(kind) for kind in kinds]
    query = (
        select(DECISION.c.officer, func.count().label("total"), *sums)
        .where(DECISION.c.decided_ms >= since_ms)
        .group_by(DECISION.c.officer)
        .order_by(DECISION.c.officer)
    )
    return list(connection.execute(query).all())


ROUTES: list[Route[Office]] = [
    Route("GET", "/team", team, roles("supervisor", "auditor")),
    Route("POST", "/team/release", release, roles("supervisor")),
    Route("GET", "/audit", audit_log, roles("auditor", "supervisor")),
    Route("GET", "/recall", recalls, roles("supervisor", "auditor")),
    Route("GET", "/recall/{hash}", preview, roles("supervisor", "auditor")),
    Route("POST", "/recall/{hash}/options", options, roles("supervisor")),
    Route("POST", "/recall/{hash}", complete, roles("supervisor")),
    Route("POST", "/recall/{hash}/code", by_code, roles("supervisor")),
]
