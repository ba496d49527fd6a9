"""What guests bring, and strings of no country: Europe, the Americas, Oceania, China, India."""

from dataclasses import replace

from kirpik_models.layout import AMERICAN, BRAZILIAN, LONG, MOTORCYCLE, SHORT, SQUARE, Layout

_EU = Layout("eu_generic", (), left=("eu", "eu", "eu", "none"), weight=3)

# fmt: off
ABROAD: tuple[Layout, ...] = (
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
