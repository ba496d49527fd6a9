"""A drawing as a list of plain shapes, which SVG and PDF are written from. y runs downward, units are pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from kirpik_central.drawing.styles import style_sheet

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Area:
    """A filled outline."""

    style: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    style: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    style: str
    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Label:
    style: str
    at: Point
    """Of the text's base line."""
    text: str
    anchor: Anchor = "start"


Shape = Area | Stroke | Dot | Label


@dataclass(frozen=True, slots=True)
class Picture:
    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str

    @property
    def empty(self) -> bool:
        return not self.shapes


NOTHING = Picture(0.0, 0.0, (), "")


def box(style: str, x: float, y: float, width: float, height: float) -> Area:
    return Area(style, ((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def to_svg(picture: Picture, *, name: str, alone: bool = False) -> str:
    """An SVG element of class `name`, or a whole file of its own. Every text of the picture is escaped."""
    if picture.empty:
        return ""
    size = f"{picture.width:.0f} {picture.height:.0f}"
    title = escape(picture.title)
    head = 'xmlns="http://www.w3.org/2000/svg" ' if alone else ""
    inside = f"<style>{style_sheet()}</style>" if alone else ""
    body = "".join(map(_element, picture.shapes))
    return (
        f'<svg {head}class="{name}" viewBox="0 0 {size}" width="{picture.width:.0f}" height="{picture.height:.0f}" '
        f'role="img" aria-label="{title}"><title>{title}</title>{inside}{body}</svg>'
    )


def _element(shape: Shape) -> str:
    match shape:
        case Area():
            return f'<polygon class="{shape.style}" points="{_path(shape.points)}"/>'
        case Stroke():
            return f'<polyline class="{shape.style}" points="{_path(shape.points)}"/>'
        case Dot():
            x, y = shape.centre
            return f'<circle class="{shape.style}" cx="{x:.1f}" cy="{y:.1f}" r="{shape.radius:g}"/>'
        case Label():
            x, y = shape.at
            anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
            return f'<text class="{shape.style}" x="{x:.1f}" y="{y:.1f}"{anchor}>{escape(shape.text)}</text>'


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
