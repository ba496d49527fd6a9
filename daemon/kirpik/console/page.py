"""The page itself: facts in, lines of text out. Nothing is read here, nothing is sent, no picture is in it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LANGUAGES = ("ru", "kk", "en")
BOLD, REVERSE, RED, GREEN, PLAIN = "\033[1m", "\033[7m", "\033[31;1m", "\033[32;1m", "\033[0m"
WIDE_FOR_CODE = 66 + 4 + 44
"""Columns from which on the code stands beside the text."""
BLIND = {"lens_blocked": "blocked", "lens_moved": "moved", "lens_dark": "dark", "picture_frozen": "frozen"}
Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the page tells of."""

    version: str
    host: str
    time: str
    clock_set: bool
    words: Sequence[str] = ()
    """Eight; none before the keys are there."""
    code: Sequence[str] = ()
    """Rows of the QR code, `#` for dark."""
    enrolled: bool = False
    networks: Sequence[str] = ()
    services: Mapping[str, str] = field(default_factory=dict)
    sight: Mapping[str, float] = field(default_factory=dict)
    """What the eye told of itself in the last minute."""
    waiting: int = 0
    full: bool = False
    checks: Mapping[str, str] = field(default_factory=dict)
    """Name → complaint, empty when all is well."""


def read_words(language: str) -> Words:
    text = (Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8")
    words: Words = tomllib.loads(text)
    return words


def state_of(facts: Facts, words: Words) -> tuple[str, bool]:
    """One sentence, and whether all is well."""
    say = words["state"]
    if not facts.words:
        return say["new"], False
    if not facts.enrolled:
        return say["asking"], False
    if facts.full:
        return say["full"].format(waiting=facts.waiting), False
    if facts.services.get("kirpik-eye") != "active":
        return say["silent"], False
    blind = [words["why"][why] for name, why in BLIND.items() if facts.sight.get(name)]
    if blind:
        return say["blind"].format(why=blind[0]), False
    return (say["guards"], True) if facts.clock_set else (say["unset"], False)


def page(facts: Facts, words: Words, *, columns: int, rows: int) -> list[str]:
    """At most so many rows, none wider than the screen; escape codes count for nothing."""
    state, well = state_of(facts, words)
    head = [
        f"{BOLD}Kirpik {facts.version}   {facts.host}{PLAIN}",
        "",
        *[f"{GREEN if well else RED}{line}{PLAIN}" for line in _wrapped(state, _text_width(facts, columns))],
        "",
        *_rows(facts, words),
        "",
        *_checks(facts, words, _text_width(facts, columns)),
        "",
        f"{words['label']['keys']}",
    ]
    code = code_lines(facts.code)
    if not code or len(code) > rows:
        return head[:rows]
    if columns >= WIDE_FOR_CODE:
        return _beside(code, head)[:rows]
    return (head + ["", *code])[:rows] if len(head) + len(code) < rows else head[:rows]


def code_lines(code: Sequence[str]) -> list[str]:
    """Two columns a module, light ones in reverse: console fonts have no half blocks beside Kazakh letters."""
    return [
        "".join(f"{REVERSE}  {PLAIN}" if module == " " else "  " for module in row).replace(f"{PLAIN}{REVERSE}", "")
        for row in code
    ]


def _rows(facts: Facts, words: Words) -> list[str]:
    label = words["label"]
    clock = label["set"] if facts.clock_set else f"{RED}{label['unset']}{PLAIN}"
    network = label["wired"].format(names=", ".join(facts.networks)) if facts.networks else label["unwired"]
    table = [(label["unit"], facts.host)]
    if facts.words:
        table += [
            (label["words"], f"{BOLD}{' '.join(facts.words[:4])}{PLAIN}"),
            ("", f"{BOLD}{' '.join(facts.words[4:])}{PLAIN}"),
        ]
    table += [(label["time"], f"{facts.time} UTC, {clock}"), (label["network"], network)]
    for service, more in (("eye", _sight(facts, label)), ("link", "")):
        if (state := facts.services.get(f"kirpik-{service}")) is not None:
            table.append((label[service], label.get(state, state) + more))
    table.append((label["waiting"], str(facts.waiting)))
    wide = max(len(name) for name, _ in table) + 2
    return [f"{name:<{wide}}{value}" for name, value in table]


def _sight(facts: Facts, label: Mapping[str, str]) -> str:
    if not facts.sight:
        return ""
    fps, dropped = facts.sight.get("fps", 0), facts.sight.get("frames_dropped", 0)
    return ", " + label["frames"].format(fps=f"{fps:g}", dropped=f"{dropped:.0f}")


def _checks(facts: Facts, words: Words, width: int) -> list[str]:
    bad = {name: said for name, said in facts.checks.items() if said}
    title = words["label"]["checks"]
    if not bad:
        return [f"{title}: {words['label']['well']}"] if facts.checks else []
    lines = [f"{title}:"]
    for name, said in bad.items():
        lines += [f"{RED}  {line}{PLAIN}" for line in _wrapped(f"{words['check'].get(name, name)}: {said}", width - 2)]
    return lines


def _beside(left: Sequence[str], right: Sequence[str]) -> list[str]:
    wide = 2 * max(1, len(left))
    blank = " " * wide
    count = max(len(left), len(right))
    pairs = [(left[row] if row < len(left) else blank, right[row] if row < len(right) else "") for row in range(count)]
    return [f"{code}    {text}" for code, text in pairs]


def _text_width(facts: Facts, columns: int) -> int:
    return columns - (2 * len(facts.code) + 4) - 1 if facts.code and columns >= WIDE_FOR_CODE else columns - 1


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def to_json(facts: Facts) -> dict[str, Any]:
    """The same for programs."""
    return {name: getattr(facts, name) for name in Facts.__dataclass_fields__ if name != "code"}
