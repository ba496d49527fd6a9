"""Mosquitto's settings as Kirpik ships them, for 2.0.11 and later: TLS 1.3, certificates on both ends, a tree a unit.

The broker is only a wire. What it persists is a courtesy to the central, because evidence leaves a unit
only against a signed receipt, and no restart of the broker can lose it.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from kirpik.errors import ConfigError
from kirpik_provisioning.broker.rights import Rights

PROGRAM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
"""Where distributions put it; an ordinary user's search path often leaves these out."""

DOOR = """\
cafile {folder}/ca.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
# Certificates that count no more. Read again at SIGHUP; for lines that are open there is the file of rights.
crlfile {folder}/crl.pem
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
allow_anonymous false
"""
"""For those who have a certificate of the fleet's, at this broker and at the lobby."""

ONE_LINE_EACH = """\
# Otherwise a unit could take another unit's client id and push it off the line.
use_username_as_clientid true
"""

QUIET = """\
sys_interval 0
log_dest stderr
log_type error
log_type warning
connection_messages false
"""

SETTINGS = (
    """\
# Written by kirpik. Comments say what goes wrong without a line.
listener {port} {host}
"""
    + DOOR
    + ONE_LINE_EACH
    + """\
acl_file {folder}/acl
persistence true
persistence_location {store}/
# Otherwise a broker that is killed forgets sessions and key documents of the last half hour.
autosave_interval 30
# A packet has 16 KiB at most, a part of a file 32 KiB, a key document 64 KiB.
max_packet_size 81920
# Two groups of the central's: while one is written, the next comes in.
max_inflight_messages 1000
# For a central that is away; what does not fit comes again from the units.
max_queued_messages 20000
max_queued_bytes 268435456
# Whoever asks for a session that never ends gets this one.
persistent_client_expiration 14d
# A dead line is noticed, and a unit that asks for hours is not believed.
max_keepalive 300
max_connections {connections}
"""
    + QUIET
)


USUAL = Rights()


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """Where one broker listens, what it keeps where, and who may do what."""

    host: str
    port: int
    folder: Path
    """Has ca.pem, broker.pem, broker.key and crl.pem; the two settings files are written beside them."""
    rights: Rights = USUAL
    connections: int = 15_000
    """At most; each takes a file handle."""
    run_as: str | None = None
    """User to change to when started by root; None leaves it to Mosquitto, which takes `mosquitto`."""


def write_settings(plan: BrokerPlan) -> Path:
    """Write the broker's settings and rights and return the path to start it with."""
    store = plan.folder / "store"
    store.mkdir(parents=True, exist_ok=True)
    write_rights(plan.folder, plan.rights)
    settings = SETTINGS.format(
        port=plan.port,
        host=plan.host,
        folder=plan.folder.resolve(),
        store=store.resolve(),
        connections=plan.connections,
    )
    if plan.run_as is not None:
        settings += f"user {plan.run_as}\n"
    path = plan.folder / "mosquitto.conf"
    path.write_text(settings)
    return path


def write_rights(folder: Path, rights: Rights) -> None:
    """Anew; the broker reads them at a HUP, and they count for connections that stand."""
    (folder / "acl").write_text(rights.text())


def command(settings: Path) -> list[str]:
    """The command line that runs the broker in the foreground. Raises ConfigError when there is no Mosquitto."""
    program = find_program()
    if program is None:
        raise ConfigError("mosquitto is not installed; on Debian and Raspberry Pi OS: apt install mosquitto")
    return [program, "-c", str(settings)]


def find_program() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=":".join(PROGRAM_FOLDERS))
