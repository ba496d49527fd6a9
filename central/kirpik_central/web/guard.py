"""What stands before every page: the host's name, the size of a request, and headers that hold the browser back."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Served = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 65536
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script, no inline style, nothing from elsewhere, in nobody's frame."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)",
    "x-robots-tag": "noindex",
}
STRICT = "max-age=31536000"


class Guard:
    def __init__(self, app: Served, *, host: str, secure: bool) -> None:
        """`host` with its port, as browsers send it."""
        self._app = app
        self._host = host.encode()
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        if secure:
            self._headers.append((b"strict-transport-security", STRICT.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        if headers.get(b"host", b"").lower() != self._host:
            await self._refuse(send, 421, b"not the name of this server")
        elif not _is_small(headers.get(b"content-length", b"0")) or b"transfer-encoding" in headers:
            await self._refuse(send, 413, b"too large")
        else:
            await self._app(scope, receive, self._with_headers(send))

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                more = self._headers if b"cache-control" in given else [*self._headers, (b"cache-control", b"no-store")]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        return sending

    async def _refuse(self, send: Send, status: int, body: bytes) -> None:
        start = {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
        sending = self._with_headers(send)
        await sending(start)
        await sending({"type": "http.response.body", "body": body})


def _is_small(length: bytes) -> bool:
    return length.isdigit() and int(length[:12]) <= MAX_BODY_BYTES
