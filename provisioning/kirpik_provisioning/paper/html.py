"""A report as a web page of one file: no script, nothing is fetched."""

import base64
from html import escape

from kirpik_central.drawing.picture import to_svg
from kirpik_central.drawing.styles import style_sheet
from kirpik_provisioning.paper.blocks import Beside, Block, Drawn, Facts, Heading, Marked, Photo, Report, Table, Text

MARKS = {"good": "✓", "bad": "✗", "open": "·", "plain": "·", "soft": "·"}
CSS = """
@page { size: A4; margin: 16mm }
* { box-sizing: border-box }
body { margin: 0; background: #eef1f5; color: #1c2430;
  font: 14px/1.5 "Inter", "Segoe UI", "DejaVu Sans", system-ui, sans-serif }
main { max-width: 900px; margin: 24px auto; padding: 32px 40px; background: #fff; border-radius: 12px }
h1 { font-size: 25px; margin: 0 0 10px; letter-spacing: -.01em } h2 { font-size: 17px; margin: 26px 0 8px }
p { margin: 6px 0 } .soft { color: #5d6878 } .good { color: #2c8a4b } .bad { color: #c8322b } .open { color: #8a6100 }
.large { font-size: 17px; font-weight: 600 }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 3px 18px; margin: 8px 0 }
dt { color: #5d6878 } dd { margin: 0; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: 8px 0 }
th { text-align: left; font-size: 12px; color: #5d6878; padding: 5px 8px }
td { padding: 5px 8px; border-top: 1px solid #dde2e9; vertical-align: top; overflow-wrap: anywhere }
table.numbers th + th, table.numbers td + td { text-align: right; font-variant-numeric: tabular-nums }
td.mark { font-weight: 700; width: 1.6em } td.of { width: 30%; font-weight: 600 }
.beside { display: flex; gap: 28px; align-items: flex-start } .beside > div { min-width: 0 }
figure { margin: 10px 0 } figcaption { color: #5d6878; font-size: 12px; margin-top: 4px }
figure svg, figure img { max-width: 100%; height: auto }
footer { margin-top: 28px; color: #5d6878; font-size: 11.5px; overflow-wrap: anywhere }
@media print { body { background: #fff } main { margin: 0; padding: 0; max-width: none }
  figure { break-inside: avoid } }
"""


def to_html(report: Report) -> str:
    body = "".join(map(_element, report.blocks))
    return (
        f'<!doctype html>\n<html lang="{report.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(report.title)}</title>'
        f"<style>{CSS}{style_sheet()}</style></head><body><main><h1>{escape(report.title)}</h1>{body}"
        f"<footer>{escape(report.footer)}</footer></main></body></html>\n"
    )


def _element(block: Block) -> str:  # noqa: PLR0911  one line for each kind of block
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Text():
            large = " large" if block.large else ""
            return f'<p class="{block.tone}{large}">{escape(block.text)}</p>'
        case Facts():
            rows = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in block.rows)
            return f"<dl>{''.join(rows)}</dl>"
        case Table():
            head = "".join(f"<th>{escape(text)}</th>" for text in block.head)
            return f'<table class="numbers"><tr>{head}</tr>{"".join(map(_row, block.rows))}</table>'
        case Marked():
            return f"<table>{''.join(map(_marked, block.rows))}</table>"
        case Drawn():
            return _figure(to_svg(block.picture, name="drawn"), block.caption)
        case Photo():
            source = f"data:{block.mime};base64,{base64.b64encode(block.data).decode()}"
            return _figure(f'<img src="{source}" alt="" style="width:{block.width_mm:g}mm">', block.caption)
        case Beside():
            left, right = ("".join(map(_element, part)) for part in (block.left, block.right))
            return (
                f'<div class="beside"><div style="flex:{block.share:g}">{left}</div>'
                f'<div style="flex:{1 - block.share:g}">{right}</div></div>'
            )


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _marked(row: tuple[str, str, str]) -> str:
    tone, title, sentence = row
    return (
        f'<tr><td class="mark {tone}">{MARKS[tone]}</td><td class="of">{escape(title)}</td>'
        f'<td class="{tone if tone == "bad" else "plain"}">{escape(sentence)}</td></tr>'
    )


def _figure(inside: str, caption: str) -> str:
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{inside}{below}</figure>" if inside else ""
