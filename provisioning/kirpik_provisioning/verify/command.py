"""`kirpik verify`: exit code 0 when nothing was refused, 1 when something was, 2 when it was used wrongly."""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from kirpik.errors import InputError
from kirpik_central.drawing.picture import NOTHING, Picture, to_svg
from kirpik_provisioning.paper.blocks import Report
from kirpik_provisioning.paper.html import to_html
from kirpik_provisioning.paper.pdf import to_pdf
from kirpik_provisioning.verify.examine import Examined, examine
from kirpik_provisioning.verify.page import plan_of, report_of
from kirpik_provisioning.verify.told import told
from kirpik_provisioning.verify.trust import load_trusted
from kirpik_provisioning.verify.words import LANGUAGES, Words, load_words

MARKS = {"good": "✓", "refused": "✗", "open": "·"}
COLOURS = {"good": "green", "refused": "red", "open": "yellow"}


@click.command(epilog="Example: kirpik verify case-17.kpe --root root.cbor --page case-17.pdf --language ru")
@click.argument("evidence", type=click.Path(path_type=Path))
@click.option("--root", type=click.Path(path_type=Path), help="The root document that you trust.")
@click.option("--keyset", type=click.Path(path_type=Path), help="Newest published key set: it may revoke the unit.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "--page", type=click.Path(path_type=Path), help="Write a page for people: .pdf, .html, or .svg (plan alone)."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings and all numbers as one JSON object.")
def verify(
    evidence: Path,
    root: Path | None,
    keyset: Path | None,
    language: str,
    page: Path | None,
    *,
    as_json: bool,
) -> None:
    """Check an evidence file offline and compute its numbers again.

    Signatures and keys are followed from the root that you trust to the record; then speed, positions and moments are
    computed from the track in the record and held against what it claims.
    """
    if page is not None and page.suffix not in WRITERS:
        raise click.UsageError(f"--page {page}: expected a name that ends in {', '.join(WRITERS)}")
    data = _read(evidence)
    found = examine(data, load_trusted(root, keyset))
    words, sha256 = load_words(language), hashlib.sha256(data).hexdigest()
    if page is not None:
        report = report_of(found, words, verdict=verdict(found, words), name=evidence.name, sha256=sha256)
        _write(page, WRITERS[page.suffix](report, plan_of(found, words)))
    if as_json:
        click.echo(json.dumps(told(found, file_sha256=sha256), ensure_ascii=False))
    else:
        for line in _lines(found, words):
            click.echo(line)
    sys.exit(0 if found.holds else 1)


def _plan_alone(_: Report, plan: Picture | None) -> bytes:
    return to_svg(plan or NOTHING, name="plan", alone=True).encode()


WRITERS: dict[str, Callable[[Report, Picture | None], bytes]] = {
    ".pdf": lambda report, _: to_pdf(report),
    ".html": lambda report, _: to_html(report).encode(),
    ".svg": _plan_alone,
}


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def _lines(found: Examined, words: Words) -> Iterator[str]:
    for one in found.findings:
        mark = click.style(MARKS[one.outcome], fg=COLOURS[one.outcome], bold=True)
        yield f"{mark} {words.title(one)}: {words.sentence(one)}"
    yield ""
    yield click.style(verdict(found, words), bold=True)


def verdict(found: Examined, words: Words) -> str:
    """The last word in one or two sentences."""
    refused = sum(one.outcome == "refused" for one in found.findings)
    left = sum(one.outcome == "open" for one in found.findings)
    if found.record is None and found.header is None:
        return words.verdict("unread")
    first = words.verdict("refused", count=refused) if refused else words.verdict("holds")
    return first if not left else f"{first} {words.verdict('open', count=left)}"
