"""systemd units for a broker and its lobby, beside their settings. Either may die at any time: units send again."""

from pathlib import Path

SERVICE = """\
# Written by kirpik.
[Unit]
Description=Kirpik {what}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart={program} -c {settings}
ExecReload=kill -HUP $MAINPID
Restart=always
RestartSec=2
User=mosquitto
Group=mosquitto
# Each connection takes a file handle.
LimitNOFILE=32768
MemoryMax={memory}
{more}ReadWritePaths={store}
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
"""
LOBBY_ALONE = """\
# Nothing is kept there. What strangers have left in its memory goes with it, and a unit asks again after ten seconds.
RuntimeMaxSec=15min
"""


def write_services(folder: Path, program: str) -> None:
    """For `systemctl link`: kirpik-broker.service and kirpik-lobby.service."""
    home = folder.resolve()
    for name, what, settings, memory, more in (
        ("kirpik-broker", "broker: a wire between units and central", "mosquitto.conf", "2G", ""),
        ("kirpik-lobby", "lobby: where newcomers ask", "lobby.conf", "256M", LOBBY_ALONE),
    ):
        text = SERVICE.format(
            what=what, program=program, settings=home / settings, memory=memory, more=more, store=home / "store"
        )
        (folder / f"{name}.service").write_text(text)
