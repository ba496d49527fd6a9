"""Say what is wrong in a TOML file: line, field, value and what was expected, so that nobody need search."""

import re
from typing import Any

FORMS = {
    "hours": "HH:MM-HH:MM, such as 07:00-21:00",
    "id": "letters, digits, dots, _ and -",
    "name": "letters, digits, dots, _ and -",
    "oid": "numbers with dots between them",
    "root_pin": "64 hexadecimal digits",
    "also": "HOST:PORT",
}
"""What a pattern means, by the field that must have it. Those of `source` tell it well enough themselves."""
PATTERN = re.compile(r"`str` matching regex ('.*')")
PATH_IN_MESSAGE = re.compile(r"at `\$([^`]*)`")
UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")


def complaint(text: str, raw: dict[str, Any], message: str) -> str:
    """msgspec's message about `raw`, which was read from `text`, as `:<line>: <field>: <value>, expected …`."""
    found = PATH_IN_MESSAGE.search(message)
    path = found.group(1).lstrip(".") if found else ""
    field = re.sub(r"\[[^]]*\]$", "", path).rpartition(".")[2]
    said = PATTERN.sub(lambda match: FORMS.get(field, match.group(1)), message.partition(" - at `")[0])
    value = _value(raw, path)
    if said.startswith("Expected") and isinstance(value, str | int | float):
        said = f"{value!r}, expected{said.partition(', got ')[0].removeprefix('Expected')}"
    return f"{line_of(text, message)}: {path + ': ' if path else ''}{said}"


def _value(raw: dict[str, Any], path: str) -> object:
    """What stands there; None where the path names no single place."""
    inner: Any = raw
    for step in re.findall(r"\w+|\.\.\.", path):
        try:
            inner = inner[int(step) if isinstance(inner, list) else step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return inner


def line_of(text: str, message: str) -> str:
    """Return `:<line>` for msgspec's message, or nothing where the field has no line of its own (a missing one)."""
    found = PATH_IN_MESSAGE.search(message)
    steps = re.findall(r"([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]", found.group(1) if found else "")
    names = [name for name, _ in steps if name]
    unknown = UNKNOWN_FIELD.search(message)
    if unknown:
        names.append(unknown.group(1))
    index = next((int(number) for _, number in steps if number.isdigit()), 0)
    line = _search(text.splitlines(), names, index)
    return f":{line}" if line else ""


def line_of_field(text: str, field: str) -> str:
    """The same for a field by its path, such as `rule[2].line_m`."""
    return line_of(text, f"at `${'.' + field}`")


def _search(lines: list[str], names: list[str], index: int) -> int | None:
    if not names:
        return None
    table, *rest = names
    start = _table_line(lines, table, index)
    if start is None:
        return _key_line(lines, table, 0)
    return (_key_line(lines, rest[0], start) if rest else None) or start


def _table_line(lines: list[str], table: str, index: int) -> int | None:
    headers = [i + 1 for i, line in enumerate(lines) if re.match(rf"\s*\[\[?\s*{re.escape(table)}\s*\]", line)]
    return headers[index] if index < len(headers) else None


def _key_line(lines: list[str], key: str, start: int) -> int | None:
    for i in range(start, len(lines)):
        if re.match(r"\s*\[", lines[i]):
            return None
        if re.match(rf"\s*{re.escape(key)}\s*=", lines[i]):
            return i + 1
    return None
