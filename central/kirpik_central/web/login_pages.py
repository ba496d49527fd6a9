"""Coming in and going out, and the first visit by an invitation."""

import base64
import hashlib

import segno
from sqlalchemy import Connection

from kirpik_central.accounts import audit, passwords, people, throttle, tokens
from kirpik_central.accounts.passkeys import PasskeyError
from kirpik_central.accounts.people import Account
from kirpik_central.web.ask import Ask, Data, Go, Page, RefusedError, Reply
from kirpik_central.web.office import EVERY_ROLE, Office, note
from kirpik_central.web.site import NOBODY, Route, roles
from kirpik_central.web.words import LANGUAGES

SECRET_BYTES = 20
MAX_LABEL = 60


def login(_office: Office, ask: Ask) -> Reply:
    if ask.session is not None:
        return Go("/")
    return Page("login.html", {"to": _ours(ask.query.get("to", "/")), "failed": ""})


def login_options(office: Office, ask: Ask) -> Reply:
    _spend(office, throttle.LOGIN_BY_ADDRESS, ask.address)
    return Data(office.write(office.passkeys.ask_to_enter).encode(), "application/json")


def login_passkey(office: Office, ask: Ask) -> Reply:
    answer = ask.form.get("answer", "")

    def enter(connection: Connection) -> str:
        account = office.passkeys.enter(connection, answer).account
        return _open(office, connection, account, "passkey")

    try:
        cookie = office.write(enter)
    except PasskeyError as error:
        return _failed(office, ask, "", str(error))
    return Go(_ours(ask.form.get("to", "/")), cookie=cookie)


def login_password(office: Office, ask: Ask) -> Reply:
    name, password, code = (ask.text(field, most=200) for field in ("name", "password", "code"))
    _spend(office, throttle.LOGIN_BY_ADDRESS, ask.address)
    _spend(office, throttle.LOGIN_BY_NAME, name)
    if not office.write(lambda connection: passwords.check(connection, name, password, code)):
        return _failed(office, ask, name, "password or code")

    def enter(connection: Connection) -> str:
        throttle.forgive(connection, throttle.LOGIN_BY_NAME, name)
        return _open(office, connection, name, "code")

    return Go(_ours(ask.form.get("to", "/")), cookie=office.write(enter))


def logout(office: Office, ask: Ask) -> Reply:
    def leave(connection: Connection) -> None:
        tokens.close_session(connection, ask.cookie)
        note(connection, ask, "logout")

    office.write(leave)
    return Go("/login", cookie="")


def language(_desk: object, ask: Ask) -> Reply:
    if ask.at["code"] not in LANGUAGES:
        raise RefusedError("missing")
    return Go(_ours(ask.query.get("back", "/")), language=ask.at["code"])


def own_language(office: Office, ask: Ask) -> Reply:
    """Remembered, too, of whoever is in."""
    chosen = language(office, ask)
    if ask.session is not None:
        office.write(lambda connection: people.speak(connection, ask.name, ask.at["code"]))
    return chosen


def enrol(office: Office, ask: Ask) -> Reply:
    account = _invited(office, ask)
    return Page("enrol.html", _enrolment(ask, account, ""))


def enrol_options(office: Office, ask: Ask) -> Reply:
    account = _invited(office, ask)
    options = office.write(lambda connection: office.passkeys.ask_to_register(connection, account.name))
    return Data(options.encode(), "application/json")


def enrol_passkey(office: Office, ask: Ask) -> Reply:
    account = _invited(office, ask)
    answer, label = ask.form.get("answer", ""), ask.text("label", most=MAX_LABEL) or "1"

    def register(connection: Connection) -> str:
        office.passkeys.register(connection, account.name, answer, label)
        audit.note(connection, audit.Act(account=account.name, act="passkey-added", subject=label))
        return _begin(office, connection, ask, account, "passkey")

    try:
        return Go("/", cookie=office.write(register))
    except PasskeyError:
        return Page("enrol.html", _enrolment(ask, account, "passkey"), 400)


