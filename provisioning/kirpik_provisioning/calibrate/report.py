"""The calibration report: each step with its numbers and drawings, what went into the site file, and who signed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kirpik import __version__
from kirpik.site import Site
from kirpik_central.drawing.labels import Labels
from kirpik_provisioning.calibrate.figures import lens_picture, road_picture, view_picture
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep, ReferenceStep, TimeStep, TrafficStep
from kirpik_provisioning.paper.blocks import Block, Drawn, Heading, Report, Table, Text
from kirpik_provisioning.texts import Texts, read_texts

FOLDER = Path(__file__).with_name("words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """All steps, as far as they were done."""

    lens: LensStep
    pose: PoseStep
    time: TimeStep | None
    traffic: TrafficStep | None
    reference: ReferenceStep | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """By whom and when, and what the site file came to be."""

    by: str
    utc_ms: int
    site: Site
    signed_by: str | None
    """The public key in hex."""


class Words(Texts):
    """Of the report's own table."""

    __slots__ = ()

    def say(self, name: str, /, **values: object) -> str:
        return self.text("report", name, **values)


def load_words(language: str) -> Words:
    return Words(language, read_texts(FOLDER, language))


def report_of(done: Done, made: Made, words: Words) -> Report:
    site_hash = made.site.sha256.hex()
    blocks: list[Block] = [
        Text(words.say("made", by=made.by, utc_ms=made.utc_ms, version=__version__, hash=site_hash), "soft"),
        *_lens(done.lens, words),
        *_pose(done.pose, made.site, words),
        *_time(done.time, words),
        *_traffic(done.traffic, words),
        *_reference(done.reference, words),
        *_result(made.site, words),
    ]
    signed = words.say("unsigned") if made.signed_by is None else words.say("signed", key=made.signed_by)
    return Report(
        title=words.say("title", site=made.site.header.id),
        language=words.language,
        blocks=(*blocks, Text(signed, "soft" if made.signed_by else "bad")),
        footer=f"{made.site.header.id} · {site_hash}",
        page_word=str(words.texts["report"]["page"]),
    )


def _figures(words: Words, values: float | Sequence[float], digits: int, unit: str = "") -> str:
    many = [values] if isinstance(values, int | float) else values
    told = "; ".join(words.fill(f"{{v:.{digits}f}}", {"v": float(value)}) for value in many)
    return f"{told} {unit}".rstrip()


def _both(words: Words, value: float, sigma: float, unit: str) -> tuple[str, str]:
    return _figures(words, value, 3, unit), _figures(words, sigma, 3, unit)


def _lens(lens: LensStep, words: Words) -> list[Block]:
    text = words.say(
        "lens_text", count=len(lens.pictures), corners=len(lens.corners), model=lens.model, rms=lens.rms_px,
        covered=100 * lens.covered,
    )  # fmt: skip
    rows = (
        (
            words.say("focal"),
            _figures(words, lens.focal_px, 2, "px"),
            _figures(words, lens.focal_uncertainty_percent, 3, "%"),
        ),
        (words.say("centre"), _figures(words, lens.centre_px, 2, "px"), ""),
        (words.say("distortion"), _figures(words, lens.distortion, 5), ""),
    )
    head = (words.say("quantity"), words.say("value"), words.say("sigma"))
    return [
        Heading(words.say("camera")),
        Text(text),
        Table(head, rows),
        Drawn(lens_picture(lens), words.say("lens_note")),
    ]


def _pose(pose: PoseStep, site: Site, words: Words) -> list[Block]:
    text = words.say(
        "pose_text", count=len(pose.points), chi2=pose.chi2_per_dof, tape=pose.taped_height_m, height=pose.position_m[2]
    )
    head = (words.say("quantity"), words.say("value"), words.say("sigma"))
    rows = (
        (words.say("position"), _figures(words, pose.position_m, 3, words.say("metre")),
         _figures(words, pose.position_sigma_m, 3, words.say("metre"))),
        (words.say("angles"), "", _figures(words, pose.angle_sigma_deg, 3, "°")),
    )  # fmt: skip
    columns = tuple(words.say(name) for name in ("point", "place", "off", "off_road", "share"))
    points = tuple(
        (point.name, _figures(words, point.place_m, 2), _figures(words, point.off_px, 2),
         _figures(words, point.off_m, 3), _figures(words, point.share, 1))
        for point in pose.points
    )  # fmt: skip
    return [
        Heading(words.say("pose")), Text(text), Table(head, rows),
        Drawn(view_picture(site, pose), words.say("view_note")), Table(columns, points),
        Drawn(road_picture(site, pose, labels(words)), words.say("road_note")),
    ]  # fmt: skip


