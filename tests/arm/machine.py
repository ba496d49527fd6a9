"""A virtual machine with a card: QEMU's `virt` board with one ARM core, no Raspberry Pi.

QEMU takes the firmware's part: kernel, initrd and kernel words come out of the card's own boot partition, as the
firmware of a Raspberry Pi would take them. Cutting the power is SIGKILL to QEMU: what the system had in memory is gone.
"""

import json
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.table import read_table
from tests.arm.cache import find_qemu, qemu_environment

HOST = "10.0.2.2"
"""What the machine calls the one that it runs on."""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


@dataclass(slots=True)
class Machine:
    card: Path
    folder: Path
    memory_mib: int = 1024
    screen: str = "1280x800"
    log: Path = Path()
    """Of the present start."""
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        qemu, boot = find_qemu(), BootFiles(self.card, read_table(self.card).boot)
        for name in ("kernel8.img", "initramfs8"):
            data = boot.read(name)
            assert data is not None, name
            (self.folder / name).write_bytes(data)
        words = (boot.read("cmdline.txt") or b"").decode().strip()
        self.log = self.folder / f"serial-{self.starts + 1:02}.log"
        self.log.touch()
        width, _, height = self.screen.partition("x")
        command = [
            qemu / "usr/bin/qemu-system-aarch64", "-L", qemu / "usr/share/qemu", "-M", "virt", "-cpu", "cortex-a72",
            "-smp", "1", "-m", self.memory_mib, "-kernel", self.folder / "kernel8.img",
            "-initrd", self.folder / "initramfs8", "-append", words,
            "-drive", f"file={self.card},format=raw,if=none,id=card", "-device", "virtio-blk-pci,drive=card",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-device", "virtio-rng-pci",
            "-device", f"virtio-gpu-pci,xres={width},yres={height}", "-device", "virtio-keyboard-pci",
            "-display", "none", "-nodefaults", "-no-reboot", "-serial", f"file:{self.log}",
            "-qmp", f"unix:{self._qmp},server=on,wait=off",
        ]  # fmt: skip
        self._qmp.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [str(word) for word in command], env=qemu_environment(qemu), stdin=subprocess.DEVNULL,
            stdout=(self.folder / "qemu.out").open("ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def logs(self) -> list[Path]:
        """What each start said on its serial line."""
        return sorted(self.folder.glob("serial-*.log"))

    @property
    def starts(self) -> int:
        return len(self.logs)

    @property
    def _qmp(self) -> Path:
        return self.folder / "qmp"

    def said(self, log: Path | None = None) -> str:
        return ESCAPES.sub("", (log or self.log).read_bytes().decode("utf-8", "replace"))

    def wait_for(self, pattern: str, *, timeout_s: float) -> re.Match[str]:
        """Raises AssertionError with the last lines when it is not said in time, or the machine has ended."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            if (found := re.search(pattern, self.said(), re.M)) is not None:
                return found
            assert self.running, f"the machine has ended: {(self.folder / 'qemu.out').read_text()[-500:]}"
            time.sleep(0.05)
        raise AssertionError(
            f"{pattern!r} not said in {timeout_s:.0f} s:\n" + "\n".join(self.said().splitlines()[-25:])
        )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def cut(self) -> None:
        """The power."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def ended(self, *, timeout_s: float) -> bool:
        """Whether it went down by itself in time."""
        assert self._process is not None
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def flushes(self) -> int:
        """How often the system has told its card to keep what it was given."""
        (card,) = (row for row in self._ask("query-blockstats") if row["device"] == "card")
        return int(card["stats"]["flush_operations"])

    def picture(self, target: Path) -> None:
        """What is on its screen, as PNG."""
        self._ask("screendump", filename=str(target), format="png")

    def press(self, *keys: str) -> None:
        self._ask("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def _ask(self, command: str, **arguments: object) -> Any:  # noqa: ANN401  as QEMU's protocol has it
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(20)
            line.connect(str(self._qmp))
            lines = line.makefile("rw", encoding="utf-8")
            lines.readline()
            for words in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                lines.write(json.dumps(words) + "\n")
                lines.flush()
                while "event" in (answer := json.loads(lines.readline())):
                    pass
                assert "error" not in answer, answer
            return answer["return"]
