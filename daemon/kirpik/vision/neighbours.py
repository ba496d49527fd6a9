"""Texts that a network may take for each other: one character replaced by its look-alike, forgotten or invented."""

NARROW = ("I", "1", "J", "L", "KG")
"""What is apt to be left out, or seen where there is a bar or a rim: narrow characters, and a state's small sign below
its region. The text without one may still obey a grammar: without its sign a Kyrgyz plate is an Uzbek company's."""
SHAPES = (
    "0ODQCGU8", "8B3069S", "1I7TJL", "5S6", "2Z7", "MNHWK", "VYUN", "CG6", "PRFBD", "EFBL", "XKY", "4A", "A4R", "39",
)  # fmt: skip
"""Characters that dirt, blur and a stroke through a zero make alike."""
ALIKE = {
    char: {other for shapes in SHAPES if char in shapes for other in shapes} - {char} for char in set("".join(SHAPES))
}


def replaced(text: str) -> set[str]:
    """One character is another of the same shape."""
    return {text[:at] + other + text[at + 1 :] for at, char in enumerate(text) for other in ALIKE.get(char, ())}


def longer(text: str) -> set[str]:
    """One of `NARROW` was forgotten."""
    return {text[:at] + sign + text[at:] for at in range(len(text) + 1) for sign in NARROW}


def shorter(text: str) -> set[str]:
    """One of `NARROW` was invented."""
    return {
        text[:at] + text[at + len(sign) :] for sign in NARROW for at in range(len(text)) if text.startswith(sign, at)
    } - {""}
