"""Run a command in namespaces of its own where ARM programs run through QEMU, and nowhere else on this machine.

Needs Linux 6.7 (binfmt_misc of a user namespace). `python -m tests.arm.binfmt /path/to/qemu-aarch64 COMMAND…`
"""

import ctypes
import os
import sys

NEW_MOUNTS, NEW_USERS, NEW_PROCESSES = 0x20000, 0x10000000, 0x20000000
PRIVATE = 0x40000 | 0x4000
DIE_WITH_PARENT = 1
MAGIC = (
    r":aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
    r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:"
)
EVERYBODY = "0 0 4294967295\n"

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    qemu, *command = sys.argv[1:]
    ready, mapped = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        _inside(qemu, command, ready[1], mapped[0])
    os.read(ready[0], 1)
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{child}/{name}", "w", encoding="ascii") as file:  # noqa: PTH123  one write, as proc wants it
            file.write(EVERYBODY)
    os.write(mapped[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _inside(qemu: str, command: list[str], ready: int, mapped: int) -> None:
    _must(libc.unshare(NEW_USERS | NEW_MOUNTS | NEW_PROCESSES), "unshare")
    os.write(ready, b"x")
    os.read(mapped, 1)
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    first = os.fork()
    if first == 0:
        libc.prctl(DIE_WITH_PARENT, 9)
        libc.mount(b"none", b"/", None, ctypes.c_ulong(PRIVATE), None)
        _must(libc.mount(b"proc", b"/proc", b"proc", 0, None), "mount /proc")
        _must(libc.mount(b"binfmt_misc", b"/proc/sys/fs/binfmt_misc", b"binfmt_misc", 0, None), "mount binfmt_misc")
        with open("/proc/sys/fs/binfmt_misc/register", "w", encoding="ascii") as file:  # noqa: PTH123  one write
            file.write(f"{MAGIC}{qemu}:F")
        os.execvp(command[0], command)  # noqa: S606  no shell is wanted
    os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))


def _must(result: int, what: str) -> None:
    if result:
        sys.exit(f"tests.arm.binfmt: {what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
