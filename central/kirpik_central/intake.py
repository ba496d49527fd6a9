"""A group of letters becomes one transaction, and what it changed becomes signed receipts.

The order is the promise: judged, stored, on the disk, and only then receipted and acknowledged. Whatever dies in
between, the unit still has the packet and sends it again, and the second time finds it stored.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from kirpik_central.chains import Place
from kirpik_central.examine import examine, topic_of
from kirpik_central.flood import Gate
from kirpik_central.group import Answered, Group, Verdict
from kirpik_central.keys import CentralKeys, Units
from kirpik_central.ledger import Kept, Ledger
from kirpik_central.letters import Letter
from kirpik_central.store import Store


class Intake:
    def __init__(self, store: Store, keys: CentralKeys, units: Units, *, gate: Gate | None = None) -> None:
        self._store = store
        self._keys = keys
        self._units = units
        self._gate = gate or Gate()

    def use(self, keys: CentralKeys) -> None:
        """From the next group on."""
        self._keys = keys

    def take(self, letters: Sequence[Letter]) -> Answered:
        """Judge and store the letters as one group. When this returns, all of it is on the disk."""
        judged: list[tuple[Letter, Verdict]] = []
        admitted, held = self._gate.parted(letters)
        answered = self._hold_back(held) if held else Answered([], Counter())
        for letter in admitted:
            verdict = examine(letter.topic, letter.payload, units=self._units, keys=self._keys)
            judged.append((letter, verdict))
            if isinstance(verdict, Kept) and verdict.new_key is not None:
                answered += self._enter(judged)  # what comes after may be signed by the new key
                self._units.look_again(verdict.place.unit)
                judged = []
        return answered + self._enter(judged) if judged else answered

    def _hold_back(self, letters: Sequence[Letter]) -> Answered:
        """Not looked at, not answered: an honest unit sends it again."""
        fates = Counter({"held": len(letters)})
        floods = {told.unit for letter in letters if (told := topic_of(letter.topic)) is not None}

        def write(connection: Connection) -> None:
            ledger = Ledger(connection)
            for unit in sorted(floods):
                ledger.alarm("flood", Place(unit, 0, 0), b"")
            ledger.count(fates)

        self._store.write(write)
        return Answered([], fates)

    def _enter(self, judged: Sequence[tuple[Letter, Verdict]]) -> Answered:
        return self._store.write(lambda connection: Group(Ledger(connection), self._keys).enter(judged))
