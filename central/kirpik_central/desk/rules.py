"""What an officer may say, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from kirpik_central.config import DeskTable

CONFIRM, WARN, REJECT, REFER = "confirm", "warn", "reject", "refer"
SAYINGS = (CONFIRM, WARN, REJECT, REFER)
REASONS: Mapping[str, tuple[str, ...]] = {
    CONFIRM: (),
    WARN: (),
    REJECT: (
        "plate_wrong", "plate_unreadable", "speed_doubtful", "signal_doubtful", "place_doubtful",
        "special_vehicle", "directed", "forced", "technical",
    ),
    REFER: (),
}  # fmt: skip
"""Nine, so that a digit each is enough."""
MAX_NOTE = 300


@dataclass(frozen=True, slots=True)
class Rules:
    hold_ms: int
    draft_ms: int
    batch: int
    two_persons: bool
    codes_allowed: bool
    control_share: float


def rules_of(table: DeskTable) -> Rules:
    return Rules(
        hold_ms=table.hold_minutes * 60_000,
        draft_ms=table.draft_minutes * 60_000,
        batch=table.batch,
        two_persons=table.two_persons,
        codes_allowed=table.sign_with == "any",
        control_share=table.control_percent / 100,
    )


def verdict_of(saying: str, *, warning: bool, proposed: bool, rules: Rules) -> str:
    """`warning`: the unit itself asks for no more. `proposed`: an officer has confirmed it before."""
    if saying == CONFIRM and warning:
        return "warned"
    if saying == CONFIRM and rules.two_persons and not proposed:
        return "proposed"
    return {CONFIRM: "confirmed", WARN: "warned", REJECT: "rejected", REFER: "referred"}[saying]


def reason_of(code: str, note: str) -> str:
    """As it stands in the statement."""
    note = " ".join(note.split())[:MAX_NOTE]
    return f"{code}: {note}" if code and note else code or note


def code_of(reason: str) -> str:
    return reason.partition(":")[0]
