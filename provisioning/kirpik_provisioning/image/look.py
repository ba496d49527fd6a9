"""What an image says of itself, looked at without changing it: layout, system, package, fleet, secrets."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.build import MARK
from kirpik_provisioning.image.deb import DPKG, parse_fields
from kirpik_provisioning.image.flavour import Flavour, flavour_of
from kirpik_provisioning.image.leaks import Leak, find_leaks
from kirpik_provisioning.image.rootfs import RootFiles
from kirpik_provisioning.image.settled import NO_SSH, UNITS
from kirpik_provisioning.image.table import Table, read_table


@dataclass(frozen=True, slots=True)
class Looked:
    table: Table
    flavour: Flavour
    mark: dict[str, object] | None
    """What `kirpik image build` wrote into it; None for an image that it did not make."""
    package: str | None
    ssh: str
    leaks: list[Leak]


def look(image: Path, *, secrets: Iterable[bytes] = ()) -> Looked:
    """`image` is raw. Raises ImageError when it is no card image."""
    table = read_table(image)
    root, boot = RootFiles(image, table.root), BootFiles(image, table.boot)
    root.check()
    mark = root.read(MARK)
    return Looked(
        table,
        flavour_of(root.names("/usr/lib/systemd/system"), root.names("/usr/bin")),
        None if mark is None else json.loads(mark),
        _package(root),
        _ssh(root),
        find_leaks(image, boot, root, secrets=secrets),
    )


def _package(root: RootFiles) -> str | None:
    status = (root.read(f"{DPKG}/status") or b"").decode(errors="replace")
    for paragraph in status.split("\n\n"):
        fields = parse_fields(paragraph)
        if fields.get("Package") == "kirpik":
            return f"{fields['Version']} {fields.get('Architecture', '')}".strip()
    return None


def _ssh(root: RootFiles) -> str:
    masked = [unit for unit in NO_SSH if root.link_target(f"{UNITS}/{unit}") == "/dev/null"]
    if len(masked) == len(NO_SSH):
        return "off"
    return "keys only" if "90-kirpik.conf" in root.names("/etc/ssh/sshd_config.d") else "as the system has it"
