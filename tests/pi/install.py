"""install.sh on a system that is already there, without a network: `python -m tests.pi.install`.

In the root, from a copy of this checkout and a folder of the pinned wheels: tried dry, with a wheel that was tampered
with, with one that is missing; installed, installed again, upgraded, removed, purged. The last line is a JSON object.
"""

import argparse
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.pi.payload import PYTHONS, ROOT, unit_wheels
from tests.pi.root import SUITE, NoRootError, find_root
from tests.pi.world import bind, chroot, enter, overlay, show

CHECKOUT, WHEELS, BAD, FEW = "/opt/checkout", "/opt/wheels", "/opt/bad", "/opt/few"
PLACES = ("opt/kirpik", "usr/lib/systemd/system", "usr/lib/kirpik", "etc", "var/lib/kirpik")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--suite", choices=PYTHONS, default=SUITE, help="Debian 13, or 12 (a root of its own, a minute)"
    )
    options = parser.parse_args()
    try:
        root, wheels = find_root(options.suite), unit_wheels(PYTHONS[options.suite])
    except NoRootError as error:
        sys.exit(f"tests.pi.install: {error}")
    enter()
    with overlay(root, size_mib=2500) as merged:
        bind(wheels, merged / WHEELS[1:])
        copy_checkout(merged / CHECKOUT[1:])
        spoil(wheels, merged)
        show(tell(merged))


def copy_checkout(target: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists() and not name.startswith(("tests/", "docs/pictures", "central/")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    (target / "central").mkdir(exist_ok=True)


def spoil(wheels: Path, root: Path) -> None:
    """One folder with a wheel whose bytes are not the pinned ones, one without it."""
    for name in (BAD, FEW):
        shutil.copytree(wheels, root / name[1:])
    (victim,) = (root / FEW[1:]).glob("segno-*.whl")
    victim.unlink()
    with (root / BAD[1:] / victim.name).open("ab") as wheel:
        wheel.write(b"\0")


def tell(root: Path) -> dict[str, Any]:
    told: dict[str, Any] = {}
    before = seen(root)
    told["dry"] = install(root, "--unit", "--wheelhouse", WHEELS, "--dry-run")
    told["dry_changed"] = seen(root) != before
    told["tampered"] = install(root, "--unit", "--wheelhouse", BAD, "--no-apt")
    told["missing"] = install(root, "--unit", "--wheelhouse", FEW, "--no-apt")
    told["failed_left"] = [name for name in ("kirpikd",) if (root / "opt/kirpik/bin" / name).exists()]
    told["installed"] = install(root, "--unit", "--wheelhouse", WHEELS, "--no-apt")
    if told["installed"]["code"]:
        return told
    told["version"] = chroot(root, "/usr/bin/kirpikd", "--version").stdout.strip()
    told["check"] = chroot(root, "/usr/bin/kirpikd", "check").stderr.strip()
    units = ("kirpik-eye", "kirpik-link", "kirpik-firewall", "kirpik-brokers")
    told["enabled"] = [chroot(root, "systemctl", "is-enabled", unit).stdout.strip() for unit in units]
    first = seen(root)
    told["again"] = install(root, "--unit", "--wheelhouse", WHEELS, "--no-apt")
    told["again_changed"] = sorted(name for name, _ in set(seen(root).items()) ^ set(first.items()))
    keep = [root / "var/lib/kirpik/ledger/kept", root / "etc/kirpik/kept.toml"]
    for file in keep:
        file.write_text("precious")
    with (root / CHECKOUT[1:] / "daemon/kirpik/software.py").open("a") as source:
        source.write("\n# another release\n")
    told["upgraded"] = install(root, "--unit", "--wheelhouse", WHEELS, "--no-apt")
    told["upgraded_code"] = "another release" in "".join(
        path.read_text() for path in (root / "opt/kirpik").glob("releases/*/lib/*/site-packages/kirpik/software.py")
    )
    told["releases"] = len(list((root / "opt/kirpik/releases").iterdir()))
    told["upgrade_kept"] = [file.exists() for file in keep]
    told["uninstalled"] = install(root, "--uninstall")
    told["uninstall_kept"] = [file.exists() for file in keep]
    told["uninstall_left"] = sorted(
        name for name in set(seen(root)) - set(before) if "/kirpik-" in name or "opt/" in name
    )
    told["purged"] = install(root, "--uninstall", "--purge")
    told["purge_kept"] = [file.exists() for file in keep]
    return told


def install(root: Path, *options: str) -> dict[str, Any]:
    began_s = time.monotonic()
    done = chroot(root, f"{CHECKOUT}/install.sh", *options)
    seconds = round(time.monotonic() - began_s, 1)
    return {
        "code": done.returncode,
        "out": done.stdout.splitlines(),
        "err": done.stderr.splitlines(),
        "seconds": seconds,
    }


def seen(root: Path) -> dict[str, str]:
    """Every file and link that an installation could touch, with what is in it."""
    found = {}
    for place in PLACES:
        for path in sorted((root / place).rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(root))] = str(path.readlink())
            elif path.is_file() and "__pycache__" not in path.parts:
                found[str(path.relative_to(root))] = sha256(path.read_bytes()).hexdigest()
    return found


if __name__ == "__main__":
    main()
