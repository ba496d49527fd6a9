"""A card image that `kirpik image` made boots on an imitated ARM board, becomes a unit, delivers, survives power cuts.

`python -m tests.arm.boot [--cuts 20] [--folder DIR] [--resume]`: first boot with its restart, enrolment by the words
on the unit's own console at a real broker on this machine, violation packets to a real central; and the power is cut
at the moments of `cuts`, first boot and enrolment among them. Root, and an hour or more; nothing of it runs in CI.
Ended anywhere, `--resume` goes on where it was: to the card that is one power cut more. Prints one JSON line.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from kirpik.store.outbox import SUFFIX
from kirpik_provisioning.image.rootfs import RootFiles
from kirpik_provisioning.image.table import read_table
from tests.arm.card import make_card
from tests.arm.cuts import ENROLMENT, FIRST_BOOT, SERVICE, Cutter, Moment
from tests.arm.diary import Diary
from tests.arm.ground import Ground
from tests.arm.machine import Machine
from tests.pi.root import NoRootError
from tests.system.ground import wait_until

LONG_S = 3600.0
RECEIPT_S = 15.0
"""In which a receipt comes and what it is for is deleted."""
MIB = 1024 * 1024
RESTARTS_S = 900.0
WORDS = r"words  ((?:\w+ ){3}\w+)\s*\n.*?\s{5,}((?:\w+ ){3}\w+)\s*$"
WRONG = re.compile(r"^.*(?:EXT4-fs error|FAT-fs .*: error|Kernel panic|emergency mode|error=corrupt).*$", re.M)
"""What no power cut may lead to."""


@dataclass(slots=True)
class Proof:
    ground: Ground
    machine: Machine
    diary: Diary
    cutter: Cutter = field(init=False)

    def __post_init__(self) -> None:
        self.cutter = Cutter(self.ground, self.machine, self.diary)

    def step(self, name: str, work: Callable[[], object]) -> None:
        if name not in self.diary.done:
            work()
            self.diary.done.append(name)
            self.diary.write()
            say(name)

    def first_boot(self, cuts: int) -> None:
        """Keys, name, read-only root; then the machine restarts, as a Raspberry Pi would."""
        self.cutter.cut_at(FIRST_BOOT[:cuts])
        self.machine.start()
        self.machine.wait_for(r"root: ok", timeout_s=LONG_S)
        time.sleep(5)  # a root that was sealed before the last cut needs no restart
        if "restarting" in self.machine.said():
            assert self.machine.ended(timeout_s=RESTARTS_S), "the machine did not restart"

    def enrol(self, cuts: int) -> None:
        """By the words on the unit's console, typed at the desk. Whom a cut made forget, the door lets in."""
        asks, answered = ENROLMENT
        before = len(FIRST_BOOT)
        self.cutter.cut_at([asks][: max(0, cuts - before)], done=before)
        self.cutter.cut_at([answered][: max(0, cuts - before - 1)], done=before + 1, then=self.accept)
        self.machine.start()
        if self.machine.wait_for(r"words  \w+ \w+|Started kirpik-link", timeout_s=LONG_S)[0].startswith("words"):
            self.picture("asking")
            if not self.ground.knows_it():
                self.accept()
            self.machine.wait_for("enrolled", timeout_s=LONG_S)

    def accept(self) -> None:
        said = self.machine.wait_for(WORDS, timeout_s=60)
        self.ground.accept([*said[1].split(), *said[2].split()])

    def guard(self) -> None:
        """Its first word in its chain: a checkpoint, or the violation of the recording."""
        if not self.machine.running:
            self.machine.start()
        self.await_packet(beyond=0)
        self.picture("guards")
        self.machine.cut()

    def serve(self, cuts: int) -> None:
        while (missing := cuts - self.diary.count) > 0:
            done = len(self.diary.cuts) - len(FIRST_BOOT) - len(ENROLMENT)
            moments: list[Moment] = [SERVICE[(done + number) % len(SERVICE)] for number in range(missing)]
            self.cutter.cut_at(moments, done=len(self.diary.cuts))

    def end(self) -> None:
        """After the last cut it comes up once more, sees the violation, sends all that it has; its disks are sound."""
        before, root = self.ground.packets(), self.root_sha256()
        self.machine.start()
        self.await_packet(beyond=before)
        wait_until(lambda: self.ground.chain()["violations"], timeout_s=LONG_S, what="a violation is read")
        wait_until(lambda: self.ground.lacking() == 0, timeout_s=LONG_S, what="what the unit has sealed is stored")
        time.sleep(RECEIPT_S)
        self.machine.cut()
        assert self.root_sha256() == root, "something has written to the root"
        for partition in read_table(self.machine.card).partitions[1:]:
            files = RootFiles(self.machine.card, partition)
            files.settle()  # plays the journal back, as each start does
            files.check()
        old = [name for name in self.on_the_card() if int(name.partition("-")[0], 16) < self.ground.newest_epoch()]
        assert not old, f"sealed before the last start, and no receipt has come: {old}"

    def on_the_card(self) -> list[str]:
        """Packets that lie in the outbox; of the last minute's there may be one."""
        data = read_table(self.machine.card).data
        assert data is not None
        files = RootFiles(self.machine.card, data)
        names = files.names("/outbox") | files.names("/outbox/parked")
        return sorted(name for name in names if name.endswith(SUFFIX))

    def await_packet(self, *, beyond: int) -> None:
        wait_until(lambda: self.ground.packets() > beyond, timeout_s=LONG_S, what="a packet arrives")

    def root_sha256(self) -> str:
        place, digest = read_table(self.machine.card).root, sha256()
        with self.machine.card.open("rb") as card:
            card.seek(place.offset)
            for _ in range(place.size // MIB):
                digest.update(card.read(MIB))
        return digest.hexdigest()

    def picture(self, name: str) -> None:
        time.sleep(10)
        self.machine.picture(self.machine.folder / f"{name}.png")

    def told(self) -> dict[str, object]:
        wrong = [line for log in self.machine.logs for line in WRONG.findall(self.machine.said(log))]
        return {
            "cuts": self.diary.count, "starts": self.machine.starts, "packets": self.ground.packets(),
            **self.ground.chain(), "file_system_errors": wrong, "seconds": round(self.diary.seconds),
            "resumed": self.diary.resumed, "on_the_card": self.on_the_card(),
        }  # fmt: skip


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} done: {text}", flush=True)


