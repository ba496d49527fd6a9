"""Where passphrases come from: a person at the keyboard, or a file with one answer a line; nothing else is asked."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from kirpik.errors import TrustError

Ask = Callable[[str], bytes]
"""A question, such as `passphrase of anna.key`, to its answer. Never echoes."""


def ask_with(path: Path | None) -> Ask:
    return _at_the_keyboard if path is None else _from_file(path)


def _at_the_keyboard(question: str) -> bytes:
    answer: str = click.prompt(question, hide_input=True, err=True)
    return answer.encode()


def _from_file(path: Path) -> Ask:
    """Answers in the order of the questions, for a machine that has no keyboard."""
    try:
        text: str = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TrustError(f"{path}: expected text, one answer a line") from error
    answers = iter(text.splitlines())

    def ask(question: str) -> bytes:
        answer = next(answers, None)
        if answer is None:
            raise TrustError(f"{path}: no line is left for the {question}")
        return answer.encode()

    return ask
