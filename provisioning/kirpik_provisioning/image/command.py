"""`kirpik image`: build a card image for a fleet, look into one, fetch what a unit carries."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table as Grid

from kirpik_provisioning.image.build import Built, Plan, build
from kirpik_provisioning.image.fleet_files import read_fleet
from kirpik_provisioning.image.leaks import secrets_of
from kirpik_provisioning.image.look import Looked, look
from kirpik_provisioning.image.payload import PYTHONS, build_wheel, fetch_wheels, payload
from kirpik_provisioning.image.source import expected_sha256, file_sha256, packing, unpack
from kirpik_provisioning.image.stages import Stages
from kirpik_provisioning.image.trouble import ImageError

MIB = 1024 * 1024
HERE = Path(__file__).parents[3]


@click.group()
def image() -> None:
    """Card images: an operating system, our software, and what is public of a fleet. No secret."""


@image.command(
    "build",
    epilog="Example: kirpik image build raspios-lite-arm64.img.xz card.img --desk fleet --package kirpik_arm64.deb",
)
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--desk", type=click.Path(path_type=Path), required=True, help="Folder of the fleet; its public part is taken."
)
@click.option(
    "--package",
    "packages",
    type=click.Path(path_type=Path),
    multiple=True,
    help="kirpik_*_arm64.deb, and others that the system lacks.",
)
@click.option("--sha256", help="64 hex digits, or a file with them; default SOURCE.sha256 where it lies.")
@click.option("--broker", help="Host that units call; default the desk's own.")
@click.option(
    "--site", type=click.Path(path_type=Path), help="site.toml, when all cards of this image see the same road."
)
@click.option("--camera", default="pi", show_default=True, help="pi, or replay:PATH on the card.")
@click.option(
    "--language", type=click.Choice(["ru", "kk", "en"]), default="ru", show_default=True, help="Of the field console."
)
@click.option(
    "--network", type=click.Path(path_type=Path), help="netplan file for systems with cloud-init; default DHCP by wire."
)
@click.option(
    "--ssh-key", type=click.Path(path_type=Path), help="Public key that may log in as root; without it there is no ssh."
)
@click.option("--one-partition", is_flag=True, help="No data partition; the root stays writable.")
@click.option("--unchecked", is_flag=True, help="Take an image whose hash nobody stated.")
def build_image(source: Path, target: Path, **given: Any) -> None:  # noqa: ANN401  options as click hands them over
    """Put a fleet's software and public files into SOURCE (.img, .img.xz, .img.gz), written as TARGET."""
    stages = Stages(_console())
    try:
        built = build(_plan(source, target, given), say=stages)
    except OSError as error:
        raise ImageError(f"{target}: cannot be written: {error.strerror}; nothing was left of it") from error
    stages.close()
    _show_built(target, built, stages)


def _plan(source: Path, target: Path, given: Mapping[str, Any]) -> Plan:
    expected = expected_sha256(source, given["sha256"])
    if expected is None and not given["unchecked"]:
        raise ImageError(
            f"{source}: no hash to check it by; give --sha256, or --unchecked if you know where it is from"
        )
    fleet = read_fleet(
        given["desk"], host=given["broker"], site=given["site"], language=given["language"], camera=given["camera"]
    )
    return Plan(
        source, target, given["packages"], fleet, sha256=expected, data_partition=not given["one_partition"],
        ssh_key=_text(given["ssh_key"]), network=_text(given["network"]), secrets=secrets_of(given["desk"]),
    )  # fmt: skip


@image.command("inspect", epilog="Example: kirpik image inspect card.img --desk fleet")
@click.argument("path", metavar="IMAGE", type=click.Path(path_type=Path))
@click.option("--desk", type=click.Path(path_type=Path), help="Prove that none of this desk's private keys is in it.")
def inspect_image(path: Path, desk: Path | None) -> None:
    """Say what is in IMAGE, and prove that no secret is. Exit code 1 when there is one."""
    with _raw(path) as raw:
        found = look(raw, secrets=() if desk is None else secrets_of(desk))
        _show_looked(path, found)
    if found.leaks:
        sys.exit(1)


@image.command("wheels", epilog="Example: kirpik image wheels wheelhouse --python 3.13")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--python", type=click.Choice(PYTHONS), default="3.13", show_default=True, help="3.11 is Bookworm, 3.13 Trixie."
)
@click.option("--machine", type=click.Choice(["aarch64", "x86_64"]), default="aarch64", show_default=True)
@click.option(
    "--lock",
    type=click.Path(path_type=Path),
    default=HERE / "requirements" / "unit.txt",
    show_default="requirements/unit.txt",
)
def wheels(folder: Path, python: str, machine: str, lock: Path) -> None:
    """Fetch the pinned wheels that a unit carries, each checked by its hash."""
    folder.mkdir(parents=True, exist_ok=True)
    fetch_wheels(folder, python=python, machine=machine, lock=lock)
    click.echo(f"{folder}: {len(list(folder.glob('*.whl')))} wheels for Python {python} on {machine}")


@image.command("payload", epilog="Example: kirpik image payload tree --wheels wheelhouse --python 3.13")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--wheels", "house", type=click.Path(path_type=Path), required=True)
@click.option("--python", type=click.Choice(PYTHONS), default="3.13", show_default=True)
def tree(folder: Path, house: Path, python: str) -> None:
    """Unpack the wheels and our code into FOLDER as a unit has them in /opt/kirpik. No pip is needed there."""
    if folder.exists() and any(folder.iterdir()):
        raise ImageError(f"{folder}: is not empty")
    with tempfile.TemporaryDirectory(prefix="kirpik-wheel-") as scratch:
        count = payload(folder, python=python, wheels=house, kirpik=build_wheel(HERE, Path(scratch)))
    click.echo(f"{folder}: {count} files")


@contextmanager
def _raw(path: Path) -> Iterator[Path]:
    if packing(path) == "raw":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="kirpik-image-") as scratch:
        plain = Path(scratch) / "image"
        unpack(path, plain)
        yield plain


def _show_built(target: Path, built: Built, stages: Stages) -> None:
    for name, value in built.facts.items():
        click.echo(f"{name:16} {value}")
    click.echo(f"{target}: {built.size // MIB} MiB, {built.sha256}")
    click.echo(json.dumps({"image": str(target), "sha256": built.sha256, "bytes": built.size, **stages.seconds()}))


def _show_looked(path: Path, found: Looked) -> None:
    grid = Grid(box=None, show_header=False)
    for partition in found.table.partitions:
        grid.add_row(
            f"partition {partition.number}",
            f"{partition.kind:02x}, {partition.size // MIB} MiB at {partition.offset // MIB} MiB",
        )
    mark = found.mark or {}
    rows = {
        "first boot by": found.flavour, "kirpik": found.package or "not in it",
        "root pin": mark.get("root_pin", "none"),
        "made from": mark.get("base", "not made by kirpik image build"), "its SHA-256": mark.get("base_sha256", ""),
        "ssh": found.ssh, "SHA-256": file_sha256(path),
    }  # fmt: skip
    for name, value in rows.items():
        grid.add_row(name, str(value))
    _console().print(grid)
    for leak in found.leaks:
        click.echo(f"SECRET: {leak.what} ({leak.where})", err=True)
    if not found.leaks:
        click.echo("no secret found: every byte and every place where one is kept was looked at")


def _text(path: Path | None) -> str | None:
    try:
        return None if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"{path}: cannot be read") from error


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=120)
