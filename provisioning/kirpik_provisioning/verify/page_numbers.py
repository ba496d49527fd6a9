"""The page's second half: how to compute it again, the numbers side by side, and what they were made with."""

from kirpik.values import Motion
from kirpik.wire.record import Record
from kirpik_provisioning.paper.blocks import Block, Facts, Heading, Table, Text
from kirpik_provisioning.verify.examine import Examined
from kirpik_provisioning.verify.scene import feet_of, scene_of
from kirpik_provisioning.verify.words import Words

ROWS_MOST = 20


def again_blocks(found: Examined, record: Record, words: Words) -> list[Block]:
    of_speed = record.kind == "speeding"
    blocks: list[Block] = [
        Heading(words.page("again")),
        Text(words.page("again_text")),
        Text(words.page("again_speed" if of_speed else "again_line")),
    ]
    if found.again is not None:
        head = (words.page("number"), words.page("claimed"), words.page("follows"))
        blocks.append(Table(head, tuple(_quantities(found, record, words))))
    if not of_speed:
        blocks += [Heading(words.page("place_table")), _places(found, record, words)]
    return [*blocks, Heading(words.page("what_made")), _made_with(found, record, words)]


def _quantities(found: Examined, record: Record, words: Words) -> list[tuple[str, str, str]]:
    again = found.again
    if again is None:
        return []
    height = "" if record.height_mm is None else words.fill("{v:.2f} ", {"v": record.height_mm / 1000})
    metre = words.page("metre")
    rows = [
        (words.page("frames"), str(record.frames), str(len(record.track))),
        (words.page("height"), height + metre, words.fill("{v:.2f} ", {"v": again.path.height_m}) + metre),
    ]
    motion = again.motion
    if motion is not None and record.speed_m_per_h is not None:
        rows += _of_motion(motion, record, words)
    rows += _of_signal(found, record, words)
    feet = feet_of(found, record)
    if feet:
        _, (x, y) = min(feet, key=lambda one: abs(one[0]))
        rows.append((words.page("position"), "", words.fill("{x:.2f}; {y:.2f} ", {"x": x, "y": y}) + metre))
    return rows


def _places(found: Examined, record: Record, words: Words) -> Table:
    """The foot point frame by frame, nearest to the moment, in the order of time."""
    scene = scene_of(found, record)
    near = sorted(sorted(scene.feet, key=lambda one: abs(one[0]))[:ROWS_MOST])
    metre, second = words.page("metre"), words.page("second")
    head = (f"{words.page('time')}, {second}", f"X, {metre}", f"Y, {metre}", words.page("shown"))
    phases = words.texts["phase"]
    rows = [
        (
            _figure(t_s, 3, "", words),
            _figure(x, 2, "", words),
            _figure(y, 2, "", words),
            phases.get(scene.phase_at(t_s), ""),
        )
        for t_s, (x, y) in near
    ]
    return Table(head, tuple(rows))


def _of_signal(found: Examined, record: Record, words: Words) -> list[tuple[str, str, str]]:
    if record.terms.grace_ms is None:
        return []
    second, signals = words.page("second"), record.signal_changes
    red = [row.time_us for row in signals if row.phase in ("red", "red_amber") and row.time_us <= 0]
    moved = 0 if found.again is None or found.again.moment_off_us is None else found.again.moment_off_us
    since = "" if not red else _figure((moved - red[-1]) / 1e6, 2, second, words)
    return [
        (words.page("red_since"), "" if not red else _figure(-red[-1] / 1e6, 2, second, words), since),
        (words.page("grace"), _figure(record.terms.grace_ms / 1000, 2, second, words), ""),
    ]


def _of_motion(motion: Motion, record: Record, words: Words) -> list[tuple[str, str, str]]:
    told, sigma = (record.speed_m_per_h or 0) / 1000, (record.uncertainty_m_per_h or 0) / 1000
    kmh, metre = words.page("kmh", value=0.0).replace("0 ", ""), words.page("metre")
    per_s2 = f"{metre}/{words.page('second')}²"
    return [
        (words.page("speed"), _figure(told, 2, kmh, words), _figure(motion.speed_kmh, 2, kmh, words)),
        (words.page("uncertainty"), _figure(sigma, 2, kmh, words), _figure(motion.uncertainty_kmh, 2, kmh, words)),
        (words.page("acceleration"), "", _figure(motion.acceleration_mps2, 2, per_s2, words)),
        (words.page("length"), "", _figure(motion.length_m, 1, metre, words)),
        (words.page("fit"), "", _figure(motion.chi2_per_dof, 2, "", words)),
    ]


def _figure(value: float, digits: int, unit: str, words: Words) -> str:
    return words.fill(f"{{v:.{digits}f}}", {"v": float(value)}) + (f" {unit}" if unit else "")


def _made_with(found: Examined, record: Record, words: Words) -> Facts:
    told, row = record.calibration, words.texts["camera_row"]
    fx, fy, cx, cy = (value / 1000 for value in told.pinhole_mpx)
    place = "; ".join(words.fill("{v:.3f}", {"v": value / 1000}) for value in told.position_mm)
    doubt = (
        words.fill("{v:.3f} ", {"v": told.position_uncertainty_mm / 1000}) + words.page("metre"),
        words.fill("{v:.3f}°", {"v": told.angle_uncertainty_udeg / 1e6}),
        words.fill("{v:.2f} %", {"v": told.focal_uncertainty_ppm / 1e4}),
    )
    unit = "" if found.header is None else found.header.unit.hex()
    return Facts(
        (
            (row["image"], f"{told.width_px} × {told.height_px} px"),
            (row["focal"], words.fill("{x:.1f}; {y:.1f} px", {"x": fx, "y": fy})),
            (row["centre"], words.fill("{x:.1f}; {y:.1f} px", {"x": cx, "y": cy})),
            (row["lens"], "; ".join(words.fill("{v:.5f}", {"v": k / 1e9}) for k in told.distortion_1e9)),
            (row["row_time"], words.fill("{v:.2f} µs", {"v": told.row_time_ns / 1000})),
            (row["position"], f"{place} {words.page('metre')}"),
            (row["uncertainty"], "; ".join(doubt)),
            ("unit", unit),
            ("models", record.models_sha256.hex()),
            ("software", record.software_sha256.hex()),
            ("configuration", record.configuration_sha256.hex()),
            ("calibration", record.calibration_sha256.hex()),
        )
    )
