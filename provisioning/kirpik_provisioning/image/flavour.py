"""How an operating system wants to be set up at its first boot, told by what lies in it, and said in its own words.

Raspberry Pi Imager names them `systemd` (firstrun.sh, Bookworm), `cloudinit-rpi` (Trixie) and `rpi-preseed`. Kirpik's
own first boot is a service of its own; here the system is only told to ask nobody, open nothing and leave the card as
it is.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

Flavour = Literal["firstrun", "cloudinit-rpi", "rpi-preseed"]

PRESEED_SERVICE = "rpi-preseed.service"
CLOUD_INIT = "cloud-init"
HOST = "kirpik-new"
"""Until the unit has a key to be named after."""

FIRSTRUN_WORDS = (
    "systemd.run=/boot/firmware/firstrun.sh",
    "systemd.run_success_action=reboot",
    "systemd.unit=kernel-command-line.target",
)
OWN_RESIZE = re.compile(r"^(init=/usr/lib/(raspberrypi-sys-mods/firstboot|raspi-config/init_resize\.sh)|resize)$")
ALWAYS = ("cgroup_enable=memory", "consoleblank=0")
"""Without the first, Raspberry Pi OS ignores every limit of memory."""

FIRSTRUN = """\
#!/bin/sh
# Once, instead of the system's questions: a name until there is a better one, and nobody who can log in by password.
set +e
echo {host} >/etc/hostname
sed -i 's/^127\\.0\\.1\\.1.*/127.0.1.1\\t{host}/' /etc/hosts
passwd -l root
for user in $(awk -F: '$3 >= 1000 && $3 < 60000 {{ print $1 }}' /etc/passwd); do passwd -l "$user"; done
# In its own place and as long as it was: where a FAT exchanges files, a power cut may take both.
words=/boot/firmware/cmdline.txt
line=$(sed 's| systemd\\.[^ ]*||g' "$words")
printf '%-*s\\n' "$(($(stat -c %s "$words") - 1))" "$line" | dd of="$words" conv=notrunc,fsync status=none
rm -f /boot/firmware/firstrun.sh
exit 0
"""
USER_DATA = """\
#cloud-config
hostname: {host}
preserve_hostname: true
users: []
ssh_pwauth: false
disable_root: {no_root}
package_update: false
growpart: {{mode: "{grow}", devices: ["/"]}}
resize_rootfs: {resize}
timezone: Etc/UTC
"""
NETWORK = """\
network:
  version: 2
  ethernets:
    wired:
      match: {name: "e*"}
      dhcp4: true
      optional: true
"""
PRESEED = """\
config_version = "1.0"

[system]
hostname = "{host}"

[ssh]
enabled = {ssh}
"""


def flavour_of(units: Iterable[str], programs: Iterable[str]) -> Flavour:
    """By the names in the root's `/usr/lib/systemd/system` and `/usr/bin`."""
    if PRESEED_SERVICE in frozenset(units):
        return "rpi-preseed"
    return "cloudinit-rpi" if CLOUD_INIT in frozenset(programs) else "firstrun"


def boot_files(flavour: Flavour, *, instance: str, network: str | None, ssh: bool, data: bool) -> Mapping[str, str]:
    """What lies on the boot partition for the system itself."""
    if flavour == "firstrun":
        return {"firstrun.sh": FIRSTRUN.format(host=HOST)}
    if flavour == "rpi-preseed":
        return {"rpi-preseed.toml": PRESEED.format(host=HOST, ssh=_word(ssh))}
    grow, resize = ("off", "false") if data else ("auto", "true")
    user = USER_DATA.format(host=HOST, no_root=_word(not ssh), grow=grow, resize=resize)
    return {"user-data": user, "meta-data": f"instance-id: {instance}\n", "network-config": network or NETWORK}


def kernel_words(line: str, flavour: Flavour, *, instance: str, data: bool) -> str:
    """cmdline.txt is one line; what is said twice is said once.

    With a data partition the root is mounted read-only from the first start on; the table of mounts, on the ext4, lets
    it be written to until the end of the first boot. So nothing has to change this file on a FAT, which a power cut
    could cost the card's life.
    """
    words = [word for word in line.split() if not word.startswith(("ds=nocloud", "systemd.run", "systemd.unit="))]
    if data:
        words = [word for word in words if not OWN_RESIZE.match(word) and word != "rw"]
    wanted = [*ALWAYS, "ro"] if data else [*ALWAYS]
    if flavour == "firstrun":
        wanted += FIRSTRUN_WORDS
    elif flavour == "cloudinit-rpi":
        wanted.append(f"ds=nocloud;i={instance}")
    return " ".join([*words, *[word for word in wanted if word not in words]]) + "\n"


def _word(value: bool) -> str:
    return "true" if value else "false"
