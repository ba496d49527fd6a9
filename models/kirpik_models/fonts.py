"""Faces for synthetic plates: every usable font file below a folder, as glyph masks of one height.

Fill a folder with free faces, none of which is committed, in one command:

    npm install --prefix fonts --ignore-scripts @fontsource/{aldrich,allerta,antonio,anton,archivo,archivo-narrow,\
arimo,armata,asap-condensed,b612-mono,barlow,barlow-condensed,barlow-semi-condensed,bebas-neue,cabin-condensed,chakra-petch,\
chivo-mono,cousine,dm-mono,dosis,electrolize,encode-sans-condensed,fira-code,fira-mono,fira-sans-condensed,fjalla-one,\
francois-one,ibm-plex-mono,inconsolata,inter-tight,jetbrains-mono,jost,kanit,khand,league-gothic,lekton,monda,open-sans,\
oswald,overpass,overpass-mono,oxygen-mono,pathway-gothic-one,play,pragati-narrow,pt-mono,pt-sans,pt-sans-narrow,quantico,\
rajdhani,red-hat-mono,roboto,roboto-condensed,roboto-mono,russo-one,saira,saira-condensed,saira-extra-condensed,\
saira-semi-condensed,sarabun,share-tech-mono,signika,sofia-sans-condensed,space-mono,spline-sans-mono,staatliches,teko,\
titillium-web,ubuntu-condensed,ubuntu-mono,viga,voltaire}

Debian's fonts-opendin, fonts-roadgeek, fonts-routed-gothic, fonts-ocr-b, fonts-liberation and, of fonts-urw-base35,
the Nimbus and Gothic families add faces near to real plates.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kirpik.errors import InputError

Mask = NDArray[np.uint8]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GLYPH_HEIGHT = 96
"""Pixels from baseline to cap height in every stored mask."""
HELD_OUT = ("share-tech", "pt-sans-narrow", "rajdhani", "chivo-mono")
"""Families that training never sees; evaluation reads them."""
PLATE_LIKE = (
    "GlNummernschild",
    "OSP-DIN",
    "RG2014",
    "routed-gothic",
    "OCRB",
    "b612-mono",
    "NimbusSans",
    "LiberationSansNarrow",
)
"""Families near to what states stamp: drawn `PLATE_LIKE_WEIGHT` times as often."""
PLATE_LIKE_WEIGHT = 5

_SUFFIXES = {".ttf", ".otf", ".woff2"}
_UNWANTED = re.compile(r"italic|oblique|-it\b|serif|-ext-|cyrillic|greek|vietnamese|hebrew|outline|math", re.IGNORECASE)
_STEM_RANGE = (0.07, 0.32)
"""Stem width over cap height: thinner is no plate, thicker closes its counters."""


@dataclass(frozen=True, slots=True)
class Face:
    """One font: a mask per character, `GLYPH_HEIGHT` rows, as wide as its ink."""

    name: str
    glyphs: dict[str, Mask] = field(repr=False)

    @property
    def family(self) -> str:
        return self.name.split("-latin-")[0]

    @property
    def held_out(self) -> bool:
        return any(self.name.startswith(name) for name in HELD_OUT)


def load_faces(folder: Path, *, held_out: bool | None = None) -> tuple[Face, ...]:
    """The usable faces below `folder`, by name; only the held-out or only the others, if asked."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    names: dict[str, Face] = {}
    for path in paths:
        if _UNWANTED.search(path.name) is None and path.stem not in names:
            face = read_face(path)
            if face is not None:
                names[path.stem] = face
    faces = tuple(face for face in names.values() if held_out is None or face.held_out == held_out)
    if not faces:
        raise InputError(f"{folder} holds no usable font file; kirpik_models/fonts.py says how to fill it")
    return faces


def pick_face(rng: np.random.Generator, faces: Sequence[Face]) -> Face:
    """First a family, so that one with many weights does not crowd out the others, then a face of it."""
    families = sorted({face.family for face in faces})
    weights = np.array([PLATE_LIKE_WEIGHT if name.startswith(PLATE_LIKE) else 1 for name in families], np.float64)
    family = families[int(rng.choice(len(families), p=weights / weights.sum()))]
    members = [face for face in faces if face.family == family]
    return members[int(rng.integers(len(members)))]


def read_face(path: Path) -> Face | None:
    """None when the file is no font, lacks a character or does not look like a plate's lettering."""
    try:
        return face_of(path.stem, ImageFont.truetype(str(path), 4 * GLYPH_HEIGHT))
    except (OSError, ValueError):
        return None


def face_of(name: str, font: ImageFont.FreeTypeFont) -> Face | None:
    """The masks of an opened font; None as above."""
    masks = {char: _ink(font, char) for char in ALPHABET}
    cap = masks["H"].shape[0] if masks["H"].size else 0
    if cap < GLYPH_HEIGHT or any(not _fits(mask, cap) for mask in masks.values()):
        return None
    glyphs = {char: _scaled(mask, cap) for char, mask in masks.items()}
    stem = float((glyphs["L"][GLYPH_HEIGHT // 3] > 127).sum()) / GLYPH_HEIGHT
    if (
        not _STEM_RANGE[0] <= stem <= _STEM_RANGE[1]
        or len({mask.tobytes() for mask in glyphs.values()}) < len(ALPHABET) - 1
    ):
        return None
    return Face(name=name, glyphs=glyphs)


def _ink(font: ImageFont.FreeTypeFont, char: str) -> Mask:
    left, top, right, bottom = (int(edge) for edge in font.getbbox(char))
    if right - left < 2 or bottom - top < 2:
        return np.zeros((0, 0), np.uint8)
    image = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(image).text((-left, -top), char, font=font, fill=255)
    mask = np.asarray(image)
    rows, columns = np.flatnonzero(mask.max(1) > 32), np.flatnonzero(mask.max(0) > 32)
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if rows.size else np.zeros((0, 0), np.uint8)


def _fits(mask: Mask, cap: int) -> bool:
    """Lining figures and capitals only; J and Q may hang a little below."""
    return mask.size > 0 and 0.9 * cap <= mask.shape[0] <= 1.35 * cap


def _scaled(mask: Mask, cap: int) -> Mask:
    width = max(6, round(mask.shape[1] * GLYPH_HEIGHT / cap))
    return np.asarray(cv2.resize(mask, (width, GLYPH_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
