"""Words that a pattern's `<...>` stands for: regions, and the letters of the old kind."""

# fmt: off
WORDS: dict[str, tuple[str, ...]] = {
    "kzregion": tuple(f"{number:02d}" for number in range(1, 21)),
    "kz1993": tuple("ABCDEFHKLMNOPRSTUVWXZ"),
    "ruregion": (
        "77", "97", "99", "177", "199", "777", "78", "98", "178", "50", "150", "190", "750", "16", "116", "23", "123",
        "54", "154", "61", "161", "63", "163", "66", "96", "196", "74", "174", "02", "102", "55", "86", "89", "05",
        "72",
    ),
    "RO": (
        "AB", "AR", "AG", "BC", "BH", "BN", "BT", "BR", "BV", "BZ", "CL", "CS", "CJ", "CT", "CV", "DB", "DJ", "GL",
        "GR", "GJ", "HR", "HD", "IL", "IS", "IF", "MM", "MH", "MS", "NT", "OT", "PH", "SJ", "SM", "SB", "SV", "TR",
        "TM", "TL", "VL", "VS", "VN",
    ),
}
# fmt: on
CYRILLIC_TWINS = "ABEKMHOPCTYX"
"""Latin letters with a Cyrillic twin."""
