"""What a page is asked, and what it answers. Handlers see these values alone, never HTTP."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from kirpik_central.accounts.people import Account
from kirpik_central.accounts.tokens import Session


@dataclass(frozen=True, slots=True)
class Ask:
    path: str
    at: Mapping[str, str]
    """Parts of the path."""
    query: Mapping[str, str]
    form: Mapping[str, str] = field(repr=False)
    """Each field once; empty for a GET."""
    cookie: str = field(repr=False)
    session: Session | None
    language: str
    address: str
    """Whose, as far as the network says."""

    @property
    def account(self) -> Account:
        """Only in handlers that need a session."""
        if self.session is None:
            raise RefusedError("session")
        return self.session.account

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def shape(self) -> str:
        """The path without what stands in it, for logs."""
        parts = set(self.at.values())
        return "/".join("*" if part in parts else part for part in self.path.split("/"))

    def number(self, name: str) -> int:
        """A whole number of the path or the form. Raises RefusedError."""
        text = self.at.get(name, self.form.get(name, ""))
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise RefusedError("number")
        return int(text)

    def text(self, name: str, *, most: int = 500) -> str:
        """A field of the form. Raises RefusedError for one that is too long or holds what no keyboard types."""
        text = self.form.get(name, "").strip()
        if len(text) > most or any(not (letter.isprintable() or letter in "\r\n\t") for letter in text):
            raise RefusedError("field")
        return text


@dataclass(frozen=True, slots=True)
class Page:
    """HTML of a template."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """To another page of ours."""

    where: str
    cookie: str | None = field(default=None, repr=False)
    """A new session, or "" to end it."""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """A file to be kept, or something for a program."""

    body: bytes = field(repr=False)
    type: str
    name: str | None = None


Reply = Page | Go | Data


class RefusedError(Exception):
    """Not done. `code` names a sentence for people, and stands in the journal."""

    STATUS: Mapping[str, int] = {
        "session": 401, "role": 403, "origin": 403, "token": 403, "missing": 404, "decided": 409,
        "not-held": 409, "unknown": 404, "changed": 409, "too-large": 413, "content-type": 415, "too-often": 429,
        "store": 503,
    }  # fmt: skip

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def status(self) -> int:
        return self.STATUS.get(self.code, 400)


def form_token(cookie: str) -> str:
    """Bound to the session: a form that another site, or another session, sends does not have it."""
    return hmac.new(cookie.encode(), b"kirpik form", sha256).hexdigest()[:32]
