"""The page for an accused and for a court's expert: the claim, the plan, what was checked, how to compute it again."""

from datetime import UTC, datetime, timedelta

from kirpik import __version__
from kirpik.wire.record import Record
from kirpik_central.drawing import plan, timeline
from kirpik_central.drawing.picture import Picture
from kirpik_provisioning.paper.blocks import (
    Beside,
    Block,
    Drawn,
    Facts,
    Heading,
    Marked,
    Photo,
    Report,
    Text,
    Tone,
)
from kirpik_provisioning.verify.examine import Examined
from kirpik_provisioning.verify.numbers import as_offset
from kirpik_provisioning.verify.page_numbers import again_blocks
from kirpik_provisioning.verify.scene import labels, scene_of
from kirpik_provisioning.verify.words import Words

TONES: dict[str, Tone] = {"good": "good", "refused": "bad", "open": "open"}


def report_of(found: Examined, words: Words, *, verdict: str, name: str, sha256: str) -> Report:
    blocks: list[Block] = [Text(verdict, "good" if found.holds else "bad", large=True)]
    if found.record is not None:
        blocks += _claim(found, found.record, words)
    rows = tuple((TONES[one.outcome], words.title(one), words.sentence(one)) for one in found.findings)
    blocks += [Heading(words.page("checks")), Marked(rows)]
    if found.record is not None:
        blocks += again_blocks(found, found.record, words)
    return Report(
        title=words.page("title"),
        language=words.language,
        blocks=tuple(blocks),
        footer=words.page("made_by", version=__version__, name=name, hash=sha256),
        page_word=str(words.texts["page"]["page"]),
    )


def plan_of(found: Examined, words: Words) -> Picture | None:
    """The plan alone; None where there is no track to draw."""
    if found.record is None or found.again is None:
        return None
    return plan.draw(scene_of(found, found.record), labels(words))


def _claim(found: Examined, record: Record, words: Words) -> list[Block]:
    left: list[Block] = [Heading(words.page("accusation")), _facts(record, words)]
    if record.crop:
        left.append(Photo(record.crop, "image/webp", words.page("crop"), 70.0))
    right: list[Block] = [Heading(words.page("plan"))]
    scene = scene_of(found, record)
    right.append(Drawn(plan.draw(scene, labels(words)), words.page("plan_note")))
    signals = timeline.draw(scene, labels(words))
    below: list[Block] = []
    if not signals.empty:
        title = words.page("signal", name=scene.signals[0].signal)
        below = [Heading(title), Drawn(signals, words.page("signal_note"))]
    return [Beside(tuple(left), tuple(right), 0.5), *below]


def _facts(record: Record, words: Words) -> Facts:
    clock = words.name("clock", record.clock_source)
    if record.clock_error_us is not None:
        clock = words.page("clock_error", source=clock, error=record.clock_error_us / 1000)
    rows = [
        (words.page("rule"), words.name("kind", record.kind)),
        (words.page("outcome"), words.name("outcome", record.outcome)),
        (words.page("plate"), record.plate.reveal()),
        ("", words.page("confidence", format=record.plate_format, percent=record.confidence_ppm / 1e4)),
        (words.page("measured"), _measured(record, words)),
        (words.page("charged"), _kmh(record.charged_m_per_h, words)),
        (words.page("limit"), _kmh(record.limit_m_per_h, words)),
        (words.page("moment"), _moment(record, words)),
        (words.page("local_moment"), _local(record)),
        (words.page("clock"), clock),
        (words.page("site"), record.site_id),
        (words.page("lane"), record.lane or ""),
        (words.page("legal_basis"), record.legal_basis),
    ]
    return Facts(tuple(row for row in rows if row[1]))


def _measured(record: Record, words: Words) -> str:
    if record.speed_m_per_h is None:
        return ""
    value, sigma = record.speed_m_per_h / 1000, (record.uncertainty_m_per_h or 0) / 1000
    return words.page("kmh_sigma", value=value, sigma=sigma)


def _kmh(value: int | None, words: Words) -> str:
    return "" if value is None else words.page("kmh", value=value / 1000)


def _moment(record: Record, words: Words) -> str:
    if record.moment_utc_ns is None:
        return words.page("sensor_clock", seconds=record.moment_sensor_ns / 1e9)
    return _written(record.moment_utc_ns)


def _local(record: Record) -> str:
    """By the clock on the wall at the site, as the unit took it."""
    if record.moment_utc_ns is None or record.utc_offset_min is None:
        return ""
    zone = f"{as_offset(record.utc_offset_min)}, {record.timezone}"
    return f"{_written(record.moment_utc_ns, record.utc_offset_min)} ({zone})"


def _written(utc_ns: int, offset: int = 0) -> str:
    seconds, rest = divmod(utc_ns, 10**9)
    when = datetime.fromtimestamp(seconds, UTC) + timedelta(minutes=offset)
    return f"{when:%Y-%m-%d %H:%M:%S}.{rest // 10**6:03d}"
