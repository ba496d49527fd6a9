"""A controller asked over SNMP: NTCIP 1202, phase status groups. The only file that imports pysnmp.

Objects (NTCIP 1202 v03, 5.2.4): phaseStatusGroupReds, -Yellows, -Greens; one octet a group of eight phases, bit 0 is
the group's first phase. Which numbers a controller really uses is for its settings to say.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    get_cmd,
)

from kirpik.values import Phase

PHASE_STATUS = "1.3.6.1.4.1.1206.4.2.1.1.4.1"
REDS, YELLOWS, GREENS = 2, 3, 4
PHASES_A_GROUP = 8
ANSWER_WITHIN_S = 0.5

Say = Callable[[str, Phase, int], object]
"""Signal, phase, CLOCK_MONOTONIC in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Controller:
    host: str
    port: int
    community: str
    phases: Mapping[str, int]
    """Signal → the controller's phase, from 1."""
    oid: str = PHASE_STATUS


class Poller:
    """Asks one controller again and again; `turn` is called by one thread."""

    def __init__(self, controller: Controller, say: Say, *, every_s: float) -> None:
        self._controller = controller
        self._say = say
        self._every_s = every_s
        self._loop = asyncio.new_event_loop()
        self._engine = SnmpEngine()
        groups = {(phase - 1) // PHASES_A_GROUP + 1 for phase in controller.phases.values()}
        self._asked = [(colour, group) for group in sorted(groups) for colour in (REDS, YELLOWS, GREENS)]

    def turn(self) -> None:
        """One question. What gives no answer is not told, so that the signal becomes unknown at the eye."""
        self._loop.run_until_complete(self._poll())

    def close(self) -> None:
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        self._engine.close_dispatcher()

    async def _poll(self) -> None:
        asked_ns = time.monotonic_ns()
        lit = await self._lit()
        if lit is not None:
            for signal, phase in self._controller.phases.items():
                self._say(signal, shown({colour for colour, phases in lit.items() if phase in phases}), asked_ns)
        await asyncio.sleep(max(0.0, self._every_s - (time.monotonic_ns() - asked_ns) / 1e9))

    async def _lit(self) -> dict[int, set[int]] | None:
        """Colour → the phases that show it, all from one answer; None without one."""
        controller = self._controller
        target = await UdpTransportTarget.create((controller.host, controller.port), timeout=ANSWER_WITHIN_S, retries=0)
        oids = [f"{controller.oid}.{colour}.{group}" for colour, group in self._asked]
        failed, refused, _, values = await get_cmd(
            self._engine, CommunityData(controller.community), target, ContextData(),
            *[ObjectType(ObjectIdentity(oid)) for oid in oids], lookupMib=False,
        )  # fmt: skip
        return None if failed or refused else _phases(self._asked, [value for _, value in values])


def _phases(asked: Sequence[tuple[int, int]], values: Sequence[object]) -> dict[int, set[int]] | None:
    """None where an answer holds something else than a number."""
    lit: dict[int, set[int]] = {REDS: set(), YELLOWS: set(), GREENS: set()}
    for (colour, group), value in zip(asked, values, strict=True):
        try:
            bits = int(value)  # type: ignore[call-overload]  # SNMP's integers are one; its other answers are not
        except (TypeError, ValueError):
            return None
        first = (group - 1) * PHASES_A_GROUP + 1
        lit[colour].update(first + bit for bit in range(PHASES_A_GROUP) if bits >> bit & 1)
    return lit


def shown(colours: set[int]) -> Phase:
    """One colour is a phase; red with yellow is red_amber; everything else is a fault, and off."""
    phases: dict[frozenset[int], Phase] = {
        frozenset({REDS}): "red",
        frozenset({YELLOWS}): "amber",
        frozenset({GREENS}): "green",
        frozenset({REDS, YELLOWS}): "red_amber",
    }
    return phases.get(frozenset(colours), "off")
