"""A report as PDF, and the only file that knows ReportLab. The same report gives the same bytes."""

import io
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image as Pictures
from reportlab.graphics import shapes
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from kirpik_central.drawing.picture import Area, Dot, Label, Picture, Shape, Stroke
from kirpik_central.drawing.styles import FONT_PX, INK, Style, style_of
from kirpik_provisioning.paper.blocks import Beside, Block, Drawn, Facts, Heading, Marked, Photo, Report, Table, Text

FONTS = Path(__file__).with_name("fonts")
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
MARGIN, FOOT = 16 * mm, 20 * mm
PAD = 6
"""Which the library leaves inside a page's frame."""
WIDTH = A4[0] - 2 * (MARGIN + PAD)
GAP = 8 * mm
TALLEST = 150 * mm
"""A drawing is shrunk to this, so that it fits a page with its caption."""
MARKS = {"good": "✓", "bad": "✗", "open": "·", "plain": "·", "soft": "·"}
COLOURS = {"plain": "#1c2430", "soft": "#5d6878", "good": "#2c8a4b", "bad": "#c8322b", "open": "#8a6100"}
RULE = HexColor("#dde2e9")


def to_pdf(report: Report) -> bytes:
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=FOOT,
        title=report.title, author="Kirpik", lang=report.language, invariant=1,
    )  # fmt: skip

    def foot(canvas: Any, _: object) -> None:  # noqa: ANN401  the library has no types
        note = Paragraph(escape(report.footer), _style("soft", 6.5))
        _, height = note.wrap(WIDTH - 20 * mm, FOOT)
        note.drawOn(canvas, MARGIN + PAD, FOOT - 4 * mm - height)
        canvas.setFont(REGULAR, 7)
        canvas.setFillColor(HexColor(COLOURS["soft"]))
        canvas.drawRightString(
            A4[0] - MARGIN - PAD, FOOT - 6 * mm, report.page_word.format(page=canvas.getPageNumber())
        )

    story = [Paragraph(escape(report.title), _style("plain", 17, bold=True, after=6))]
    for block in report.blocks:
        story += _flow(block, WIDTH)
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


def _style(tone: str, size: float, *, bold: bool = False, after: float = 2, right: bool = False) -> ParagraphStyle:
    style = ParagraphStyle(
        f"{tone}{size}{bold}{right}", fontName=BOLD if bold else REGULAR, fontSize=size, leading=size * 1.38,
        textColor=HexColor(COLOURS[tone]), spaceAfter=after, splitLongWords=True,
    )  # fmt: skip
    if right:
        style.alignment = TA_RIGHT
    return style


def _flow(block: Block, width: float) -> list[Any]:  # noqa: PLR0911  one line for each kind of block
    match block:
        case Heading():
            return [Spacer(1, 7), Paragraph(escape(block.text), _style("plain", 11.5, bold=True, after=3))]
        case Text():
            return [Paragraph(escape(block.text), _style(block.tone, 11 if block.large else 8.5, bold=block.large))]
        case Facts():
            return [_grid([[_cell(name, "soft"), _cell(value)] for name, value in block.rows], width, (0.36, 0.64))]
        case Table():
            return [_numbers(block, width)]
        case Marked():
            return [_grid(list(map(_marked, block.rows)), width, (0.035, 0.285, 0.68), ruled=True)]
        case Drawn():
            return _captioned(_drawing(block.picture, width), block.caption)
        case Photo():
            return _captioned(_photo(block, width), block.caption)
        case Beside():
            left = (width - GAP) * block.share
            parts = [(block.left, left), (block.right, width - GAP - left)]
            cells = [[item for one in blocks for item in _flow(one, wide)] for blocks, wide in parts]
            return [
                Grid(
                    [[cells[0], "", cells[1]]], colWidths=[left, GAP, width - GAP - left], style=_plain(), hAlign="LEFT"
                )
            ]


def _cell(text: str, tone: str = "plain", *, bold: bool = False, right: bool = False) -> Paragraph:
    return Paragraph(escape(text), _style(tone, 8, bold=bold, after=0, right=right))


