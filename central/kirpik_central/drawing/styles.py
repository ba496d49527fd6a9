"""How each kind of shape looks: `foot red` is a dot of the track while the signal was red."""

from dataclasses import dataclass

INK, SOFT, FAINT, BLUE = "#1c2430", "#5d6878", "#8c96a5", "#1f5fae"
RED, AMBER, GREEN = "#c8322b", "#d98a00", "#2c8a4b"
FONT_PX = 11.5


@dataclass(frozen=True, slots=True)
class Style:
    fill: str | None = None
    fill_opacity: float = 1.0
    stroke: str | None = None
    width: float = 1.0
    dash: tuple[float, ...] = ()
    bold: bool = False


STYLES = {
    "ground": Style(fill="#e4e8ee"),
    "lane": Style(fill="#d3d9e2", stroke="#ffffff", width=2),
    "lane meant": Style(fill="#c3d3ea", stroke="#ffffff", width=2),
    "zone": Style(fill=RED, fill_opacity=0.11, stroke=RED, dash=(5, 4)),
    "line": Style(stroke=INK, width=4),
    "exit": Style(stroke=INK, width=1.5, dash=(6, 5)),
    "track": Style(stroke="#8eb0d8", width=1.5),
    "foot": Style(fill=BLUE),
    "foot red": Style(fill=RED),
    "foot red_amber": Style(fill=RED),
    "foot amber": Style(fill=AMBER),
    "foot green": Style(fill=GREEN),
    "moment": Style(stroke=INK, width=2.5),
    "arrow": Style(fill=BLUE),
    "arrow lawful": Style(fill="#ffffff"),
    "tick": Style(stroke=FAINT),
    "seen": Style(stroke=BLUE, width=4),
    "now": Style(stroke=INK, width=2),
    "phase": Style(fill=FAINT),
    "phase red": Style(fill=RED),
    "phase red_amber": Style(fill=AMBER),
    "phase amber": Style(fill=AMBER),
    "phase green": Style(fill=GREEN),
    "phase-name": Style(fill="#ffffff", bold=True),
    "word": Style(fill=INK, bold=True),
    "lane-name": Style(fill=SOFT),
    "lane-name meant": Style(fill=BLUE, bold=True),
    "metres": Style(fill=SOFT),
    "time": Style(fill=SOFT),
    "point": Style(fill=BLUE, stroke="#ffffff", width=1),
    "point out": Style(fill=RED, stroke="#ffffff", width=1),
    "residual": Style(stroke=RED, width=1.5),
    "view": Style(fill=BLUE, fill_opacity=0.06, stroke=BLUE, dash=(3, 3)),
    "axis": Style(stroke=FAINT),
}


def style_of(names: str) -> Style:
    """Raises KeyError for a shape that nobody has given a look."""
    return STYLES[names] if names in STYLES else STYLES[names.split(maxsplit=1)[0]]


def style_sheet() -> str:
    """CSS of all styles, for an SVG or a page."""
    text = f'svg text{{font:{FONT_PX}px "Inter","Segoe UI","DejaVu Sans",system-ui,sans-serif}}'
    return text + "".join(f"svg .{names.replace(' ', '.')}{{{_css(style)}}}" for names, style in STYLES.items())


def _css(style: Style) -> str:
    parts = [f"fill:{style.fill or 'none'}"]
    if style.fill_opacity < 1:
        parts.append(f"fill-opacity:{style.fill_opacity:g}")
    if style.stroke is not None:
        parts += [f"stroke:{style.stroke}", f"stroke-width:{style.width:g}"]
    if style.dash:
        parts.append(f"stroke-dasharray:{' '.join(f'{length:g}' for length in style.dash)}")
    if style.bold:
        parts.append("font-weight:600")
    return ";".join(parts)
