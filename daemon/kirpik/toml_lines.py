"""Find the line of a TOML file that a complaint is about, so that the operator need not search."""

import re

PATH_IN_MESSAGE = re.compile(r"at `\$([^`]*)`")
UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")


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
