"""What national plates look like: patterns of characters, size, colours and what else is stamped on them.

A pattern is what is stamped, row by row: `9` a digit, `A` any letter, `a` a Latin letter with a Cyrillic twin,
`<...>` one of several words, `(...)` a separate box of smaller characters, a blank a gap, `-` a dash, `.` a dot,
`*` a seal or coat of arms, `#` a sign of another script, which is not read, `/` the next row; after `'` a character is
itself.
"""

from dataclasses import dataclass, replace

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


_KZ = Layout("kz2012_private", ("999 AAA|(<kzregion>)",), left=("flag:KZ", "flag:KZ", "none"), weight=16)
_EU = Layout("eu_generic", (), left=("eu", "eu", "eu", "none"), weight=3)

# fmt: off
LAYOUTS: tuple[Layout, ...] = (
    _KZ,
    replace(_KZ, plate_format="kz2012_org", patterns=("999 AA|(<kzregion>)",), weight=5),
    replace(
        _KZ, plate_format="kz2012_foreign", patterns=("<F H> 9999|(<kzregion>)",), colours=("black/yellow",), weight=2
    ),
    replace(
        _KZ,
        plate_format="kz2012_letter4",
        patterns=("<A B C D E G I J K L M N O P Q R S T U V W X Y Z> 9999|(<kzregion>)",),
        colours=("black/yellow",),
        weight=1,
    ),
    replace(_KZ, plate_format="kz2012_police", patterns=("999 'K'P|(<kzregion>)",), colours=("blue/white",), weight=1),
    replace(_KZ, plate_format="kz_special", patterns=("AA 999|(<kzregion>)", "AA 9999"), weight=1),
    replace(
        _KZ,
        plate_format="kz_diplomatic",
        patterns=("<D T K> 999999", "999 <D T K> 999", "<HC> 9999"),
        colours=("white/red", "white/red", "black/yellow"),
        weight=1.5,
    ),
    replace(
        _KZ,
        plate_format="kz1993_private",
        patterns=("<kz1993> 999 AAA", "<kz1993> 999AAA"),
        left=("flag:KZ", "none"),
        weight=3,
    ),
    replace(_KZ, plate_format="kz1993_org", patterns=("<kz1993> 999 AA", "<kz1993> 999AA"), weight=1),
    replace(
        _KZ,
        plate_format="kz2012_private",
        patterns=("999/AAA|(<kzregion>)", "999 AAA/(<kzregion>)", "999/AAA <kzregion>"),
        sizes=SQUARE,
        weight=5,
    ),
    replace(
        _KZ, plate_format="kz2012_org", patterns=("999/AA|(<kzregion>)", "999/AA <kzregion>"), sizes=SQUARE, weight=2
    ),
    replace(
        _KZ, plate_format="kz1993_private", patterns=("<kz1993> 999/AAA", "<kz1993>999/AAA"), sizes=SQUARE, weight=1
    ),
    replace(
        _KZ,
        plate_format="kz2012_moto_trailer",
        patterns=("99 AA/(<kzregion>)", "99/AA <kzregion>", "99 AAA/<kzregion>"),
        sizes=MOTORCYCLE,
        weight=2,
    ),
    Layout(
        "ru_car",
        ("a 999 aa|(<ruregion>)", "a 999 aa|(<ruregion>)", "a 999 aa|(99)", "a 999 aa|(<1 2 7 9>99)"),
        sign="RUS", small_letters=0.78, weight=13,
    ),
    Layout("ru_car", ("a999/aa <ruregion>",), SQUARE, small_letters=0.85, weight=1),
    Layout("ru_trailer", ("aa 9999|(<ruregion>)",), sign="RUS", small_letters=0.8),
    Layout("ru_taxi", ("aa 999|(<ruregion>)",), colours=("black/yellow",), sign="RUS", small_letters=0.8),
    Layout("ru_police", ("a 9999|(<ruregion>)",), colours=("white/blue",), sign="RUS", small_letters=0.8),
    Layout("ru_moto", ("9999/aa <ruregion>",), MOTORCYCLE, weight=0.7),
    Layout("kg_private", ("(99'K'G)|999 AAA", "99'K'G 999 AAA", "(99'K'G) 999AAA"), left=("none", "flag:"), weight=11),
    Layout("kg_org", ("(99'K'G)|999 AA", "99'K'G 999 AA"), left=("none", "flag:"), weight=3),
    Layout("kg_special", ("(99'K'G)|9999 A",), colours=("black/yellow",), weight=1.5),
    Layout("kg_old", ("A 9999 AA", "A 9999 A"), weight=1),
    Layout("uz_private", ("(99)|A 999 AA",), right=("flag:UZ", "under:UZ"), weight=5),
    Layout("uz_org", ("(99)|999 AAA",), right=("flag:UZ", "under:UZ"), weight=2),
    Layout("uz_trailer", ("(99)|9999 AA",), right=("flag:UZ",), weight=0.5),
    Layout("uz_moto", ("99/999 AA",), MOTORCYCLE, weight=0.5),
    Layout("uz_temp", ("'T 999999 99",), weight=0.3),
    Layout("uz_foreign", ("(99)|<H M> 999999",), colours=("black/yellow", "white/green"), weight=0.5),
    Layout("uz_diplo", ("<D T X> 999999", "'C'M'D 9999"), colours=("white/green",), weight=0.5),
    Layout("tj", ("9999 AA|(0<1 2 3 4 5 6 7 8 9>)",), left=("flag:TJ", "flag:TJ", "none"), weight=2),
    Layout(
        "tm", ("AA 9999|(<AG AH BN DZ LB MR>)", "A 9999|(<AG AH BN DZ LB MR>)"), left=("flag:TM", "none"), weight=1.5
    ),
    Layout("eu_generic", ("9999 aa-<1 2 3 4 5 6 7>", "aa 9999-<1 2 3 4 5 6 7>"), left=("flag:BY",), weight=1.5),
    replace(
        _EU, weight=9,
        patterns=(
            "<RO> 99 AAA", "<RO> 99 AAA", "'B 999 AAA", "'B 99 AAA", "'B 999 AAA", "<RO> 999999", "'B 999999",
            "<RO>*99*AAA",
        ),
    ),
    replace(
        _EU, weight=9, patterns=(
            "A*AA 999", "A*AA 9999", "AA*A 999", "AA*AA 99", "AA*AA 999", "AAA*A 999", "AAA*AA 99", "A*A 999",
            "A-AA 9999",
        ),
    ),
    replace(
        _EU, weight=12, right=("none", "none", "eu"), patterns=(
            "AA 99999", "AA 9999A", "AAA 9999", "AAA 99AA", "A9 999AA", "9A9 9999", "9A9*9999", "AAA-999", "AA*999AA",
            "AA-999AA", "9999 AAA", "A 9999 AA", "AA-999-AA", "AA 999AA", "999 AAA", "AA99 AAA", "AAA 999", "9 AAA 99",
        ),
    ),
    replace(
        _EU, weight=9, patterns=(
            "AAA 99A9", "AA*9999*AA", "AA*999-AA", "AA-9999", "AAA 99A", "AA 99 999", "99-AAA-9", "99-AA-AA",
            "A-999-AA",
            "9-AAA-999", "A 99999A", "AA*999999", "999-'D-99999", "AA-99-AA", "99 AAA 99", "AA 9999 AA", "99 AA 999",
            "99-AA-999", "AA9999AA", "AA 9999", "A999AAA",
        ),
        colours=("black/white", "black/white", "black/white", "black/yellow", "red/white", "blue/white", "white/black"),
    ),
    replace(
        _EU, weight=1.5, sizes=SQUARE + MOTORCYCLE,
        patterns=("AA 99/AAA", "AAA/9999", "A-AA/9999", "AA*99/AAA", "AA/99 AA", "9999/AAA"),
    ),
    Layout(
        "any",
        ("AAA999", "AAA 999", "AAA*999", "AAA999", "AA9999", "999 AAA", "AAA 99A", "99AA9A", "9AA 9AA", "AAA9A99"),
        SHORT,
        ("black/white", "black/white", "black/yellow", "white/black", "blue/white", "green/white", "white/green"),
        caption=0.4,
        weight=6,
    ),
    Layout(
        "any",
        ("AA 99 AA 9999", "AA 99 A 9999", "AA99AA9999", "A 9999 AA", "AAA-9999", "999-A-999"),
        LONG + SHORT,
        caption=0.2,
        weight=2,
    ),
    Layout(
        "any",
        ("?????", "??????", "???????", "????????", "??? ???", "?? ?? ??", "?? ?????", "????", "???? ????", "???"),
        LONG + LONG + SHORT,
        ("black/white", "black/white", "white/black", "black/yellow", "white/blue", "white/green", "white/red"),
        left=("none", "eu", "flag:"),
        right=("none", "none", "eu"),
        caption=0.15,
        weight=10,
    ),
    Layout(
        "any",
        (
            "AAA 999", "AAA 9999", "9AAA999", "AAA9999", "999 AAA", "AAA*999", "AAA*9999", "AA 99999", "999-AAA",
            "99A 999", "AAA-9999", "AA9 9AA", "9AA A99", "A99 9AA", "AA99999", "999AAA", "9999 AA", "AAAA 999",
            "999999", "A9*9999", "AAA 99A", "AA-99999", "99 A*9999", "AA*9999", "A99-AAA", "9AA999",
            "?????", "??????", "???????", "??? ???",
        ),
        AMERICAN,
        ("black/white", "black/white", "blue/white", "red/white", "green/white", "white/blue", "white/black"),
        caption=0.9, picture=0.6, weight=9,
    ),
    Layout(
        "any",
        ("AAA-9999", "AAA-9999", "AAA.9999", "AAA 9999", "AAA9999"),
        BRAZILIAN[:3],
        ("black/grey", "black/grey", "white/red", "black/white"),
        caption=0.95, weight=5,
    ),
    Layout(
        "any",
        ("AAA9A99", "AAA9A99", "AAA 9A99", "AA 999 AA", "AA 999AA", "AAAA 999", "AA 99999"),
        BRAZILIAN[:3],
        ("black/white", "black/white", "red/white", "blue/white"),
        band=0.9, weight=4,
    ),
    Layout("any", ("AAA/9999", "AAA/9A99", "AAA/999"), BRAZILIAN[3:], ("black/grey", "black/white"), caption=0.8),
    Layout(
        "any",
        ("AAA 99A", "AAA999", "AAA 999", "9AA 9AA", "AA 99 AA", "AA 9999", "999 AAA", "9AA999", "AAA*999", "AAA-999"),
        SHORT,
        ("black/white", "black/yellow", "white/green", "blue/white", "red/white", "yellow/black", "white/black"),
        caption=0.5, picture=0.15, weight=4,
    ),
    Layout(
        "any",
        ("#A.99999", "#A.99A99", "#A.A9999", "#A 9999A", "#A*99999", "#A.AA9999", "#A.999999"),
        ((440, 140), (440, 140), (480, 140)),
        ("white/blue", "white/blue", "white/blue", "black/green", "black/yellow", "white/black", "black/white"),
        weight=4,
    ),
    Layout("any", ("#A/99999", "#A/99A99"), ((440, 220),), ("black/yellow", "white/blue"), weight=0.5),
    Layout(
        "any",
        (
            "AA 99 AA 9999", "AA99AA9999", "AA 9 A 9999", "99 AAA 99", "99 AA 999", "99 A 9999", "99-999-99",
            "999-99-999", "AA 99 AA 'G'P", "AAA 999 'G'P", "'C'A 999 999", "9A-9999", "99#9999", "AA 9999 A",
            "A 999 AA", "A 9999 AAA",
        ),
        LONG + SHORT,
        ("black/white", "black/yellow", "black/white", "white/black"),
        left=("none", "eu", "none"),
        caption=0.1, weight=5,
    ),
    Layout("any", ("AA 99/AA 9999", "99 AA/999", "99 A/99 99", "AA99/9999", "99#/9999"), SQUARE, weight=1.5),
    Layout("any", ("??/????", "???/???", "??/??", "????/????", "???/??"), SQUARE + MOTORCYCLE, caption=0.1, weight=3),
)
# fmt: on

