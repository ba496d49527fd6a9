"""What is proven of a case at the moment somebody looks: signature, key, chain, log."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from kirpik.errors import TrustError, WireError
from kirpik.wire import keydocs
from kirpik.wire.documents import KeySet
from kirpik_central.store import Case
from kirpik_central.tables import ALARM, CHECKPOINT

LOOK_S = 5.0


@dataclass(frozen=True, slots=True)
class Standing:
    signature: bool
    """Checked now, from the evidence as it lies in the store."""
    key: bool
    """The unit is known, and its packets are believed up to this one."""
    revoked: bool
    chain: bool
    """No packet before it is missing."""
    fork: bool
    """Two packets of this unit claimed one place."""
    log: bool
    """A signed checkpoint of the log covers it."""

    @property
    def marks(self) -> Mapping[str, bool]:
        return {"signature": self.signature, "key": self.key and not self.revoked, "chain": self.chain, "log": self.log}


class KeySetFile:
    """The key set in force, by the root beside it; read again when it has changed. Holds no private key."""

    def __init__(self, root: Path, keyset: Path) -> None:
        self._paths = (root, keyset)
        self._due_s = 0.0
        self._mark: list[tuple[int, int]] = []
        self._keyset: KeySet | None = None

    def current(self) -> KeySet:
        """Raises TrustError where there never was one that made sense."""
        if time.monotonic() >= self._due_s or self._keyset is None:
            self._due_s = time.monotonic() + LOOK_S
            self._look()
        if self._keyset is None:
            raise TrustError(f"{self._paths[1]}: no key set that can be trusted")
        return self._keyset

    def _look(self) -> None:
        root, keyset = self._paths
        try:
            mark = [(path.stat().st_mtime_ns, path.stat().st_ino) for path in self._paths]
            if mark != self._mark:
                self._keyset = keydocs.open_keyset(keyset.read_bytes(), keydocs.open_root(root.read_bytes()))
                self._mark = mark
        except (OSError, WireError) as error:
            if self._keyset is None:
                raise TrustError(f"{keyset}: not to be trusted: {error}") from error


def standing(connection: Connection, case: Case, keyset: KeySet, *, signature: bool, known: bool) -> Standing:
    place = case.place
    revoked = next((entry for entry in keyset.revoked if entry.unit == place.unit), None)
    behind = revoked is not None and (place.epoch, place.sequence) > (revoked.epoch, revoked.sequence)
    fork = select(ALARM.c.id).where(ALARM.c.kind.in_(("fork", "branch")), ALARM.c.unit == place.unit).limit(1)
    covered = connection.execute(select(func.max(CHECKPOINT.c.size))).scalar() or 0
    return Standing(
        signature=signature,
        key=known,
        revoked=behind,
        chain=case.receipted,
        fork=connection.execute(fork).first() is not None,
        log=covered > case.leaf,
    )
