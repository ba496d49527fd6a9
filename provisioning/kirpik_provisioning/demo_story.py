"""What has been heard of a demo run: the eye's counts and the central's opened cases, and whether that is all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kirpik_provisioning.demo_table import Sight, row_of


@dataclass(slots=True)
class Story:
    start_ns: int = 0
    """The sensor's clock at the recording's first frame."""
    counts: dict[str, Any] = field(default_factory=dict)
    cases: list[dict[str, Any]] = field(default_factory=list)

    def hear_eye(self, lines: Sequence[str]) -> bool:
        """Take the eye's progress lines; whether there was anything new."""
        before = dict(self.counts)
        for line in lines:
            self.counts.update(json.loads(line).get("progress", {}))
        return before != self.counts

    def hear_central(self, lines: Sequence[str]) -> bool:
        """Take the central's cases, one a line; whether there was any."""
        self.cases.extend(json.loads(line) for line in lines)
        return bool(lines)

    def count(self, name: str) -> int:
        return int(self.counts.get(name, 0))

    def sight(self, note: str) -> Sight:
        rows = [row_of(case, start_ns=self.start_ns, receipt=self._receipt(case)) for case in self.cases]
        return Sight(self.counts, rows, note)

    def complete(self) -> bool:
        """Whether no packet waits any more and the central has shown each that it gave a receipt for.

        A packet that the central refused waits no longer and never shows; it is missing from the receipts.
        """
        return not self.count("waiting") and len(self.cases) >= self.count("receipts")

    def _receipt(self, case: Mapping[str, Any]) -> str:
        return "verified" if case["sequence"] <= self.count("receipts") else "signed"


@dataclass(frozen=True, slots=True)
class Missed:
    """Where the cases differ from the truth: `kind plate` each."""

    absent: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def none(self) -> bool:
        return not self.absent and not self.unexpected


def compare(cases: Sequence[Mapping[str, Any]], truth: Mapping[str, Any]) -> Missed:
    """Hold the cases against the simulator's truth.json, which says of each offence whether it `must` or `may` come."""
    offences = [(vehicle["plate"], one) for vehicle in truth["vehicles"] for one in vehicle["violations"]]
    must = {f"{one['kind']} {plate}" for plate, one in offences if one["expect"] == "must"}
    allowed = {f"{one['kind']} {plate}" for plate, one in offences}
    came = {f"{case['kind']} {case['plate']}" for case in cases}
    return Missed(tuple(sorted(must - came)), tuple(sorted(came - allowed)))
