"""A card image that `kirpik image` made boots on an imitated ARM board, becomes a unit, delivers, survives power cuts.

`python -m tests.arm.boot [--cuts 20] [--folder DIR]`: first boot with its restart, enrolment by the words on the unit's
own console at a real broker on this machine, violation packets to a real central, then the power is cut again and again
at moments nobody chose. Root, and an hour or more on two busy cores; nothing of it runs in CI. Prints one JSON line.
"""

import argparse
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from kirpik_provisioning.broker import mosquitto
from kirpik_provisioning.broker.lobby import LobbyPlan, write_lobby
from kirpik_provisioning.cli import bench
from kirpik_provisioning.image.build import Plan, build
from kirpik_provisioning.image.fleet_files import read_fleet
from kirpik_provisioning.image.leaks import secrets_of
from kirpik_provisioning.image.rootfs import Item, RootFiles
from kirpik_provisioning.image.table import read_table
from kirpik_provisioning.package.deb import build_package
from kirpik_provisioning.pki import issue_broker
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.arm.cache import ROOT, find_wheels
from tests.arm.machine import HOST, Machine
from tests.arm.road import SITE, short_clip
from tests.arm.system import find_base
from tests.pi.root import NoRootError
from tests.system.ground import Daemon, free_port, listens, wait_until

PYTHON = "3.13"
LONG_S = 3600.0
SLOW = "[Service]\nTimeoutStartSec=30min\nWatchdogSec=15min\n"
"""The services have a real board's patience; an imitated one takes half a minute to its first frame, or ten."""
LOUD = "[Journal]\nForwardToConsole=yes\nTTYPath=/dev/ttyAMA0\nMaxLevelConsole=info\n"
OFTEN = "\n[spool]\ncheckpoint_minutes = 1\n"
"""So that a packet is due soon after each start, with or without an offence."""
BREATH_S = (5.0, 90.0)
"""After a start, before the power is cut."""


