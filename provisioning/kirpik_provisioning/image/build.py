"""`kirpik image build`: an operating system's image in, a fleet's card image out; nothing half-written is left.

The order: check, unpack, settle the journal, make room, put everything in, look at it again, give it its name.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kirpik import __version__
from kirpik_provisioning.image import flavour as flavours
from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.deb import DPKG, Package, installed_packages, read_package
from kirpik_provisioning.image.fleet_files import FleetFiles
from kirpik_provisioning.image.leaks import Leak, find_leaks
from kirpik_provisioning.image.rootfs import Item, RootFiles
from kirpik_provisioning.image.sealed_root import add_data_partition, data_items
from kirpik_provisioning.image.settled import settled
from kirpik_provisioning.image.source import check_sha256, file_sha256, unpack
from kirpik_provisioning.image.table import SECTOR, Table, parse_table, write_table
from kirpik_provisioning.image.trouble import ImageError

MIB = 1024 * 1024
SPARE_BYTES = 64 * MIB
"""Left free in the root beyond what is put in, for the system's own first boot."""
BLOCK, PER_FILE = 4096, 1024
OURS = "kirpik"
MARK = "/etc/kirpik/image.json"
"""What an image says of itself; `kirpik image inspect` reads it."""
Say = Callable[[str, int], None]
"""Takes the step's name and how many bytes of it are done."""


@dataclass(frozen=True, slots=True)
class Plan:
    source: Path
    target: Path
    packages: Sequence[Path]
    fleet: FleetFiles
    sha256: str | None = None
    data_partition: bool = True
    ssh_key: str | None = None
    network: str | None = None
    secrets: Sequence[bytes] = field(default=(), repr=False)
    """Bytes that must not be found in the result."""


@dataclass(frozen=True, slots=True)
class Built:
    sha256: str
    size: int
    flavour: str
    facts: dict[str, object]


def build(plan: Plan, *, say: Say = lambda *_: None) -> Built:
    """Raises ImageError; then no target has appeared and no earlier one has changed."""
    if plan.target.resolve() == plan.source.resolve():
        raise ImageError(f"{plan.target}: the image to be read, expected another name to write to")
    say("package", 0)
    packages = [read_package(path) for path in plan.packages]
    say("check", 0)
    base = check_sha256(plan.source, plan.sha256)
    part = plan.target.with_name(plan.target.name + ".part")
    try:
        unpack(plan.source, part, through=lambda done: say("unpack", done))
        facts = customise(part, plan, packages, base=base, say=say)
        say("hash", 0)
        digest = file_sha256(part)
        _sync(part)
        part.replace(plan.target)
    finally:
        part.unlink(missing_ok=True)
    beside = plan.target.with_name(plan.target.name + ".sha256")
    beside.write_text(f"{digest}  {plan.target.name}\n", encoding="ascii")
    return Built(digest, plan.target.stat().st_size, str(facts["flavour"]), facts)


def customise(image: Path, plan: Plan, packages: Sequence[Package], *, base: str, say: Say) -> dict[str, object]:
    """Everything between the copy and its name."""
    say("journal", 0)
    table = _table(image, plan.source)
    root, boot = RootFiles(image, table.root), BootFiles(image, table.boot)
    root.settle(told_as=plan.source.name)
    say("package", 0)
    kind = flavours.flavour_of(root.names("/usr/lib/systemd/system"), root.names("/usr/bin"))
    items = _items(root, plan, packages)
    facts: dict[str, object] = {
        "kirpik": __version__, "flavour": kind, "base": plan.source.name, "base_sha256": base,
        "root_pin": plan.fleet.pin, "packages": {package.name: package.version for package in packages},
        "data_partition": plan.data_partition, "ssh": plan.ssh_key is not None,
    }  # fmt: skip
    items.append(Item(MARK, data=(json.dumps(facts, indent=1) + "\n").encode()))
    say("room", 0)
    table = _make_room(image, table, root, items)
    root = RootFiles(image, table.root)
    say("root", 0)
    if plan.data_partition:
        items += data_items(root)
    root.put(items)
    root.check()
    say("boot", 0)
    _boot(boot, kind, plan, instance=f"kirpik-{base[:16]}")
    if plan.data_partition:
        table = add_data_partition(image, table)
    say("leaks", 0)
    refuse_leaks(image, find_leaks(image, boot, root, secrets=plan.secrets))
    return facts


