"""A browser without script, and a little more: it can also send what no browser would."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2
from starlette.testclient import TestClient

from kirpik_central.accounts.people import Role
from kirpik_central.tables import METADATA
from tests.desk import Stage, form
from tests.passkey import ORIGIN

COOKIE = "__Host-kirpik"
FROM_US = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}


@dataclass
class Visitor:
    stage: Stage
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        app = self.stage.site().application()
        self.client = TestClient(app, base_url=ORIGIN, follow_redirects=False)

    def arrive(self, name: str, role: Role = "officer") -> str:
        """Somebody who has come in; his cookie."""
        self.cookies[name] = self.stage.person(name, role)
        return self.cookies[name]

    def get(self, path: str, *, by: str = "", language: str = "en") -> httpx2.Response:
        return self.client.get(path, headers=self._headers(by, language))

    def post(self, path: str, *, by: str = "", language: str = "en", **fields: object) -> httpx2.Response:
        """With the token that a form of ours has."""
        told = form(self.cookies[by], **fields) if by else {name: str(value) for name, value in fields.items()}
        return self.client.post(path, data=told, headers=self._headers(by, language) | FROM_US)

    def send(self, path: str, body: bytes, headers: Mapping[str, str], *, by: str = "") -> httpx2.Response:
        return self.client.post(path, content=body, headers={**self._headers(by, "en"), **headers})

    def sign(self, by: str) -> httpx2.Response:
        options = self.post("/sign/options", by=by).text
        return self.post("/sign", by=by, answer=self.stage.passkeys[by].get(options, flags=0x01))

    def state(
        self, *, but: tuple[str, ...] = ("audit", "leaf", "log", "throttle")
    ) -> dict[str, list[tuple[object, ...]]]:
        """All that the store holds, but for what notes the attempt itself."""
        with self.stage.engine.connect() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(table.select())]
                for table in METADATA.sorted_tables
                if table.name not in but
            }

    def acts(self) -> list[str]:
        with self.stage.engine.connect() as connection:
            return [row[0] for row in connection.exec_driver_sql("SELECT act FROM audit ORDER BY leaf")]

    def _headers(self, by: str, language: str) -> dict[str, str]:
        cookies = f"lang={language}" + (f"; {COOKIE}={self.cookies[by]}" if by else "")
        return {"cookie": cookies}
