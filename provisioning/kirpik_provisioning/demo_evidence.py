"""The demo's evidence files: what an accused would be given, and can check without anybody's help.

Nothing leaves a central without an officer's decision. Where nobody sits at the desk, the demo itself plays the
officer, and says so.
"""

import time
from pathlib import Path

from kirpik_central.case import open_case
from kirpik_central.cases import public_of
from kirpik_central.decisions import Decision, decide
from kirpik_central.parts import Parts

OFFICER, REASON = "the demo", "a simulated road; nobody has looked"


def confirm_all(central: Path) -> None:
    parts = Parts(central)
    for case in parts.store.cases():
        if open_case(case, public_of(case, parts.units)) is not None:
            _confirm(parts, case.leaf)


def write_evidence(central: Path, folder: Path) -> list[Path]:
    """Sign the central's log, and write a file for each case that is confirmed into the folder, root.cbor beside."""
    parts = Parts(central)
    parts.log().sign()
    folder.mkdir(exist_ok=True)
    parts.exporter(folder).export(lambda _line: None)
    (folder / "root.cbor").write_bytes((central.parent / parts.config.keys.root).read_bytes())
    return sorted(folder.glob("*.kpe"))


def _confirm(parts: Parts, leaf: int) -> None:
    now_ms = time.time_ns() // 1_000_000
    decision = Decision(packet=leaf, turn=1, verdict="confirmed", officer=OFFICER, reason=REASON, decided_ms=now_ms)
    parts.store.write(lambda connection: decide(connection, decision))