class Proof:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.lobby_port, self.desk_port = free_port(), free_port(), free_port()
        self.fleet: ThrowAwayFleet = new_fleet(folder / "fleet", port=self.port, run_as="root")
        names = ["127.0.0.1", "localhost", HOST]
        issue_broker(self.fleet.authority, names, now=datetime.now(UTC)).write(folder / "fleet/broker", "broker")
        with (self.fleet.desk / "desk.toml").open("a") as settings:
            settings.write(f'\n[lobby]\nhost = "127.0.0.1"\nport = {self.desk_port}\n')
        self.machine = Machine(folder / "card.img", folder / "machine")

    @contextmanager
    def ground(self) -> Iterator[None]:
        """Broker, lobby and central, as they stand at an authority."""
        lobby = write_lobby(
            LobbyPlan("127.0.0.1", self.lobby_port, self.desk_port, self.folder / "fleet/broker", run_as="root")
        )
        central = [str(Path(sys.executable).parent / "kirpik-central")]
        config = ["--config", str(self.fleet.central_config)]
        subprocess.run([*central, "migrate", *config], check=True, capture_output=True)
        commands = {
            "broker": mosquitto.command(self.fleet.broker_settings), "lobby": mosquitto.command(lobby),
            "central": [*central, "intake", *config],
        }  # fmt: skip
        daemons = [Daemon(command, self.folder / f"{name}.log") for name, command in commands.items()]
        try:
            for daemon in daemons:
                daemon.start()
            wait_until(lambda: listens(self.port) and listens(self.lobby_port), what="both brokers listen")
            yield
        finally:
            self.machine.cut()
            for daemon in daemons:
                daemon.kill()

    def make_card(self) -> None:
        package = build_package(
            self.folder, checkout=ROOT, machine="aarch64", python=PYTHON, wheels=find_wheels(PYTHON), level=0
        )
        base = find_base()
        public = read_fleet(self.fleet.desk, host=HOST, site=SITE, language="kk", camera="replay:road/clip.mp4")
        plan = Plan(
            base / "os.img", self.machine.card, [package, *sorted((base / "packages").glob("*.deb"))],
            replace(public, lobby_port=self.lobby_port), secrets=secrets_of(self.fleet.folder),
        )  # fmt: skip
        build(plan, say=lambda name, done: None if done else say(f"image: {name}"))
        clip = short_clip(self.folder / "clip.mp4")
        root = RootFiles(self.machine.card, read_table(self.machine.card).root)
        texts = {f"systemd/system/kirpik-{name}.service.d/slow.conf": SLOW for name in ("eye", "link")}
        texts |= {
            "systemd/journald.conf.d/95-proof.conf": LOUD,
            "kirpik/kirpik.toml": (root.read("/etc/kirpik/kirpik.toml") or b"").decode() + OFTEN,
        }
        files = {f"kirpik/road/{file.name}": file.read_bytes() for file in (clip, clip.with_suffix(".signals.csv"))}
        files |= {name: text.encode() for name, text in texts.items()}
        root.put(Item(f"/etc/{name}", data=data) for name, data in files.items())

    def first_boot(self) -> None:
        """Keys, name, read-only root; then the machine restarts, as a Raspberry Pi would, by the new kernel words."""
        self.machine.start()
        self.machine.wait_for(r"^.*kirpikd\[\d+\]: keys: ok", timeout_s=LONG_S)
        self.machine.wait_for("the root is read-only from now on: restarting", timeout_s=LONG_S)
        wait_until(lambda: not self.machine.running, timeout_s=600, what="the machine restarts")

    def enrol(self) -> list[str]:
        """By the words that stand on the unit's console, typed at the desk."""
        self.machine.start()
        first = self.machine.wait_for(r"words  (\w+) (\w+) (\w+) (\w+)\s*$", timeout_s=LONG_S).groups()
        second = self.machine.wait_for(r"words .*\n.*?\s{5,}(\w+) (\w+) (\w+) (\w+)\s*$", timeout_s=60).groups()
        words = [*first, *second]
        self.picture("asking")
        told = ["enrol", "--desk", str(self.fleet.desk), "--passphrases", str(self.fleet.desk / "PASSPHRASE")]
        done = CliRunner().invoke(bench, [*told, "list", "--wait", "60"])
        assert " ".join(words[:4]) in done.output, done.output
        done = CliRunner().invoke(bench, [*told, "accept", *words, "--yes"])
        assert done.exit_code == 0, (done.output, done.exception)
        self.machine.wait_for("enrolled: ", timeout_s=LONG_S)
        for public in (self.fleet.desk / "units").glob("*.pub"):
            shutil.copy(public, self.fleet.folder / "central/units")
        return words

    def packets(self) -> int:
        """That the central has stored."""
        with sqlite3.connect(f"file:{self.fleet.folder / 'central/central.db'}?mode=ro", uri=True) as store:
            (count,) = store.execute("select count(*) from packet").fetchone()
        return int(count)

    def await_packet(self, beyond: int) -> None:
        wait_until(lambda: self.packets() > beyond, timeout_s=LONG_S, what="a packet arrives")

    def cut_power(self, times: int, random_: random.Random) -> None:
        for number in range(1, times + 1):
            if not self.machine.running:
                self.machine.start()
            self.machine.wait_for("Welcome to ", timeout_s=LONG_S)
            time.sleep(random_.uniform(*BREATH_S))
            self.machine.cut()
            say(f"power cut {number} of {times}, {self.packets()} packets so far")

    def picture(self, name: str) -> None:
        time.sleep(10)
        self.machine.picture(self.folder / f"{name}.png")

    def chain(self) -> dict[str, object]:
        """As the central sees the unit's chain."""
        central = [str(Path(sys.executable).parent / "kirpik-central"), "cases", "--config"]
        done = subprocess.run([*central, str(self.fleet.central_config)], capture_output=True, text=True, check=True)
        return {"opened": len(done.stdout.splitlines())}


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm/kirpik-arm-proof"), help="some 1.5 GB")  # noqa: S108
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("tests.arm.boot: root alone can make the system's image")
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    began_s = time.monotonic()
    try:
        proof = Proof(options.folder)
        proof.make_card()
    except NoRootError as error:
        sys.exit(f"tests.arm.boot: {error}")
    with proof.ground():
        proof.first_boot()
        say("first boot is through")
        words = proof.enrol()
        say(f"enrolled: {' '.join(words)}")
        proof.await_packet(0)
        say("the first packet is stored")
        proof.picture("guards")
        proof.cut_power(options.cuts, random.Random(options.seed))  # noqa: S311  moments, not secrets
        before = proof.packets()
        proof.machine.start()
        proof.await_packet(before)
        errors = re.findall(r"^.*(?:EXT4-fs error|FAILED).*$", proof.machine.said(), re.M)
        print(json.dumps({
            "cuts": options.cuts, "starts": proof.machine.starts, "packets": proof.packets(), **proof.chain(),
            "file_system_errors": len(errors), "seconds": round(time.monotonic() - began_s),
        }))  # fmt: skip


if __name__ == "__main__":
    main()
