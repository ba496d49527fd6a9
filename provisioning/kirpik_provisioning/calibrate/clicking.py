"""A page on this machine alone, on which an installer clicks the surveyed points in the still.

It listens on the loopback address, under a name that nobody can guess, and ends when the points are handed over. The
still is shown from where it lies; nothing of it is written anywhere.
"""

import html
import io
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from kirpik.errors import InputError
from kirpik_provisioning.calibrate.survey import SurveyPoint

HOST = "127.0.0.1"
PAGE = Path(__file__).with_name("clicking.html")
BODY_MOST = 65536
POLL_S = 0.2


@dataclass(slots=True)
class Desk:
    """What the page is made of, and what came back from it."""

    token: str
    page: bytes
    still: bytes
    mime: str
    names: frozenset[str]
    size: tuple[int, int]
    clicked: Mapping[str, tuple[float, float]] | None = None


def click_points(
    still: Path, points: Sequence[SurveyPoint], size: tuple[int, int], texts: Mapping[str, str], language: str, *,
    tell: Callable[[str], None], stopped: Callable[[], bool] = lambda: False,
) -> list[SurveyPoint]:  # fmt: skip
    """Serve the page until it hands the points over. Raises InputError when it was stopped before."""
    data, mime = _read_still(still, size)
    token, nonce = secrets.token_urlsafe(16), secrets.token_urlsafe(12)
    names = frozenset(point.name for point in points)
    desk = Desk(token, _page(points, size, texts, language, nonce), data, mime, names, size)
    with HTTPServer((HOST, 0), _handler(desk, nonce)) as server:
        server.timeout = POLL_S
        tell(f"http://{HOST}:{server.server_address[1]}/{token}/")
        while desk.clicked is None:
            if stopped():
                raise InputError("stopped before the points were handed over; nothing was written")
            server.handle_request()
    found = desk.clicked
    return [replace(point, pixel=found.get(point.name)) for point in points]


def _read_still(path: Path, size: tuple[int, int]) -> tuple[bytes, str]:
    try:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as picture:
            found, kind = picture.size, picture.format or ""
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a picture that can be read") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if found != size:
        raise InputError(f"{path}: {found[0]} × {found[1]} pixels, expected {size[0]} × {size[1]} as the lens has")
    return data, Image.MIME.get(kind, "application/octet-stream")


def _page(
    points: Sequence[SurveyPoint], size: tuple[int, int], texts: Mapping[str, str], language: str, nonce: str
) -> bytes:
    """Words are put in escaped; the points go in as JSON, in which no tag can end the script."""
    state = {
        "width": size[0], "height": size[1], "least": 8,
        "points": [{"name": point.name, "place": point.place_m, "pixel": point.pixel} for point in points],
        "left": texts["left"], "failed": texts["failed"], "thanks": texts["thanks"],
    }  # fmt: skip
    text = PAGE.read_text(encoding="utf-8")
    for name, value in texts.items():
        text = text.replace(f"[[{name}]]", html.escape(value))
    told = json.dumps(state, ensure_ascii=False).replace("<", "\\u003c")
    return text.replace("[[language]]", language).replace("[[nonce]]", nonce).replace("[[state]]", told).encode()


def _handler(desk: Desk, nonce: str) -> type[BaseHTTPRequestHandler]:
    policy = (
        f"default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'"
    )

    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0

        def do_GET(self) -> None:
            if self.path == f"/{desk.token}/":
                self._answer(HTTPStatus.OK, desk.page, "text/html; charset=utf-8")
            elif self.path == f"/{desk.token}/still":
                self._answer(HTTPStatus.OK, desk.still, desk.mime)
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"", "text/plain")

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != f"/{desk.token}/done" or not length.isdecimal() or int(length) > BODY_MOST:
                self._answer(HTTPStatus.NOT_FOUND, b"", "text/plain")
                return
            clicked = _parse(self.rfile.read(int(length)), desk)
            self._answer(HTTPStatus.BAD_REQUEST if clicked is None else HTTPStatus.NO_CONTENT, b"", "text/plain")
            desk.clicked = clicked

        def _answer(self, status: HTTPStatus, body: bytes, mime: str) -> None:
            self.send_response(status)
            headers = {
                "Content-Type": mime, "Content-Length": str(len(body)), "Content-Security-Policy": policy,
                "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            }  # fmt: skip
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401  the library's own names
            """A command on somebody's desk writes no access log."""

    return Handler


def _parse(body: bytes, desk: Desk) -> dict[str, tuple[float, float]] | None:
    """None for anything that the page would not have sent."""
    try:
        told = json.loads(body)
        found = {str(name): (float(u), float(v)) for name, (u, v) in told.items()}
    except (ValueError, TypeError, AttributeError):
        return None
    width, height = desk.size
    good = all(-0.5 <= u < width and -0.5 <= v < height for u, v in found.values())
    return found if good and set(found) <= desk.names else None