def enrol_password(office: Office, ask: Ask) -> Reply:
    account = _invited(office, ask)
    password, again, code = (ask.text(field, most=200) for field in ("password", "again", "code"))
    if password != again or not passwords.is_strong(password, account.name):
        return Page("enrol.html", _enrolment(ask, account, "password"), 400)

    def set_up(connection: Connection) -> str | None:
        if not passwords.set_up(connection, account.name, password, _secret(ask), code):
            return None
        audit.note(connection, audit.Act(account=account.name, act="password-set"))
        return _begin(office, connection, ask, account, "code")

    cookie = office.write(set_up)
    return Page("enrol.html", _enrolment(ask, account, "code"), 400) if cookie is None else Go("/", cookie=cookie)


def _begin(office: Office, connection: Connection, ask: Ask, account: Account, method: str) -> str:
    """The first session. He goes on in the language in which he has set himself up, on any computer."""
    tokens.use_up(connection, ask.at["invitation"])
    people.speak(connection, account.name, ask.language)
    return _open(office, connection, account.name, method)


def _open(office: Office, connection: Connection, name: str, method: str) -> str:
    tokens.clear_away(connection, office.lifetimes)
    audit.note(connection, audit.Act(account=name, act="login", subject=method))
    return tokens.open_session(connection, name, method)


def _failed(office: Office, ask: Ask, name: str, why: str) -> Page:
    """The page does not say what was wrong. Whoever types a name gets it into the log only if it is somebody's."""
    _spend(office, throttle.LOGIN_BY_ADDRESS, ask.address)

    def write(connection: Connection) -> None:
        known = "" if people.find(connection, name) is None else name
        audit.note(connection, audit.Act(account="", act="login-failed", subject=known, note=why))

    office.write(write)
    return Page("login.html", {"to": _ours(ask.form.get("to", "/")), "failed": "login"}, 401)


def _invited(office: Office, ask: Ask) -> Account:
    _spend(office, throttle.LOGIN_BY_ADDRESS, ask.address)
    account = office.read(lambda connection: tokens.invited(connection, ask.at["invitation"]))
    if account is None:
        raise RefusedError("missing")
    return account


def _spend(office: Office, limit: throttle.Limit, who: str) -> None:
    if not office.write(lambda connection: throttle.spend(connection, limit, who)):
        raise RefusedError("too-often")


def _enrolment(ask: Ask, account: Account, failed: str) -> dict[str, object]:
    secret = _secret(ask)
    uri = passwords.secret_uri(account.name, secret)
    drawn = segno.make(uri, error="m").svg_data_uri(scale=4, border=2, dark="#000", light="#fff")
    return {"account": account, "secret": secret, "qr": drawn, "failed": failed, "invitation": ask.at["invitation"]}


def _secret(ask: Ask) -> str:
    """From the invitation, which nobody else has: so it needs no place of its own until it is used."""
    made = hashlib.sha256(b"kirpik one-time codes\0" + ask.at["invitation"].encode()).digest()
    return base64.b32encode(made[:SECRET_BYTES]).decode()


def _ours(path: str) -> str:
    """A path of this site, never another's address."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"


ROUTES: list[Route[Office]] = [
    Route("GET", "/login", login, NOBODY),
    Route("POST", "/login/options", login_options, NOBODY),
    Route("POST", "/login/passkey", login_passkey, NOBODY),
    Route("POST", "/login/password", login_password, NOBODY),
    Route("GET", "/enrol/{invitation}", enrol, NOBODY),
    Route("POST", "/enrol/{invitation}/options", enrol_options, NOBODY),
    Route("POST", "/enrol/{invitation}/passkey", enrol_passkey, NOBODY),
    Route("POST", "/enrol/{invitation}/password", enrol_password, NOBODY),
    Route("GET", "/language/{code}", own_language, NOBODY),
    Route("POST", "/logout", logout, roles(*EVERY_ROLE)),
]
