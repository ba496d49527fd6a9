"""`kirpik package`: the unit as a Debian package, for a board of another kind too."""

from pathlib import Path

import click

from kirpik.errors import KirpikError
from kirpik_provisioning.package.deb import ARCHITECTURES, build_package

CHECKOUT = Path(__file__).resolve().parents[3]


@click.command(epilog="Example: kirpik package dist --machine aarch64 --python 3.13")
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--machine", type=click.Choice(sorted(ARCHITECTURES)), default="aarch64", show_default=True)
@click.option("--python", type=click.Choice(["3.11", "3.13"]), default="3.13", show_default=True,
              help="3.11 is Bookworm's, 3.13 is Trixie's.")  # fmt: skip
@click.option("--wheels", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of the pinned wheels, for a bench without a network.")  # fmt: skip
@click.option("--level", type=click.IntRange(0, 9), default=6, show_default=True, help="How hard xz tries.")
def package(out: Path, *, machine: str, python: str, wheels: Path | None, level: int) -> None:
    """Build kirpik_VERSION_ARCHITECTURE.deb in the folder OUT, from this checkout."""
    if not (CHECKOUT / "systemd").is_dir():
        raise KirpikError(f"{CHECKOUT}: no checkout of Kirpik, of which a package could be built")
    made = build_package(out, checkout=CHECKOUT, machine=machine, python=python, wheels=wheels, level=level)
    click.echo(f"{made} ({made.stat().st_size / 2**20:.1f} MiB)")
