"""The lobby: a broker of its own for units that have no certificate yet, so that whoever floods it hurts nobody else.

Strangers come in by one door, may ask under their own client id and hear the answer; desks come in by the other, with
a certificate, and may hear who asks and answer. Nothing is kept here: no sessions, no retained messages, no disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kirpik_provisioning.broker.mosquitto import DOOR, QUIET

SETTINGS = (
    """\
# Written by kirpik. Comments say what goes wrong without a line.
per_listener_settings true
listener {port} {host}
certfile {folder}/broker.pem
keyfile {folder}/broker.key
tls_version tlsv1.3
allow_anonymous true
acl_file {folder}/lobby_acl
max_connections 200
listener {desk_port} {host}
"""
    + DOOR
    + """\
# A desk has many lines here: whoever keeps the door stays while another looks who asks. Each line makes up a client id,
# which no stranger could guess and take.
acl_file {folder}/lobby_desks
# Otherwise a stranger with ever new names could fill the memory with messages that stay.
retain_available false
persistence false
# Strangers may leave sessions behind, each with a last will: they end, they are small, and all together have a bound.
persistent_client_expiration 1h
max_packet_size 2048
memory_limit {memory_bytes}
max_queued_messages 100
max_keepalive 60
"""
    + QUIET
)

STRANGERS = """\
# %c is the client id: whoever takes another's can only keep it from asking.
pattern write kirpik/1/lobby/%c/ask
pattern read kirpik/1/lobby/%c/answer
"""

DESK = """
user {name}
topic read kirpik/1/lobby/+/ask
topic write kirpik/1/lobby/+/answer
"""


@dataclass(frozen=True, slots=True)
class LobbyPlan:
    host: str
    port: int
    """For strangers."""
    desk_port: int
    """For desks."""
    folder: Path
    """The broker's: has ca.pem, broker.pem, broker.key and crl.pem."""
    desks: Sequence[str] = ("desk",)
    run_as: str | None = None
    memory_bytes: int = 67_108_864
    """For all that strangers leave; more is refused, and those who are there go on."""


def write_lobby(plan: LobbyPlan) -> Path:
    """Write the lobby's settings and rights and return the path to start it with."""
    (plan.folder / "lobby_acl").write_text(STRANGERS)
    (plan.folder / "lobby_desks").write_text("".join(DESK.format(name=name) for name in plan.desks))
    settings = SETTINGS.format(
        port=plan.port, desk_port=plan.desk_port, host=plan.host, folder=plan.folder.resolve(),
        memory_bytes=plan.memory_bytes
    )  # fmt: skip
    if plan.run_as is not None:
        settings += f"user {plan.run_as}\n"
    path = plan.folder / "lobby.conf"
    path.write_text(settings)
    return path
