"""What the signal showed around the offence, on a line of time."""

from collections.abc import Sequence
from html import escape

from kirpik_central.case import Opened

WIDTH_PX = 560
BEYOND_S = 0.5


def draw_signals(case: Opened) -> str:
    """An SVG element, empty where no signal is told of. The bar below the phases is the time that the track covers."""
    if not case.signals or not case.track:
        return ""
    first, last = min(case.signals[0].t_s, case.track[0].t_s) - BEYOND_S, max(case.track[-1].t_s, case.signals[-1].t_s)
    last += BEYOND_S
    scale = WIDTH_PX / (last - first)
    ends = [signal.t_s for signal in case.signals[1:]] + [last]
    parts = _phases(case, ends, first, scale)
    begin, end = ((t_s - first) * scale for t_s in (case.track[0].t_s, case.track[-1].t_s))
    parts.append(f'<path class="seen" d="M{begin:.1f},40 H{end:.1f}"/>')
    parts.append(f'<path class="now" d="M{-first * scale:.1f},2 V50"/>')
    words = _time_words(case, first, scale)
    size = f'viewBox="0 0 {WIDTH_PX} 72" role="img" aria-label="Signal"'
    return f'<svg class="signals" {size}>{"".join(parts + words)}</svg>'


def _phases(case: Opened, ends: Sequence[float], first: float, scale: float) -> list[str]:
    parts = []
    for signal, end in zip(case.signals, ends, strict=True):
        x, width = (signal.t_s - first) * scale, max(0.0, (end - signal.t_s) * scale)
        parts.append(f'<rect class="phase {signal.phase}" x="{x:.1f}" y="8" width="{width:.1f}" height="22" rx="3"/>')
        if width > 40:
            name = escape(signal.phase.replace("_", " + "))
            parts.append(f'<text class="phase-name" x="{x + 8:.1f}" y="23">{name}</text>')
    return parts


def _time_words(case: Opened, first: float, scale: float) -> list[str]:
    red = [signal.t_s for signal in case.signals if signal.phase in ("red", "red_amber") and signal.t_s <= 0]
    said = f"offence {-red[-1]:.2f} s after red began" if red else "offence"
    x = min(max(-first * scale, 90), WIDTH_PX - 90)
    return [f'<text class="time" x="{x:.1f}" y="66">{escape(said)}</text>']
