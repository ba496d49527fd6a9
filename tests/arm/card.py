"""The card for the virtual machine: as an operator makes it, and then what an imitated board needs beside."""

from dataclasses import replace
from pathlib import Path

from kirpik_provisioning.image.build import Plan, build
from kirpik_provisioning.image.fleet_files import read_fleet
from kirpik_provisioning.image.leaks import secrets_of
from kirpik_provisioning.image.rootfs import Item, RootFiles
from kirpik_provisioning.image.table import read_table
from kirpik_provisioning.package.deb import build_package
from tests.arm.cache import ROOT, find_wheels
from tests.arm.ground import Ground
from tests.arm.machine import HOST
from tests.arm.road import SITE, short_clip
from tests.arm.system import find_base

PYTHON = "3.13"
SLOW = "[Service]\nTimeoutStartSec=30min\nWatchdogSec=15min\n"
"""The services have a real board's patience; an imitated one takes half a minute to its first frame, or ten."""
LOUD = "[Journal]\nForwardToConsole=yes\nTTYPath=/dev/ttyAMA0\nMaxLevelConsole=info\n"
OFTEN = "\n[spool]\ncheckpoint_minutes = 1\n"
"""So that a packet is due soon after each start, with or without an offence."""


def make_card(ground: Ground, target: Path) -> None:
    """`target` is there when it is whole."""
    fresh = target.with_suffix(".fresh")
    package = build_package(
        target.parent, checkout=ROOT, machine="aarch64", python=PYTHON, wheels=find_wheels(PYTHON), level=0
    )
    base = find_base()
    public = read_fleet(ground.desk, host=HOST, site=SITE, language="kk", camera="replay:road/clip.mp4")
    packages = [package, *sorted((base / "packages").glob("*.deb"))]
    fleet = replace(public, lobby_port=ground.ports.lobby)
    build(Plan(base / "os.img", fresh, packages, fleet, secrets=secrets_of(ground.folder)))
    _imitated(RootFiles(fresh, read_table(fresh).root), short_clip(target.with_name("clip.mp4")))
    fresh.replace(target)


def _imitated(root: RootFiles, clip: Path) -> None:
    """A recording in place of the camera, patience in place of speed, and a journal that can be read from outside."""
    texts = {f"systemd/system/kirpik-{name}.service.d/slow.conf": SLOW for name in ("eye", "link")}
    texts["systemd/journald.conf.d/95-proof.conf"] = LOUD
    texts["kirpik/kirpik.toml"] = (root.read("/etc/kirpik/kirpik.toml") or b"").decode() + OFTEN
    files = {f"kirpik/road/{file.name}": file.read_bytes() for file in (clip, clip.with_suffix(".signals.csv"))}
    files |= {name: text.encode() for name, text in texts.items()}
    root.put(Item(f"/etc/{name}", data=data) for name, data in files.items())
