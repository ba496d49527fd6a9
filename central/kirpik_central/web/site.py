"""Handlers made into a web application: a table of routes, each with the roles that may use it.

Whatever may not be asked is refused before a handler sees it. Handlers are plain functions and run in threads.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.routing import Route as StarletteRoute

from kirpik.errors import KirpikError
from kirpik_central.accounts.tokens import Session
from kirpik_central.web import words
from kirpik_central.web.ask import Ask, Data, Go, Page, RefusedError, Reply, form_token
from kirpik_central.web.guard import MAX_BODY_BYTES, Guard, Receive, Scope, Send, Served
from kirpik_central.web.look import Look, static_file

Desk = TypeVar("Desk")
Handler = Callable[[Desk, Ask], Reply]
MAX_FIELDS = 40
FORM = "application/x-www-form-urlencoded"
NOBODY: frozenset[str] = frozenset()
"""No session is needed, and no role."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route(Generic[Desk]):
    verb: str
    path: str
    handler: Handler[Desk]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Below:
    """Somebody else's pages under a path of ours, for some roles. They see no more of ours than what is asked."""

    prefix: str
    routes: Sequence[BaseRoute]
    roles: frozenset[str]


@dataclass(frozen=True)
class Site(Generic[Desk]):
    """One of our two sites, the officers' or the citizens'."""

    desk: Desk
    routes: Sequence[Route[Desk]]
    look: Look
    origin: str
    session_of: Callable[[str], Session | None]
    """By the cookie."""
    refused: Callable[[Ask, RefusedError], None]
    """Somebody who is known tried what he may not."""
    others: Sequence[Below] = ()

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https:")

    @property
    def cookie_name(self) -> str:
        return "__Host-kirpik" if self.secure else "kirpik"

    def application(self) -> Served:
        paths: dict[str, dict[str, Route[Desk]]] = {}
        for route in self.routes:
            paths.setdefault(route.path, {})[route.verb] = route
        table = [StarletteRoute(path, self._endpoint(verbs), methods=list(verbs)) for path, verbs in paths.items()]
        static = StarletteRoute("/static/{name}", _static, methods=["GET"])
        lost: Mapping[Any, Any] = {404: self._lost, 405: self._lost, 500: self._broken}
        others = [Mount(other.prefix, app=self._door(other)) for other in self.others]
        app = Starlette(routes=[*table, static, *others], exception_handlers=lost)
        return Guard(app, host=urlsplit(self.origin).netloc, secure=self.secure)

    def _endpoint(self, verbs: Mapping[str, Route[Desk]]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            route = verbs.get(request.method) or verbs["GET"]
            body = await _read(request)
            return await run_in_threadpool(self._serve, request, route, body)

        return endpoint

    def _door(self, other: Below) -> Served:
        inside = Starlette(routes=list(other.routes))

        async def door(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope)
            refused = await run_in_threadpool(self._keep_out, request, other.roles)
            await (inside if refused is None else refused)(scope, receive, send)

        return door

    def _keep_out(self, request: Request, roles: frozenset[str]) -> Response | None:
        """What is answered instead; None lets in."""
        session = self._session(request.cookies.get(self.cookie_name, ""))
        ask = self._ask(request, session=session)
        if session is not None and session.account.role in roles and request.method in ("GET", "HEAD"):
            return None
        return self._refuse(ask, RefusedError("session" if session is None else "role"), request.method)

    def _serve(self, request: Request, route: Route[Desk], body: bytes) -> Response:
        ask = self._ask(request)
        try:
            session = self._session(ask.cookie)
            ask = self._ask(request, session=session, form=self._form(request, body))
            self._check(ask, route, request)
            return self._respond(ask, route.handler(self.desk, ask))
        except RefusedError as refusal:
            return self._refuse(ask, refusal, request.method)
        except KirpikError as error:
            log.error("path=%s why=%r", route.path, str(error))
            return self._refuse(ask, RefusedError("store"), request.method)

    def _ask(self, request: Request, *, session: Session | None = None, form: Mapping[str, str] | None = None) -> Ask:
        chosen = request.cookies.get("lang", "") or ("" if session is None else session.account.language)
        return Ask(
            path=request.url.path,
            at={name: str(value) for name, value in request.path_params.items()},
            query=dict(request.query_params),
            form=form or {},
            cookie=request.cookies.get(self.cookie_name, ""),
            session=session,
            language=words.choose(chosen, request.headers.get("accept-language", "")),
            address=request.client.host if request.client else "",
        )

    def _session(self, cookie: str) -> Session | None:
        return self.session_of(cookie) if cookie else None

    def _form(self, request: Request, body: bytes) -> Mapping[str, str]:
        if request.method != "POST":
            return {}
        if len(body) > MAX_BODY_BYTES:
            raise RefusedError("too-large")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise RefusedError("content-type")
        try:
            fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
        except ValueError as error:
            raise RefusedError("form") from error
        if len(dict(fields)) != len(fields):
            raise RefusedError("form")
        return dict(fields)

    def _check(self, ask: Ask, route: Route[Desk], request: Request) -> None:
        """Where it comes from, whose session it is, what he may do; and that our own form sent it."""
        if request.method == "POST" and not self._is_ours(request):
            raise RefusedError("origin")
        if route.roles:
            if ask.session is None:
                raise RefusedError("session")
            if ask.session.account.role not in route.roles:
                raise RefusedError("role")
        if request.method == "POST" and ask.session is not None and ask.form.get("token") != form_token(ask.cookie):
            raise RefusedError("token")

    def _is_ours(self, request: Request) -> bool:
        """Browsers say where a form comes from; what says nothing is no browser of our days."""
        origin = request.headers.get("origin")
        if origin is not None:
            return origin == self.origin
        return request.headers.get("sec-fetch-site") == "same-origin"

    def _respond(self, ask: Ask, reply: Reply) -> Response:
        match reply:
            case Page():
                return HTMLResponse(self.look.render(ask, reply), status_code=reply.status)
            case Data():
                headers = {} if reply.name is None else {"content-disposition": f'attachment; filename="{reply.name}"'}
                return Response(reply.body, media_type=reply.type, headers=headers)
            case Go():
                return self._go(reply)

    def _go(self, reply: Go) -> Response:
        response = RedirectResponse(reply.where, status_code=303)
        if reply.cookie:
            response.set_cookie(
                self.cookie_name, reply.cookie, secure=self.secure, httponly=True, samesite="strict", path="/"
            )
        elif reply.cookie == "":
            response.delete_cookie(self.cookie_name, secure=self.secure, httponly=True, samesite="strict", path="/")
        if reply.language is not None:
            response.set_cookie("lang", reply.language, max_age=31536000, secure=self.secure, samesite="lax", path="/")
        return response

    def _refuse(self, ask: Ask, refusal: RefusedError, method: str) -> Response:
        log.warning("refused=%s method=%s path=%s", refusal.code, method, ask.shape)
        if ask.session is not None:
            self.refused(ask, refusal)
        if refusal.code == "session" and method == "GET":
            where = "" if ask.path == "/" else f"?to={quote(ask.path, safe='')}"
            return RedirectResponse(f"/login{where}", status_code=303)
        page = Page("error.html", {"code": refusal.code}, refusal.status)
        return HTMLResponse(self.look.render(ask, page), status_code=refusal.status)

    async def _lost(self, request: Request, _error: Exception) -> Response:
        return await run_in_threadpool(self._answer_error, request, "missing")

    async def _broken(self, request: Request, error: Exception) -> Response:
        log.error("path=%s broken=%s", request.url.path[:60], type(error).__name__)
        return await run_in_threadpool(self._answer_error, request, "broken")

    def _answer_error(self, request: Request, code: str) -> Response:
        page = Page("error.html", {"code": code}, 500 if code == "broken" else 404)
        session = None if code == "broken" else self._session(request.cookies.get(self.cookie_name, ""))
        return HTMLResponse(self.look.render(self._ask(request, session=session), page), status_code=page.status)


async def _read(request: Request) -> bytes:
    """No more than may be; the guard has looked at what the head claims."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            break
    return body


async def _static(request: Request) -> Response:
    found = static_file(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    body, kind = found
    kept = "public, max-age=31536000, immutable" if request.url.query else "no-cache"
    return Response(body, media_type=kind, headers={"cache-control": kept})


def roles(*names: str) -> frozenset[str]:
    return frozenset(names)


def all_of(*tables: Iterable[Route[Desk]]) -> list[Route[Desk]]:
    return [route for table in tables for route in table]
