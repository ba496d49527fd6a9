"""What the verbs of orders do, said before it is done: which files they replace, what the eye does next."""

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Protocol

REPLACES = {"set-config": "config", "set-site": "site", "set-models": "models"}


class After(IntEnum):
    """What the eye does next; the higher number counts."""

    GO_ON = 0
    RESTART = 1
    """End, so that systemd starts us afresh."""
    GONE = 2
    """Wiped: there is nothing left to start with."""


class Effects(Protocol):
    """What orders do outside of the unit's memory of orders. Each raises KirpikError and has then done nothing."""

    def in_force(self, kind: str) -> bytes:
        """SHA-256 of the file of this kind that the unit goes by."""

    def check(self, kind: str, contents: bytes) -> None:
        """Refuse contents that the eye could not start with."""

    def lacks(self, kind: str, contents: bytes) -> Collection[bytes]:
        """Hashes of files that these contents name and that are nowhere on the unit; none, if they say nothing good."""

    def figures(self) -> Mapping[str, int]: ...

    def change_identity(self) -> bytes:
        """A new signing key, told in the chain; its public half. The unit's id stays."""

    def wipe(self) -> None:
        """Keys, packets and memory: nothing of this unit stays on the card."""
