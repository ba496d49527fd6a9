"""One kind of plate: patterns of characters, size, colours and what else is stamped on it.

A pattern is what is stamped, row by row: `9` a digit, `A` any letter, `a` a Latin letter with a Cyrillic twin,
`<...>` one of several words, `(...)` a separate box of smaller characters, a blank a gap, `-` a dash, `.` a dot,
`*` a seal or coat of arms, `#` a sign of another script, which is not read, `/` the next row; after `'` a character is
itself.
"""

from dataclasses import dataclass

Size = tuple[int, int]
"""Width and height in millimetres."""

LONG: tuple[Size, ...] = ((520, 112), (520, 112), (520, 110), (520, 114))
SQUARE: tuple[Size, ...] = ((280, 200), (290, 170), (340, 220), (300, 200), (270, 200), (288, 206))
AMERICAN: tuple[Size, ...] = ((305, 152), (305, 152), (305, 152), (300, 150), (360, 125))
BRAZILIAN: tuple[Size, ...] = ((400, 130), (400, 130), (400, 130), (200, 170))
MOTORCYCLE: tuple[Size, ...] = ((245, 160), (220, 190), (180, 200), (245, 185), (240, 130))
SHORT: tuple[Size, ...] = ((360, 125), (372, 134), (330, 165), (305, 152), (372, 100), (320, 150))


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of plate. `plate_format` is an id of the national grammars."""

    plate_format: str
    patterns: tuple[str, ...]
    sizes: tuple[Size, ...] = LONG
    colours: tuple[str, ...] = ("black/white",)
    left: tuple[str, ...] = ("none",)
    right: tuple[str, ...] = ("none",)
    caption: float = 0.0
    """How often small lettering (a state's name, a dealer's) stands above or below."""
    band: float = 0.0
    """How often a dark strip with light lettering lies along the top."""
    picture: float = 0.0
    """How often hills, a sunset or a flower is printed behind the characters, and stickers sit in the corners."""
    small_letters: float = 1.0
    """Height of letters against digits."""
    sign: str = ""
    """Small letters below the characters of a box."""
    weight: float = 1.0

    @property
    def rows(self) -> int:
        """Of all its patterns."""
        return self.patterns[0].count("/") + 1 if self.patterns else 1
