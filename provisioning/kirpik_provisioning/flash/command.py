"""`kirpik flash`: an image onto one card, or onto a batch of them, one after the other."""

import contextlib
import fcntl
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from kirpik_provisioning.flash.device import Card, candidates, find_card
from kirpik_provisioning.flash.labels import Label, card_label, sheet
from kirpik_provisioning.flash.personal import Place, filled, one_place, personalise, read_places
from kirpik_provisioning.flash.writing import BlockDevice, Written, write_image
from kirpik_provisioning.image.source import expected_sha256, packing, plain
from kirpik_provisioning.image.trouble import DeviceError, ImageError

READ_TABLE_ANEW = 0x125F
"""BLKRRPART of linux/fs.h."""
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Work:
    """One image for all cards of a batch."""

    image: Path
    sha256: str | None
    fixed_too: bool
    language: str
    labels: list[Label] = field(default_factory=list)


@click.command(
    epilog="Example: kirpik flash card.img /dev/sda --label 'Abay 10'   or   --batch sheet.txt --labels labels.pdf"
)
@click.argument("image", type=click.Path(path_type=Path))
@click.argument("device", type=click.Path(path_type=Path), required=False)
@click.option("--label", default="", help="Where this card will stand.")
@click.option("--token", default="", help="Five words of `kirpik enrol tokens`, to be let in without a person.")
@click.option(
    "--batch", type=click.Path(path_type=Path), help="Sheet of `kirpik enrol tokens`, or labels: a card a line."
)
@click.option("--labels", "labels_pdf", type=click.Path(path_type=Path), help="Write a sheet of labels as PDF.")
@click.option("--language", type=click.Choice(["ru", "kk", "en"]), default="ru", show_default=True)
@click.option("--sha256", help="Of the plain image; default IMAGE.sha256 where it lies.")
@click.option("--fixed-disk", is_flag=True, help="DEVICE is not removable, and it is still the right one.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def flash(image: Path, device: Path | None, **given: Any) -> None:  # noqa: ANN401  options as click hands them over
    """Write IMAGE onto DEVICE and read it back. Without DEVICE, list the cards that could be written."""
    if device is None:
        _list()
        return
    batch, sheet_pdf = given["batch"], given["labels_pdf"]
    places = read_places(batch) if batch else [_typed(given)]
    work = Work(image, _plain_sha256(image, given["sha256"]), given["fixed_disk"], given["language"])
    for number, place in enumerate(places, 1):
        told = f"{number} of {len(places)}: {place.label}  "
        if batch and not given["yes"] and not click.confirm(f"{told}is the next card in {device}?", default=True):
            raise DeviceError(f"stopped before card {number}; the cards before it are done")
        _one(work, device, place, number, yes=given["yes"] or bool(batch))
        if sheet_pdf is not None:  # after each, so that a batch that was stopped has its labels
            sheet_pdf.write_bytes(sheet(work.labels))


def _typed(given: Mapping[str, Any]) -> Place:
    return one_place(label=given["label"], token=given["token"], language=given["language"])


def _one(work: Work, device: Path, place: Place, number: int, *, yes: bool) -> None:
    size = work.image.stat().st_size if packing(work.image) == "raw" else 0
    card = find_card(device, needed=size, fixed_too=work.fixed_too)
    if not yes:
        click.confirm(f"everything on {card} will be lost; go on?", abort=True)
    with (
        _stoppable() as stop,
        contextlib.closing(BlockDevice(device)) as target,
        _progress(size) as say,
        plain(work.image) as source,
    ):
        written = write_image(
            source,
            target,
            name=str(device),
            sha256=work.sha256,
            change=partial(filled, size=card.size),
            say=say,
            stop=stop.is_set,
        )
    _after(card, Place(place.label, place.token, place.language or work.language))
    work.labels.append(card_label(number, place.label, image=work.image.name, sha256=written.sha256))
    _tell(card, place, written)


def _after(card: Card, place: Place) -> None:
    """The image is on the card and right; now what makes it this very card."""
    personalise(card.path, place)
    with card.path.open("rb+") as file:
        os.fsync(file.fileno())
        with contextlib.suppress(OSError):
            fcntl.ioctl(file.fileno(), READ_TABLE_ANEW)


def _tell(card: Card, place: Place, written: Written) -> None:
    share = written.verify_s / max(written.write_s + written.verify_s, 1e-9)
    speed = written.size / MIB / max(written.write_s, 1e-9)
    click.echo(
        f"{card}: {place.label or 'card'} is whole: {speed:.0f} MiB/s, {100 * share:.0f} % of the time to read back"
    )
    click.echo(json.dumps({
        "device": str(card.path), "label": place.label, "bytes": written.size, "sha256": written.sha256,
        "write_s": round(written.write_s, 2), "verify_s": round(written.verify_s, 2), "mib_s": round(speed, 1),
    }, ensure_ascii=False))  # fmt: skip


def _list() -> None:
    found: Sequence[Card] = list(candidates())
    for card in found:
        click.echo(str(card))
    if not found:
        raise DeviceError("no card that could be written was found; put one in, and see that it is not mounted")


def _plain_sha256(image: Path, given: str | None) -> str | None:
    """The list beside a packed image is of the packed bytes, so it says nothing of the plain ones."""
    if given is None and packing(image) != "raw":
        raise ImageError(f"{image}: is packed; give the SHA-256 of the plain image with --sha256")
    return expected_sha256(image, given)


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Ctrl-C ends between two blocks, and says what is left."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(size: int) -> Iterator["_Say"]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:9}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        yield _Say(progress, size or None)


@dataclass(slots=True)
class _Say:
    progress: Progress
    size: int | None
    tasks: dict[str, TaskID] = field(default_factory=dict)

    def __call__(self, name: str, done: int) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=self.size)
        self.progress.update(self.tasks[name], completed=done)
