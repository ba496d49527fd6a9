"""What the desk has ordered and been told: one folder an order, so that two operators do not step on each other.

orders/<name>/order.cbor      as it was signed, and may be sent again
orders/<name>/<unit>.result   the newest signed result of each unit
"""

from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import TrustError, WireError
from kirpik.wire import order as wire
from kirpik.wire.order import Order, Signed
from kirpik.wire.result import Result, verify_result
from kirpik_provisioning.keys.desk import write_whole
from kirpik_provisioning.registry import Known, Registry

FOLDER, ORDER, SUFFIX = "orders", "order.cbor", ".result"
NAME_LETTERS = 12
FINAL = ("done", "rolled-back", "refused", "failed")
STAYS = ("done", "rolled-back", "failed")
"""What became of an order that was obeyed: an older word, or a refusal when it came again, changes nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An order and where it is kept."""

    folder: Path
    data: bytes
    signed: Signed

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def order(self) -> Order:
        return self.signed.order


class OrderFolder:
    def __init__(self, desk: Path) -> None:
        self._folder = desk / FOLDER
        self._registry = Registry(desk)

    def all(self) -> list[Entry]:
        return sorted(map(self._read, self._folder.glob(f"*/{ORDER}")), key=lambda entry: entry.order.counter)

    def get(self, name: str) -> Entry:
        path = self._folder / name / ORDER
        if not path.is_file():
            raise TrustError(f"{name}: no such order; kirpik orders history lists them")
        return self._read(path)

    def keep(self, data: bytes) -> Entry:
        """A new order, or the same one with a signature more."""
        signed = wire.open_order(data)
        folder = self._folder / signed.digest.hex()[:NAME_LETTERS]
        write_whole(folder / ORDER, data)
        return Entry(folder, data, signed)

    def next_counter(self, now_ms: int) -> int:
        """The clock's milliseconds, and above all before: desks that do not know of each other seldom collide."""
        return max([now_ms, *(entry.order.counter + 1 for entry in self.all())])

    def results(self, entry: Entry) -> dict[bytes, Result]:
        """By unit, those whose signature holds."""
        found = {}
        for path in entry.folder.glob(f"*{SUFFIX}"):
            known = self._registry.get(bytes.fromhex(path.stem))
            if known is not None:
                for public in (known.public, known.first_public):
                    try:
                        found[known.unit] = verify_result(path.read_bytes(), public)
                    except WireError:
                        continue
        return found

    def take_result(self, entry: Entry, known: Known, data: bytes) -> Result:
        """Raises WireError unless it is this unit's word on this order. A change of keys is noted with the unit."""
        result = verify_result(data, known.public)
        if (result.unit, result.order) != (known.unit, entry.signed.digest):
            raise WireError("result-order", "a result for another unit or order")
        before = self.results(entry).get(known.unit)
        if before is not None and before.outcome in STAYS and result.outcome not in STAYS:
            raise WireError("result-old", f"{result.outcome} after {before.outcome}")
        write_whole(entry.folder / f"{known.unit.hex()}{SUFFIX}", data)
        return result

    def _read(self, path: Path) -> Entry:
        data = path.read_bytes()
        try:
            return Entry(path.parent, data, wire.open_order(data))
        except WireError as error:
            raise TrustError(f"{path}: not an order: {error}") from error
