"""The officers' desk on the demo's cases: accounts, the site, and a register of owners that never were."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from kirpik.errors import StoreError
from kirpik_provisioning.children import ChildError
from kirpik_provisioning.demo_stage import BIN, Stage, free_port
from kirpik_provisioning.provision import ThrowAwayFleet

WHO = "Demo"
SETTINGS = """
[web]
origin = "http://localhost:{port}"
port = {port}

[desk]
sign_with = "any"
batch = 3

[registry]
csv = "owners.csv"
"""


def open_desk(stage: Stage, fleet: ThrowAwayFleet, plates: Iterable[str]) -> str:
    """Start it, and return the address of an invitation, good once. Raises ChildError, StoreError."""
    settings = fleet.central_config
    rows = [f"{plate},Owner {number} of the demo,Abay {number}" for number, plate in enumerate(plates, start=1)]
    try:
        settings.write_text(settings.read_text() + SETTINGS.format(port=free_port()))
        settings.with_name("owners.csv").write_text("\n".join(["plate,name,address", *rows]) + "\n")
    except OSError as error:
        raise StoreError(f"{settings}: cannot write: {error.strerror}") from error
    stage.start("web", [BIN / "kirpik-central", "web", "--config", settings])
    return _invite(settings)


def _invite(settings: Path) -> str:
    command = [str(BIN / "kirpik-central"), "user", "--config", str(settings), "add", WHO, "--role", "supervisor"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own program
    if done.returncode:
        raise ChildError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no invitation was made")
    return done.stdout.splitlines()[0]
