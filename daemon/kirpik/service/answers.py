"""Signed answers to orders on their way out: each once for each start of the link, oldest first, the last one retained.

Only the eye removes an answer. What the line loses comes again with the next connection.
"""

from collections.abc import Iterator

from kirpik.store.orders import ResultsView


class Answers:
    def __init__(self, results: ResultsView) -> None:
        self._results = results
        self._flying: dict[int, str] = {}
        self._said: set[str] = set()

    def due(self) -> Iterator[tuple[str, bytes]]:
        names = self._results.names()
        self._said &= set(names)
        for name in names:
            if name not in self._said and name not in self._flying.values():
                data = self._results.read(name)
                if data is not None:
                    yield name, data

    def sent(self, name: str, message: int) -> None:
        self._flying[message] = name

    def answered(self, message: int) -> bool:
        """Whether the message was one of ours."""
        name = self._flying.pop(message, None)
        if name is not None:
            self._said.add(name)
        return name is not None

    def land(self) -> None:
        """The line is lost, and all that was on it."""
        self._flying.clear()
