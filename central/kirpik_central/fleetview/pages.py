"""The operators' pages: a map with a table, and one unit. To be mounted behind whatever asks who somebody is.

Read only, no inline script, no inline style: they live under `default-src 'none'; style-src 'self'; script-src 'self'`.
"""

import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from kirpik.errors import StoreError
from kirpik.wire.health import FIELDS
from kirpik.wire.ids import UNIT_ID_BYTES
from kirpik.wire.troubles import spoken
from kirpik_central.fleetview.glance import Unit, glance
from kirpik_central.fleetview.map import draw_map
from kirpik_central.store import Store

HERE = Path(__file__).parent
LANGUAGES = {"ru": "Рус", "kk": "Қаз", "en": "Eng"}
ROWS = 100
SPANS = (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0))


def routes(
    store: Store, cards: Path, *, clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
) -> list[Route]:
    """`cards` is the folder with units' `.pub` and `.json` files, as central.toml names it."""
    pages = Pages(store, cards, clock_ms)
    return [
        Route("/", pages.fleet, name="fleet"),
        Route("/unit/{unit}", pages.unit, name="fleet-unit"),
        Route("/units.json", pages.listing, name="fleet-json"),
        Route("/fleet.css", pages.css, name="fleet-css"),
    ]


HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Pages:
    def __init__(self, store: Store, cards: Path, clock_ms: Callable[[], int]) -> None:
        self._store, self._cards, self._clock_ms = store, cards, clock_ms
        self._css = (HERE / "fleet.css").read_bytes()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    async def fleet(self, request: Request) -> Response:
        return await run_in_threadpool(self._fleet, request)

    async def unit(self, request: Request) -> Response:
        return await run_in_threadpool(self._unit, request)

    async def listing(self, request: Request) -> Response:
        return await run_in_threadpool(self._listing, request)

    async def css(self, _request: Request) -> Response:
        return Response(self._css, media_type="text/css", headers={"x-content-type-options": "nosniff"})

    def _fleet(self, request: Request) -> Response:
        words = _words(request)
        try:
            units = self._units()
        except StoreError as error:
            return self._page("away.html", words, request, status=503, reason=str(error))
        wanted = request.query_params.get("q", "")[:200]
        found = [unit for unit in units if all(word in unit.words for word in wanted.lower().split())]
        first = ROWS * max(0, _number(request.query_params.get("page", "0")))
        return self._page(
            "fleet.html", words, request, counts=_counts(units), found=len(found), wanted=wanted,
            rows=[_row(unit, words) for unit in found[first : first + ROWS]],
            map=draw_map(found, name=words["view"]["map"], km=words["view"]["km"]),
            page=first // ROWS, pages=(len(found) + ROWS - 1) // ROWS, placed=any(unit.card.place for unit in found),
        )  # fmt: skip

    def _unit(self, request: Request) -> Response:
        words, name = _words(request), request.path_params["unit"]
        found = next((unit for unit in self._units() if unit.id.hex() == name), None) if _is_id(name) else None
        if found is None:
            return self._page("away.html", words, request, status=404, reason=words["view"]["unknown_unit"])
        numbers = {name: value for name, value in sorted(found.numbers.items()) if name in FIELDS}
        return self._page("unit.html", words, request, unit=found, row=_row(found, words), numbers=numbers)

    def _listing(self, _request: Request) -> Response:
        told = [
            {
                "unit": unit.id.hex(), "label": unit.card.label, "groups": unit.card.groups, "age_s": unit.age_s,
                "level": unit.level or "well", "troubles": unit.troubles, "place": unit.card.place,
            }
            for unit in self._units()
        ]  # fmt: skip
        return JSONResponse(told, headers=HEADERS)

    def _units(self) -> list[Unit]:
        return glance(self._store, self._cards, now_ms=self._clock_ms())

    def _page(self, name: str, words: "Words", request: Request, *, status: int = 200, **values: object) -> Response:
        text = self._templates.get_template(name).render(
            words=words["view"], columns=words["columns"], names=words["numbers"], language=words["language"],
            languages=LANGUAGES.items(), home=request.scope.get("root_path", "") + "/", path=request.url.path,
            shown=lambda text: _written(text, words), **values,
        )  # fmt: skip
        return HTMLResponse(text, status, headers=HEADERS)


Words = Mapping[str, Any]


def _words(request: Request) -> Words:
    asked = [request.cookies.get("lang", ""), *(
        part.split(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")
    )]  # fmt: skip
    language = next((name for name in asked if name in LANGUAGES), "ru")
    words = tomllib.loads((HERE / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    return {**words, "language": language, "troubles": spoken(language)}


def _row(unit: Unit, words: Words) -> dict[str, object]:
    number = unit.numbers.get
    software = [number(f"software_{part}") for part in ("major", "minor", "patch")]
    error_ms = None if number("clock_error_us") is None else number("clock_error_us", 0) / 1000
    return {
        "id": unit.id.hex(),
        "name": unit.name,
        "level": unit.level or "well",
        "troubles": ", ".join(words["troubles"][name] for name in unit.troubles),
        "groups": ", ".join(unit.card.groups),
        "age": words["view"]["never"] if unit.age_s is None else _span(unit.age_s, words),
        "soc_c": _shown(number("soc_c"), ".0f"),
        "fps": _shown(number("fps"), ".0f"),
        "clock": _written(_shown(error_ms, ".1f", " ms"), words),
        "key_set": _shown(number("keys_v"), ".0f"),
        "software": "–" if None in software else ".".join(f"{part:g}" for part in software if part is not None),
    }


def _shown(value: float | None, form: str, unit: str = "") -> str:
    return "–" if value is None else format(value, form) + unit


def _written(text: str, words: Words) -> str:
    """With the decimal sign and the unit of the language."""
    return text if words["language"] == "en" else text.replace(".", ",").replace(" ms", " мс")


def _span(seconds: float, words: Words) -> str:
    name, length_s = next((span for span in SPANS if seconds >= span[1]), SPANS[-1])
    return f"{int(seconds // length_s)} {words['spans'][name]}"


def _counts(units: list[Unit]) -> dict[str, int]:
    levels = [unit.level or "well" for unit in units]
    return {name: levels.count(name) for name in ("critical", "warning", "well")} | {"units": len(units)}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _is_id(name: str) -> bool:
    return len(name) == 2 * UNIT_ID_BYTES and set(name) <= set("0123456789abcdef")
