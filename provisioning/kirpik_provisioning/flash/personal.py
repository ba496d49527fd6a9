"""What makes one card differ from the next: a data partition that reaches to its end, and where it will stand.

The image stays the same for all, so its hash holds for all; this is written after the image has been read back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.table import ALIGN, ENTRIES_AT, ENTRY, SECTOR, parse_table, read_table
from kirpik_provisioning.image.trouble import ImageError

CARD = "kirpik/card.toml"
TOKEN_WORDS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Of one card."""

    label: str = ""
    token: str = ""
    """Five words of `kirpik enrol tokens`, good once."""
    language: str = ""

    def text(self) -> str:
        rows = {"label": self.label, "token": self.token, "language": self.language}
        return "".join(f'{name} = "{value}"\n' for name, value in rows.items() if value)


def one_place(*, label: str, token: str, language: str) -> Place:
    """As it was typed. Raises ImageError when a card could not hold it."""
    words = token.split()
    if words and len(words) != TOKEN_WORDS:
        raise ImageError(f"--token: {len(words)} words, expected the {TOKEN_WORDS} of `kirpik enrol tokens`")
    return Place(_label(label, "--label"), " ".join(words), language)


def read_places(path: Path) -> list[Place]:
    """Of a sheet as `kirpik enrol tokens` prints it (five words, label, date, two spaces between), or bare labels."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"{path}: cannot be read as a list of labels") from error
    return list(_places(lines, path))


def filled(head: bytes, size: int) -> bytes:
    """The first block with a data partition that ends where a card of `size` bytes ends; as it is without one."""
    table = parse_table(head, "the image")
    if table.data is None:
        return head
    count = (size // SECTOR - table.data.start) // ALIGN * ALIGN
    if count <= table.data.count:
        return head
    at = ENTRIES_AT + ENTRY.size * (table.data.number - 1)
    flags, first, kind, last, start, _ = ENTRY.unpack_from(head, at)
    return head[:at] + ENTRY.pack(flags, first, kind, last, start, min(count, 2**32 - 1)) + head[at + ENTRY.size :]


def personalise(card: Path, place: Place) -> None:
    """Write the place onto the boot partition, and read it back."""
    if place.text():
        BootFiles(card, read_table(card).boot).write(CARD, place.text().encode())


def _places(lines: Sequence[str], path: Path) -> Iterator[Place]:
    for number, line in enumerate(lines, 1):
        parts = [part for part in line.split("  ") if part]
        words = parts[0].split()
        if len(parts) == 1:
            yield Place(_label(line, f"{path}:{number}"))
        elif len(words) == TOKEN_WORDS:
            yield Place(_label(parts[1], f"{path}:{number}"), " ".join(words))
        else:
            raise ImageError(f"{path}:{number}: expected a label, or a line as `kirpik enrol tokens` prints it")


def _label(text: str, where: str) -> str:
    label = text.strip()
    if len(label) > 64 or any(ord(letter) < 32 or letter in '"\\' for letter in label):
        raise ImageError(f"{where}: label {label!r}: expected at most 64 letters without quotes or backslashes")
    return label
