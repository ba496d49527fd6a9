"""Pillow's WebP: a grey plate picture to bytes, and nothing but the picture (no camera data, no time, no thumbnail)."""

import io

from PIL import Image

from kirpik.values import Luma

METHOD = 6
"""Slowest and smallest; a plate takes a few milliseconds."""


def encode_webp(luma: Luma, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(luma).save(file, "WEBP", quality=quality, method=METHOD)
    return file.getvalue()