def labels(words: Words) -> Labels:
    metre = words.say("metre")
    return Labels(
        plan=f"{words.say('plan')} · {{site}}", lane=str(words.texts["report"]["lane"]), line=words.say("line"),
        zone=words.say("zone"), metres=f"{{metres}} {metre}", comma=words.language != "en",
    )  # fmt: skip


def _time(time: TimeStep | None, words: Words) -> list[Block]:
    if time is None:
        return [Heading(words.say("time")), Text(words.say("none"), "open")]
    rows = []
    if time.row_time_us is not None:
        told = _figures(words, time.row_time_us, 3, "µs"), _figures(words, time.row_time_sigma_us or 0.0, 3, "µs")
        rows.append((words.say("row_time"), *told))
    if time.offset_ms is not None:
        told = _figures(words, time.offset_ms, 2, "ms"), _figures(words, time.offset_sigma_ms or 0.0, 2, "ms")
        rows.append((words.say("offset"), *told))
    rows.append((words.say("flashes"), str(time.flashes), ""))
    head = (words.say("quantity"), words.say("value"), words.say("sigma"))
    return [Heading(words.say("time")), Table(head, tuple(rows))]


def _traffic(traffic: TrafficStep | None, words: Words) -> list[Block]:
    if traffic is None:
        return [Heading(words.say("traffic")), Text(words.say("none"), "open")]
    metre = words.say("metre")
    taped = traffic.taped_plate_height_m
    rows = [
        (words.say("tilt"), *_both(words, traffic.tilt_deg, traffic.tilt_sigma_deg, "°")),
        (words.say("roll"), *_both(words, traffic.roll_deg, traffic.roll_sigma_deg, "°")),
        (words.say("plate_height"), *_both(words, traffic.plate_height_m, traffic.plate_height_sigma_m, metre)),
    ]
    if taped is not None:
        rows.append((f"{words.say('plate_height')} ({words.say('taped')})", _figures(words, taped, 3, metre), ""))
    head = (words.say("quantity"), words.say("value"), words.say("sigma"))
    text = words.say("traffic_text", tracks=traffic.tracks)
    return [Heading(words.say("traffic")), Text(text), Table(head, tuple(rows))]


def _reference(reference: ReferenceStep | None, words: Words) -> list[Block]:
    if reference is None:
        return [Heading(words.say("reference")), Text(words.say("none"), "open")]
    text = words.say(
        "reference_text", count=len(reference.passes), scale=reference.scale, low=reference.low, high=reference.high
    )
    head = tuple(words.say(name) for name in ("pass", "gnss", "measured", "difference", "sigma"))
    rows = tuple(
        (name, _figures(words, known, 2), _figures(words, found, 2), _figures(words, found - known, 2),
         _figures(words, sigma, 2))
        for name, known, found, sigma in reference.passes
    )  # fmt: skip
    return [Heading(words.say("reference")), Text(text), Table(head, rows)]


def _result(site: Site, words: Words) -> list[Block]:
    camera, pose, metre = site.camera, site.pose, words.say("metre")
    head = (words.say("quantity"), words.say("value"), words.say("sigma"))
    rows = (
        (
            words.say("focal"),
            _figures(words, camera.fx, 2, "px"),
            _figures(words, camera.focal_uncertainty_percent, 3, "%"),
        ),
        (words.say("row_time"), _figures(words, camera.row_time_us, 3, "µs"), ""),
        (
            words.say("position"),
            _figures(words, pose.position_m, 3, metre),
            _figures(words, pose.position_uncertainty_m, 3, metre),
        ),
        (words.say("angles"), "", _figures(words, pose.angle_uncertainty_deg, 3, "°")),
    )
    return [Heading(words.say("result")), Table(head, rows)]
