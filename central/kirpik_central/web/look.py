"""How pages look: templates, style sheet and script, read once. Templates escape whatever they are given."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kirpik_central.drawing.styles import style_sheet
from kirpik_central.web.ask import Ask, Page, form_token
from kirpik_central.web.words import LANGUAGES, Words, texts_of

HERE = Path(__file__).parent
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["static"] = static_path
    environment.filters["picture"] = picture
    environment.filters["group"] = group
    return environment


@dataclass(frozen=True)
class Look:
    zone: tzinfo
    shared: Callable[[Ask], Mapping[str, Any]] = lambda _: {}
    """What every page of a site shows."""
    environment: Environment = field(default_factory=_environment, repr=False)

    def render(self, ask: Ask, page: Page) -> str:
        words = Words(ask.language, texts_of(ask.language), self.zone)
        given = {"ask": ask, "t": words, "languages": LANGUAGES, "token": form_token(ask.cookie) if ask.session else ""}
        return self.environment.get_template(page.template).render({**given, **self.shared(ask), **page.values})


def picture(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode()


def group(text: str, size: int = 4) -> str:
    """A hash in groups, as a person compares it."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def static_path(name: str) -> str:
    """With its hash, so that browsers keep it until it changes."""
    return f"/static/{name}?{_hash(name)}"


@cache
def static_file(name: str) -> tuple[bytes, str] | None:
    """Body and type, of a file that is ours."""
    kind = KINDS.get(Path(name).suffix)
    if name == "drawing.css":
        return style_sheet().encode(), KINDS[".css"]
    if kind is None or name not in {path.name for path in (HERE / "static").iterdir()}:
        return None
    return (HERE / "static" / name).read_bytes(), kind


@cache
def _hash(name: str) -> str:
    found = static_file(name)
    return "" if found is None else hashlib.sha256(found[0]).hexdigest()[:12]