def _table(image: Path, source: Path) -> Table:
    """Of the copy; whoever reads a sentence about it knows its source."""
    with image.open("rb") as copy:
        table = parse_table(copy.read(SECTOR), str(source))
    whole, there = table.last_sector * SECTOR, image.stat().st_size
    if there < whole:
        raise ImageError(f"{source}: damaged or not whole: {there // MIB} MiB of {whole // MIB} MiB; fetch it again")
    return table


def refuse_leaks(image: Path, leaks: Sequence[Leak]) -> None:
    if leaks:
        more = f", and {len(leaks) - 1} more" if len(leaks) > 1 else ""
        raise ImageError(
            f"{image.name.removesuffix('.part')}: {leaks[0].what} in it ({leaks[0].where}{more}); no image was made"
        )


def _items(root: RootFiles, plan: Plan, packages: Sequence[Package]) -> list[Item]:
    """In the order in which they are put: a later one takes the place of an earlier one."""
    status = (root.read(f"{DPKG}/status") or b"").decode(errors="replace")
    installed = installed_packages(status) | {package.name for package in packages}
    if OURS not in installed:
        raise ImageError(f"no package {OURS}, expected --package dist/{OURS}_*.deb; make it: kirpik package dist")
    items: list[Item] = []
    for package in packages:
        if package.name in installed_packages(status):
            raise ImageError(f"{plan.source}: has {package.name} in it already, expected an image without it")
        if lacking := package.lacking(installed):
            raise ImageError(
                f"{plan.source}: {package.name} needs {', '.join(lacking)}, which is not in the image; "
                "give the packages with --package, too"
            )
        laid = list(package.items())
        items += [*laid, *package.registration([item.path for item in laid])]
        status = status.rstrip("\n") + "\n\n" + package.status()
    if packages:
        items.append(Item(f"{DPKG}/status", data=status.encode()))
    ours = [*plan.fleet.items(), *settled(ssh_key=plan.ssh_key)]
    taken = {item.path for item in ours}
    return [item for item in items if item.path not in taken] + ours


def _make_room(image: Path, table: Table, root: RootFiles, items: Sequence[Item]) -> Table:
    """Let the root partition grow by what is missing; an image has it last, as Raspberry Pi OS does."""
    need = sum(-(-len(item.data or b"") // BLOCK) * BLOCK + PER_FILE for item in items) + SPARE_BYTES
    missing = need - root.free_bytes()
    if missing <= 0:
        return table
    if table.data is not None:
        raise ImageError(f"{image}: {missing // MIB} MiB too small, and a third partition lies behind the root")
    count = table.root.count + (-(-missing * 105 // 100 // MIB)) * MIB // SECTOR
    grown = table.with_root_of(count)
    with image.open("r+b") as file:
        file.truncate(grown.last_sector * SECTOR)
    write_table(image, grown)
    RootFiles(image, grown.root).grow(count * SECTOR)
    return grown


def _boot(boot: BootFiles, kind: flavours.Flavour, plan: Plan, *, instance: str) -> None:
    line = boot.read("cmdline.txt")
    if line is None:
        raise ImageError(f"{plan.source}: no cmdline.txt on its boot partition, expected an image for a Raspberry Pi")
    files = flavours.boot_files(
        kind, instance=instance, network=plan.network, ssh=plan.ssh_key is not None, data=plan.data_partition
    )
    for name, text in files.items():
        boot.write(name, text.encode())
    words = flavours.kernel_words(line.decode(errors="replace"), kind, instance=instance, data=plan.data_partition)
    boot.write("cmdline.txt", words.encode())
    for name in ("ssh", "ssh.txt", "userconf.txt", "userconf", "wpa_supplicant.conf"):
        boot.remove(name)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