def open_proof(folder: Path, *, resume: bool, seed: int) -> Proof:
    machine = Machine(folder / "card.img", folder / "machine")
    if resume:
        diary = Diary.read(folder / "diary.json")
        return Proof(Ground(folder / "fleet", diary.ports), machine, diary)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ground = Ground.new(folder / "fleet")
    return Proof(ground, machine, Diary(folder / "diary.json", ground.ports, random.Random(seed)))  # noqa: S311  moments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm/kirpik-arm-proof"), help="some 1.5 GB")  # noqa: S108
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--resume", action="store_true", help="go on with what was ended before its end")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("tests.arm.boot: root alone can make the system's image")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("tests.arm.boot: ended; --resume goes on"))
    proof = open_proof(options.folder, resume=options.resume, seed=options.seed)
    try:
        proof.step("card", lambda: make_card(proof.ground, proof.machine.card))
    except NoRootError as error:
        sys.exit(f"tests.arm.boot: {error}")
    with proof.ground.standing():
        try:
            proof.step("first boot", lambda: proof.first_boot(options.cuts))
            proof.step("enrolment", lambda: proof.enrol(options.cuts))
            proof.step("the first packet is stored", proof.guard)
            proof.step("power cuts", lambda: proof.serve(options.cuts))
            proof.step("a violation after the last cut", proof.end)
        finally:
            proof.machine.cut()
        told = proof.told()
    print(json.dumps(told))
    wrong = ("chain_broken", "twice", "alarms", "quarantined", "file_system_errors")
    sys.exit(1 if any(told[name] for name in wrong) else 0)


if __name__ == "__main__":
    main()
