"""A QR code as text for a console, by segno."""

import io

import segno


def qr_text(data: str) -> str:
    """Two rows of modules a line, dark on light as a camera expects, with the quiet border around it."""
    out = io.StringIO()
    segno.make(data, error="m", micro=False).terminal(out=out, border=2, compact=True)
    return out.getvalue()


def qr_rows(data: str) -> list[str]:
    """The same with its border, a character a module: `#` for dark, a space for light."""
    matrix = segno.make(data, error="m", micro=False).matrix_iter(border=2)
    return ["".join("#" if module else " " for module in row) for row in matrix]
