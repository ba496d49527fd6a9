"""What a report is made of. Texts are plain; whoever writes them to HTML or PDF escapes them."""

from dataclasses import dataclass
from typing import Literal

from kirpik_central.drawing.picture import Picture

Tone = Literal["plain", "soft", "good", "bad", "open"]


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: Literal[1, 2] = 2


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    tone: Tone = "plain"
    large: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Name and value, a line each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The first column is text, the others are numbers and stand to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Checks: mark, title and sentence."""

    rows: tuple[tuple[Tone, str, str], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    picture: Picture
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """PNG, JPEG or WebP, shown `width_mm` wide at most."""

    data: bytes
    mime: str
    caption: str = ""
    width_mm: float = 80.0


@dataclass(frozen=True, slots=True)
class Beside:
    """Two columns; `share` of the width is the left one's."""

    left: tuple["Block", ...]
    right: tuple["Block", ...]
    share: float = 0.5


Block = Heading | Text | Facts | Table | Marked | Drawn | Photo | Beside


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    language: str
    blocks: tuple[Block, ...]
    footer: str = ""
    page_word: str = "page {page}"