WORDS: dict[str, tuple[str, ...]] = {
    "kzregion": tuple(f"{number:02d}" for number in range(1, 21)),
    "kz1993": tuple("ABCDEFHKLMNOPRSTUVWXZ"),
    "ruregion": (
        "77",
        "97",
        "99",
        "177",
        "199",
        "777",
        "78",
        "98",
        "178",
        "50",
        "150",
        "190",
        "750",
        "16",
        "116",
        "23",
        "123",
        "54",
        "154",
        "61",
        "161",
        "63",
        "163",
        "66",
        "96",
        "196",
        "74",
        "174",
        "02",
        "102",
        "55",
        "86",
        "89",
        "05",
        "72",
    ),
    "RO": (
        "AB",
        "AR",
        "AG",
        "BC",
        "BH",
        "BN",
        "BT",
        "BR",
        "BV",
        "BZ",
        "CL",
        "CS",
        "CJ",
        "CT",
        "CV",
        "DB",
        "DJ",
        "GL",
        "GR",
        "GJ",
        "HR",
        "HD",
        "IL",
        "IS",
        "IF",
        "MM",
        "MH",
        "MS",
        "NT",
        "OT",
        "PH",
        "SJ",
        "SM",
        "SB",
        "SV",
        "TR",
        "TM",
        "TL",
        "VL",
        "VS",
        "VN",
    ),
}
CYRILLIC_TWINS = "ABEKMHOPCTYX"
