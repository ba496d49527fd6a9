"""A sheet of labels for a batch of cards, as PDF: what to stick onto each, with a code that a phone reads.

No token is on it: whoever reads a label learns where a card belongs, and which image is on it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from kirpik_provisioning.paper.pdf import BOLD, FONTS, REGULAR

COLUMNS, ROWS = 3, 8
"""Of the usual sheet of 24 labels, 70 by 37 mm."""
WIDTH, HEIGHT = 70 * mm, 37 * mm
TOP = (A4[1] - ROWS * HEIGHT) / 2
PAD, CODE = 4 * mm, 24 * mm
LARGE, SMALL = (10.0, 8.0, 6.5), 6.5
"""Sizes that a title may have, and that of the rest, in points."""
LEADING = 1.25


@dataclass(frozen=True, slots=True)
class Label:
    title: str
    lines: Sequence[str]
    code: str


def card_label(number: int, label: str, *, image: str, sha256: str) -> Label:
    title = label or f"№ {number}"
    return Label(title, (f"Kirpik  {number}", image, f"SHA-256 {sha256[:16]}…"), f"kirpik-card:{sha256[:16]}:{title}")


def sheet(labels: Sequence[Label]) -> bytes:
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle("Kirpik: labels")
    for index, label in enumerate(labels):
        place = index % (COLUMNS * ROWS)
        if index and not place:
            canvas.showPage()
        column, row = place % COLUMNS, place // COLUMNS
        _draw(canvas, label, column * WIDTH, A4[1] - TOP - (row + 1) * HEIGHT)
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, label: Label, left: float, bottom: float) -> None:
    _code(canvas, label.code, left + WIDTH - PAD - CODE, bottom + (HEIGHT - CODE) / 2)
    room = WIDTH - CODE - 3 * PAD
    small = [line for text in label.lines for line in _fitted(text, REGULAR, SMALL, room)]
    size, large = _title(label.title, room, HEIGHT - 2 * PAD - len(small) * SMALL * LEADING)
    y = bottom + HEIGHT - PAD
    for font, points, lines in ((BOLD, size, large), (REGULAR, SMALL, small)):
        canvas.setFont(font, points)
        for line in lines:
            y -= points * LEADING
            canvas.drawString(left + PAD, y, line)


def _title(text: str, room: float, height: float) -> tuple[float, list[str]]:
    """As large as it can be without running into the label below; what is too long even so is cut."""
    for size in LARGE:
        lines = _fitted(text, BOLD, size, room)
        most = int(height / (size * LEADING))
        if len(lines) <= most:
            break
    return size, lines if len(lines) <= most else [*lines[: most - 1], "…"]


def _code(canvas: Canvas, data: str, left: float, bottom: float) -> None:
    """In UTF-8, which readers expect: left to itself, segno writes Cyrillic letters in a Japanese code."""
    matrix = [list(row) for row in segno.make(data, error="m", micro=False, encoding="utf-8").matrix_iter(border=4)]
    side = CODE / len(matrix)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                canvas.rect(left + column * side, bottom + CODE - (row + 1) * side, side, side, stroke=0, fill=1)


def _fitted(text: str, font: str, size: float, room: float) -> list[str]:
    """Broken where it must be, at spaces where it can be."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or pdfmetrics.stringWidth(longer, font, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [piece for line in lines for piece in _pieces(line, font, size, room)]


def _pieces(line: str, font: str, size: float, room: float) -> list[str]:
    pieces = [""]
    for letter in line:
        if pdfmetrics.stringWidth(pieces[-1] + letter, font, size) > room and pieces[-1]:
            pieces.append("")
        pieces[-1] += letter
    return pieces
