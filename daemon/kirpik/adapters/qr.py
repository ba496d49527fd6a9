"""A QR code as text for a console, by segno."""

import io

import segno


def qr_text(data: str) -> str:
    """Two rows of modules a line, dark on light as a camera expects, with the quiet border around it."""
    out = io.StringIO()
    segno.make(data, error="m", micro=False).terminal(out=out, border=2, compact=True)
    return out.getvalue()
