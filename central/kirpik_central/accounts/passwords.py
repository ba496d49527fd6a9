"""The fallback for whoever has no passkey: a password (Argon2id) and a one-time code (TOTP, RFC 6238), both needed."""

import hmac
import secrets
import time
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, select, update

from kirpik_central.accounts.tables import ACCOUNT

MIN_LETTERS = 12
MAX_LETTERS = 200
STEP_S = 30
ISSUER = "Kirpik"
HASHER = PasswordHasher()
"""The library's defaults: RFC 9106's low-memory choice, 64 MiB."""


def is_strong(password: str, name: str) -> bool:
    """Long, and not a few letters or the name over and over (NIST SP 800-63B: length, no rules of composition)."""
    letters = set(password.casefold())
    return MIN_LETTERS <= len(password) <= MAX_LETTERS and len(letters) >= 5 and name.casefold() not in (
        password.casefold(), password.casefold() * 2
    )  # fmt: skip


def new_secret() -> str:
    return pyotp.random_base32()


def secret_uri(name: str, secret: str) -> str:
    """For the authenticator's camera."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def set_up(connection: Connection, name: str, password: str, secret: str, code: str) -> bool:
    """False where the code is not the secret's: then the authenticator was not set up rightly, and nothing changes."""
    step = _step_of(secret, code)
    if step is None:
        return False
    values = {"password": HASHER.hash(password), "totp": secret, "totp_step": step}
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.name == name).values(values))
    return True


def check(connection: Connection, name: str, password: str, code: str) -> bool:
    """Takes as long for a name that nobody has. A code is good once."""
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == name)).one_or_none()
    known = row is not None and row.password is not None and row.locked_ms is None
    right = _matches(row.password if row is not None and known else _nobodys(), password)
    return known and right and check_code(connection, name, code)


def check_code(connection: Connection, name: str, code: str) -> bool:
    """The one-time code alone, for a session that is open already."""
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.name == name)).one_or_none()
    step = None if row is None or row.totp is None else _step_of(row.totp, code)
    if row is None or step is None or step <= row.totp_step:
        return False
    newer = (ACCOUNT.c.name == name) & (ACCOUNT.c.totp_step < step)
    return connection.execute(update(ACCOUNT).where(newer).values(totp_step=step)).rowcount == 1


def _step_of(secret: str, code: str) -> int | None:
    """Which half minute's code it is: this one, the last or the next."""
    now = int(time.time()) // STEP_S
    made = {step: pyotp.TOTP(secret).at(step * STEP_S) for step in (now, now - 1, now + 1)}
    typed = "".join(code.split())
    return next((step for step, good in made.items() if hmac.compare_digest(good.encode(), typed.encode())), None)


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password[:MAX_LETTERS])
    except VerificationError:
        return False


@cache
def _nobodys() -> str:
    return HASHER.hash(secrets.token_urlsafe(32))
