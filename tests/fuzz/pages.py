"""The officers' and the citizens' pages, asked as any browser or program could ask them."""

import asyncio
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes, unquote

from kirpik_central.accounts import people
from kirpik_central.accounts.people import Role
from kirpik_central.accounts.tokens import invite, open_session
from kirpik_central.tables import DECISION
from kirpik_central.web.ask import form_token
from kirpik_central.web.citizen import Public, citizens_site
from kirpik_central.web.guard import Served
from tests.desk import ZONE, Stage, road
from tests.fuzz import mutate
from tests.fuzz.files import MEMORY
from tests.passkey import ORIGIN

HOST = ORIGIN.removeprefix("https://")
PEOPLE: Mapping[bytes, tuple[str, Role]] = {b"A": ("A", "officer"), b"L": ("L", "supervisor")}
ADDRESS_BYTES = bytes(range(0x21, 0x7F))
"""What an address may have; a client has to write the others as %xx."""
MARK, NEWCOMER = b"<fuzz>", "N"


def desk(data: bytes) -> object:
    return _central().ask(data, _central().officers)


def citizen(data: bytes) -> object:
    return _central().ask(data, _central().citizens)


def change(data: bytes, chance: Random) -> bytes:
    """Mostly what is asked with, so that it comes to somebody who reads it."""
    at = max(data.find(b"?"), data.find(b"\n")) + 1
    kept = at if chance.random() < 0.7 else 0
    return data[:kept] + mutate.words_of(data[kept:], chance)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as text: verb, address and who asks; below it a form."""

    verb: str
    path: bytes
    query: bytes
    who: bytes
    body: bytes

    @classmethod
    def of(cls, data: bytes) -> "Asked":
        head, _, body = data.partition(b"\n")
        verb, address, who = (*head.split(b" "), b"", b"")[:3]
        path, _, query = address.partition(b"?")
        plain = quote_from_bytes(b"/" + path.lstrip(b"/"), safe=ADDRESS_BYTES).encode()
        query = quote_from_bytes(query, safe=ADDRESS_BYTES).encode()
        return cls("POST" if verb == b"POST" else "GET", plain, query, who, body)

    def scope(self, cookie: str, body: bytes, client: str) -> dict[str, Any]:
        headers = {
            "host": HOST, "origin": ORIGIN, "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(body)), "cookie": f"lang=en; __Host-kirpik={cookie}",
        }  # fmt: skip
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": self.verb, "scheme": "https",
            "path": unquote(self.path.decode("ascii")), "raw_path": self.path, "query_string": self.query,
            "root_path": "", "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": (client, 1), "server": (HOST, 443),
        }  # fmt: skip


@dataclass
class Central:
    """A central with three cases, an officer and a supervisor. Nothing that is asked here can sign for them."""

    stage: Stage
    officers: Served
    citizens: Served
    cookies: dict[bytes, str]
    words: dict[bytes, bytes]
    """What a sample cannot know: a case's number, its plate, an invitation."""
    turns: asyncio.Runner = field(default_factory=asyncio.Runner)
    asked: int = 0

    def ask(self, data: bytes, site: Served) -> int:
        """The answer's status. Raises AssertionError for a page that breaks, a mark that is no text, a decision."""
        for word, told in self.words.items():
            data = data.replace(word, told)
        asked = Asked.of(data)
        cookie = self.cookies.get(asked.who, "")
        body = asked.body if not cookie or b"token=" in asked.body else _with_token(asked.body, cookie)
        self.asked += 1
        scope = asked.scope(cookie, body, f"10.{self.asked >> 16 & 255}.{self.asked >> 8 & 255}.{self.asked & 255}")
        status, said = self.turns.run(_answer(site, scope, body))
        assert status < 500, f"the page broke: {status}"
        assert MARK not in said, "a mark came back as markup"
        assert not self._decided(), "decided without a signature"
        self._undo(asked)
        return status

    def _undo(self, asked: Asked) -> None:
        """Who went out comes in again; an invitation that may have been used is given again."""
        if asked.path == b"/logout" and asked.who in PEOPLE:
            name = PEOPLE[asked.who][0]
            self.cookies[asked.who] = self.stage.store.write(lambda c: open_session(c, name, "passkey"))
        if asked.verb == "POST" and asked.path.startswith(b"/enrol/"):
            self.words[b"INVITATION"] = self.stage.store.write(lambda c: invite(c, NEWCOMER)).encode()

    def _decided(self) -> bool:
        return (
            self.stage.store.read(lambda connection: connection.execute(DECISION.select().limit(1)).first()) is not None
        )


def _with_token(body: bytes, cookie: str) -> bytes:
    return body + (b"&" if body else b"") + b"token=" + form_token(cookie).encode()


@cache
def _home() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="kirpik-fuzz-", dir=MEMORY if MEMORY.is_dir() else None)


@cache
def _central() -> Central:
    logging.disable(logging.ERROR)
    folder = Path(_home().name)
    stage = Stage(folder, f"sqlite:///{folder}/web.db")
    stage.receive(*road(3))
    cookies = {letter: stage.person(name, role) for letter, (name, role) in PEOPLE.items()}
    stage.store.write(lambda c: people.add(c, NEWCOMER, "officer"))
    case = stage.store.read(lambda c: stage.archive.load(c, 1))
    assert case is not None
    assert case.opened is not None
    words = {b"NUMBER": case.number.encode(), b"PLATE": case.opened.plate.encode()}
    words[b"INVITATION"] = stage.store.write(lambda c: invite(c, NEWCOMER)).encode()
    public = Public(stage.store, stage.archive, folder / "evidence", 3)
    citizens = citizens_site(public, origin=ORIGIN, zone=ZONE).application()
    return Central(stage, stage.site().application(), citizens, cookies, words)


async def _answer(site: Served, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    told: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401
        told.append(message)

    await site(scope, receive, send)
    return told[0]["status"], b"".join(message.get("body", b"") for message in told[1:])
