"""What is settled in an image before anybody boots it: nothing of a frame outlives its process, nobody can log in."""

from kirpik_provisioning.image.rootfs import Item

UNITS = "/etc/systemd/system"
NEVER = "/dev/null"
"""A unit that is a link to here is masked: nothing starts it."""

SYSCTL = """\
# A crashed process leaves nothing: a pipe that ends here, because a pipe ignores the limit of size 0.
kernel.core_pattern = |/bin/false
fs.suid_dumpable = 0
kernel.sysrq = 0
"""
COREDUMP = "[Coredump]\nStorage=none\nProcessSizeMax=0\n"
JOURNAL = "[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\nForwardToSyslog=no\n"
SWAP = "[Main]\nMechanism=none\n"
TMP = """\
[Unit]
Description=/tmp in memory
DefaultDependencies=no
Conflicts=umount.target
Before=local-fs.target umount.target

[Mount]
What=tmpfs
Where=/tmp
Type=tmpfs
Options=mode=1777,nosuid,nodev,size=64M

[Install]
WantedBy=local-fs.target
"""

TMP_UNIT = "/etc/systemd/system/tmp.mount"

NO_SWAP = ("swap.target", "dphys-swapfile.service", "rpi-zram-writeback.timer", "systemd-zram-setup@zram0.service")
NO_SSH = ("ssh.service", "ssh.socket", "sshswitch.service")
NO_QUESTIONS = ("userconfig.service", "systemd-firstboot.service", "getty@tty1.service")
NO_OTHERS = (
    "avahi-daemon.service",
    "avahi-daemon.socket",
    "bluetooth.service",
    "hciuart.service",
    "ModemManager.service",
)
MASKED = (*NO_SWAP, *NO_QUESTIONS, *NO_OTHERS)

FILES = {
    "/etc/sysctl.d/90-kirpik.conf": SYSCTL,
    "/etc/systemd/coredump.conf.d/90-kirpik.conf": COREDUMP,
    "/etc/systemd/journald.conf.d/90-kirpik.conf": JOURNAL,
    "/etc/rpi/swap.conf.d/90-kirpik.conf": SWAP,
    TMP_UNIT: TMP,
}
ENABLED = ("kirpik-configure.service", "kirpik-firstboot.service", "kirpik-enrol.service", "kirpik-console.service")
"""By link; the others by the package's own script, at first boot."""
VENDOR_UNITS = "/usr/lib/systemd/system"

SSH_KEYS_ONLY = "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"


def settled(*, ssh_key: str | None) -> list[Item]:
    items = [Item(path, data=text.encode()) for path, text in FILES.items()]
    masked = MASKED if ssh_key else (*MASKED, *NO_SSH)
    items += [Item(f"{UNITS}/{unit}", target=NEVER) for unit in masked]
    items += [Item(f"{UNITS}/multi-user.target.wants/{unit}", target=f"{VENDOR_UNITS}/{unit}") for unit in ENABLED]
    items.append(Item(f"{UNITS}/autovt@tty2.service", target=f"{VENDOR_UNITS}/kirpik-aim@.service"))
    items.append(Item(f"{UNITS}/local-fs.target.wants/tmp.mount", target=TMP_UNIT))
    if ssh_key:
        items += [
            Item("/root/.ssh", mode=0o700),
            Item("/root/.ssh/authorized_keys", data=f"{ssh_key.strip()}\n".encode(), mode=0o600),
            Item("/etc/ssh/sshd_config.d/90-kirpik.conf", data=SSH_KEYS_ONLY.encode()),
        ]
    return items
