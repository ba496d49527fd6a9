"""What dpkg is told of the package, and what it runs when it comes and goes. No step needs a network."""

from kirpik_provisioning.image.payload import COMPILED

SERVICES = (
    "kirpik-firewall.service kirpik-brokers.service kirpik-brokers.path kirpik-brokers.timer kirpik-firstboot.service"
    " kirpik-clock.service kirpik-eye.service kirpik-link.service"
)

POSTINST = """\
#!/bin/sh
set -eu
[ "$1" = configure ] || exit 0
systemd-sysusers kirpik.conf
systemd-tmpfiles --create kirpik.conf || :
# A compiled file that a power cut has torn would never be looked at again: the mark comes when all lie on the card.
if [ ! -e /opt/kirpik/lib/python@PYTHON@/@COMPILED@ ]; then
    /usr/bin/python@PYTHON@ -m compileall -q -f --invalidation-mode unchecked-hash /opt/kirpik/lib || :
    sync -f /opt/kirpik/lib
    : >/opt/kirpik/lib/python@PYTHON@/@COMPILED@
fi
# All at once: systemd reads its units anew for each call.
if [ -z "${2:-}" ]; then systemctl --quiet --no-reload enable @SERVICES@; fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if [ -e /etc/kirpik/kirpik.toml ]; then
        systemctl --no-block restart kirpik-firewall kirpik-brokers kirpik-clock kirpik-eye kirpik-link
    fi
fi
"""

PRERM = """\
#!/bin/sh
set -eu
if [ "$1" = remove ]; then
    for unit in @SERVICES@; do
        if [ -d /run/systemd/system ]; then systemctl --quiet stop "$unit" 2>/dev/null || :; fi
        systemctl --quiet disable "$unit" 2>/dev/null || :
    done
fi
find /opt/kirpik -depth -type d -name __pycache__ -exec rm -r {} +
rm -f /opt/kirpik/lib/python@PYTHON@/@COMPILED@
"""

POSTRM = """\
#!/bin/sh
set -eu
if [ "$1" = purge ]; then rm -rf /var/lib/kirpik /etc/kirpik; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
"""

SCRIPTS = {
    name: text.replace("@SERVICES@", SERVICES).replace("@COMPILED@", COMPILED)
    for name, text in (("postinst", POSTINST), ("prerm", PRERM), ("postrm", POSTRM))
}

CONTROL = """\
Package: kirpik
Version: {version}
Architecture: {architecture}
Maintainer: The Kirpik authors <kirpik@example.org>
Installed-Size: {size_kib}
Depends: python{python}, python3-systemd, systemd (>= 252), nftables
Recommends: python3-picamera2, python3-libcamera, systemd-timesyncd
Section: misc
Priority: optional
Description: roadside unit that reports traffic violations and keeps nothing but plates
 Watches a road, follows plates as anonymous rectangles, and reads one only after its vehicle has broken a rule.
 What leaves the unit is signed, and sealed for the receiving authority alone.
"""


def control(version: str, architecture: str, python: str, size_kib: int) -> str:
    return CONTROL.format(version=version, architecture=architecture, python=python, size_kib=size_kib)
