"""Bytes as words that can be read out over a telephone in any language: proquints (D. S. Wilkerson, arXiv:0901.4016).

Five letters for 16 bits, consonant and vowel in turn; no list of words, so nothing to translate and nothing to license.
"""

from kirpik.errors import WireError

CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aiou"
WORD_BYTES, WORD_LETTERS = 2, 5


def to_words(data: bytes) -> str:
    """An even number of bytes, a word for each two."""
    pairs = [int.from_bytes(data[at : at + WORD_BYTES], "big") for at in range(0, len(data), WORD_BYTES)]
    return " ".join(_word(pair) for pair in pairs)


def from_words(text: str) -> bytes:
    """Words separated by blanks or hyphens, in any case. Raises WireError."""
    words = text.lower().replace("-", " ").split()
    return b"".join(_number(word).to_bytes(WORD_BYTES, "big") for word in words)


def _word(pair: int) -> str:
    return (
        CONSONANTS[pair >> 12] + VOWELS[pair >> 10 & 3] + CONSONANTS[pair >> 6 & 15]
        + VOWELS[pair >> 4 & 3] + CONSONANTS[pair & 15]
    )  # fmt: skip


def _number(word: str) -> int:
    if len(word) != WORD_LETTERS:
        raise WireError("words-form", "expected words of five letters")
    number = 0
    for at, letter in enumerate(word):
        alphabet = VOWELS if at % 2 else CONSONANTS
        if letter not in alphabet:
            raise WireError("words-form", "expected consonant and vowel in turn")
        number = number * len(alphabet) + alphabet.index(letter)
    return number