def _marked(row: tuple[str, str, str]) -> list[Paragraph]:
    tone, title, sentence = row
    said = tone if tone == "bad" else "plain"
    return [_cell(MARKS[tone], tone, bold=True), _cell(title, bold=True), _cell(sentence, said)]


def _numbers(table: Table, width: float) -> Grid:
    head = [_cell(text, "soft", right=column > 0) for column, text in enumerate(table.head)]
    rows = [[_cell(text, right=column > 0) for column, text in enumerate(row)] for row in table.rows]
    first = 0.4 if len(table.head) <= 3 else 1.4 / len(table.head)
    shares = (first, *[(1 - first) / (len(table.head) - 1)] * (len(table.head) - 1))
    return _grid([head, *rows], width, shares, ruled=True)


def _grid(rows: list[list[Paragraph]], width: float, shares: tuple[float, ...], *, ruled: bool = False) -> Grid:
    lines = [("LINEABOVE", (0, 1), (-1, -1), 0.5, RULE)] if ruled else []
    return Grid(
        rows, colWidths=[width * share for share in shares], style=_plain(2 if ruled else 1) + lines, hAlign="LEFT"
    )


def _plain(pad: float = 0) -> list[Any]:
    cells = ((0, 0), (-1, -1))
    pads = [("TOPPADDING", pad), ("BOTTOMPADDING", pad), ("LEFTPADDING", 0), ("RIGHTPADDING", 4 if pad else 0)]
    return [("VALIGN", *cells, "TOP"), *[(name, *cells, size) for name, size in pads]]


def _captioned(item: Any, caption: str) -> list[Any]:  # noqa: ANN401
    if item is None:
        return []
    below = [Paragraph(escape(caption), _style("soft", 7))] if caption else []
    return [Spacer(1, 4), item, Spacer(1, 2), *below]


def _photo(block: Photo, width: float) -> Image:
    """WebP is written as PNG, which PDF readers know."""
    with Pictures.open(io.BytesIO(block.data)) as picture:
        data = io.BytesIO()
        picture.convert("RGB").save(data, "PNG")
        wide = min(width, block.width_mm * mm)
        return Image(data, wide, wide * picture.height / picture.width, hAlign="LEFT")


def _drawing(picture: Picture, width: float) -> shapes.Drawing | None:
    if picture.empty:
        return None
    scale = min(0.75, width / picture.width, TALLEST / picture.height)
    drawing = shapes.Drawing(picture.width * scale, picture.height * scale)
    group = shapes.Group(*[_shape(shape) for shape in picture.shapes])
    group.transform = (scale, 0, 0, -scale, 0, picture.height * scale)
    drawing.add(group)
    return drawing


def _shape(shape: Shape) -> shapes.Shape:
    style = style_of(shape.style)
    match shape:
        case Area():
            return shapes.Polygon([value for point in shape.points for value in point], **_look(style))
        case Stroke():
            look = {name: value for name, value in _look(style).items() if not name.startswith("fill")}
            return shapes.PolyLine([value for point in shape.points for value in point], **look)
        case Dot():
            return shapes.Circle(*shape.centre, shape.radius, **_look(style))
        case Label():
            return _label(shape, style)


def _label(label: Label, style: Style) -> shapes.Group:
    """The whole drawing stands on its head, so that y runs downward; a text is turned back."""
    look = {"fontName": BOLD if style.bold else REGULAR, "fontSize": FONT_PX, "fillColor": HexColor(style.fill or INK)}
    text = shapes.String(0, 0, label.text, textAnchor=label.anchor, **look)
    return shapes.Group(text, transform=(1, 0, 0, -1, *label.at))


def _look(style: Style) -> dict[str, Any]:
    look: dict[str, Any] = {
        "fillColor": None if style.fill is None else HexColor(style.fill),
        "fillOpacity": style.fill_opacity,
        "strokeColor": None if style.stroke is None else HexColor(style.stroke),
        "strokeWidth": style.width if style.stroke is not None else 0,
    }
    return look | ({"strokeDashArray": list(style.dash)} if style.dash else {})
