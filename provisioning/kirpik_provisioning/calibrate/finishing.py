"""The last step of `kirpik calibrate`: what was found becomes site.toml, a report, and its signed statement."""

import hashlib
import time
from pathlib import Path

import click
import msgspec

from kirpik.errors import InputError
from kirpik.evidence import calibration_of
from kirpik.wire.calibration import calibration_hash
from kirpik.wire.statement import Statement, sign_statement
from kirpik_provisioning.answers import ask_with
from kirpik_provisioning.calibrate.report import Done, Made, load_words, report_of
from kirpik_provisioning.calibrate.site_text import calibrated_text, read_draft, write_site
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep, ReferenceStep, TimeStep, TrafficStep, Work
from kirpik_provisioning.keys.holders import order_signer
from kirpik_provisioning.paper.html import to_html
from kirpik_provisioning.paper.pdf import to_pdf
from kirpik_provisioning.texts import LANGUAGES

PATH = click.Path(path_type=Path)
SITE, REPORT, STATEMENT = "site.toml", "report", "calibration.cbor"
LANGUAGE = click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)


@click.command(epilog="Example: kirpik calibrate --work site-0042 report draft.toml --by 'A. Metrologist' --key k.key")
@click.argument("draft", type=PATH)
@click.option("--by", required=True, help="Who calibrated, as it shall stand in the report.")
@click.option("--key", type=PATH, help="Order key that may set-site: signs the statement.")
@click.option("--passphrases", type=click.Path(path_type=Path, allow_dash=True), help="File with one answer a line.")
@LANGUAGE
@click.pass_obj
def report(work: Work, draft: Path, by: str, key: Path | None, passphrases: Path | None, language: str) -> None:
    """Write site.toml, and the report as PDF, HTML and JSON, with its signed statement.

    DRAFT is a site file with lanes, signals and rules; its [camera] and [pose] are replaced.
    """
    done = Done(
        lens=work.need(LensStep, "lens"),
        pose=work.need(PoseStep, "pose"),
        time=work.load(TimeStep),
        traffic=work.load(TrafficStep),
        reference=work.load(ReferenceStep),
    )
    text = calibrated_text(read_draft(draft), done.lens, done.pose, done.time, done.traffic)
    site = write_site(work.folder / SITE, text)
    utc_ms = time.time_ns() // 1_000_000
    told = _json(done, site.sha256, by, utc_ms)
    statement = Statement(
        site_id=site.header.id, calibration_sha256=calibration_hash(calibration_of(site, [])), made_utc_ms=utc_ms,
        report_sha256=hashlib.sha256(told).digest(), calibrated_by=by,
    )  # fmt: skip
    signed_by = None if key is None else _sign(work, statement, key, passphrases)
    paper = report_of(done, Made(by=by, utc_ms=utc_ms, site=site, signed_by=signed_by), load_words(language))
    _write(work.folder / f"{REPORT}.json", told)
    _write(work.folder / f"{REPORT}.html", to_html(paper).encode())
    _write(work.folder / f"{REPORT}.pdf", to_pdf(paper))
    click.echo(f"{work.folder / SITE}, {REPORT}.pdf, {REPORT}.html, {REPORT}.json: written for site {site.header.id}")


def _sign(work: Work, statement: Statement, key: Path, passphrases: Path | None) -> str:
    with order_signer(key, ask_with(passphrases)) as signer:
        _write(work.folder / STATEMENT, sign_statement(statement, signer))
        return signer.public.hex()


def _json(done: Done, site_sha256: bytes, by: str, utc_ms: int) -> bytes:
    steps = {name: getattr(done, name) for name in ("lens", "pose", "time", "traffic", "reference")}
    told = {"site_sha256": site_sha256.hex(), "by": by, "utc_ms": utc_ms, **steps}
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
