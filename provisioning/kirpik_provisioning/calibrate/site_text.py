"""The site file with the calibration put in: the installer's own text stays, only [camera] and [pose] are replaced."""

import re
import tomllib
from pathlib import Path

from kirpik.errors import ConfigError, InputError
from kirpik.road.siting import FPS_USUAL, complaints
from kirpik.site import Site
from kirpik.site_file import load_site
from kirpik_provisioning.calibrate.steps import LensStep, PoseStep, TimeStep, TrafficStep

TABLE = re.compile(r"^\s*\[+\s*([A-Za-z0-9_.-]+)\s*\]+")
REPLACED = ("camera", "pose")


def read_draft(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from error


def calibrated_text(
    draft: str, lens: LensStep, pose: PoseStep, time: TimeStep | None, traffic: TrafficStep | None
) -> str:
    """A row time that was not measured stays as the draft has it, for a rolling shutter taken for none is fast."""
    kept: list[str] = []
    inside = ""
    for line in draft.splitlines():
        found = TABLE.match(line)
        inside = found.group(1) if found else inside
        if inside not in REPLACED:
            kept.append(line)
    after = next((n for n, line in enumerate(kept) if n and TABLE.match(line)), len(kept))
    measured = None if time is None else time.row_time_us
    tables = [
        *_camera(lens, _drafted_row_time_us(draft) if measured is None else measured),
        "",
        *_pose(pose, traffic),
        "",
    ]
    return "\n".join([*kept[:after], *tables, *kept[after:]]).rstrip() + "\n"


def _drafted_row_time_us(draft: str) -> float:
    """Whatever else is wrong with the draft, the site file's own reader says."""
    try:
        told = tomllib.loads(draft).get("camera", {}).get("row_time_us", 0.0)
    except (tomllib.TOMLDecodeError, AttributeError):
        return 0.0
    return float(told) if isinstance(told, int | float) else 0.0


def _camera(lens: LensStep, row_time_us: float) -> list[str]:
    return [
        "[camera]",
        f"width = {lens.width}",
        f"height = {lens.height}",
        f"fx = {lens.focal_px}",
        f"fy = {lens.focal_px}",
        f"cx = {lens.centre_px[0]}",
        f"cy = {lens.centre_px[1]}",
        f"distortion = {list(lens.distortion)}",
        f"row_time_us = {row_time_us}",
        f"focal_uncertainty_percent = {lens.focal_uncertainty_percent}",
    ]


def _pose(pose: PoseStep, traffic: TrafficStep | None) -> list[str]:
    """The file has one number for all three places, and one for all three angles: the largest speaks."""
    angles = pose.angle_sigma_deg if traffic is None else traffic.angle_sigma_deg
    rotation = pose.rotation if traffic is None else traffic.rotation
    return [
        "[pose]",
        f"position_m = {list(pose.position_m)}",
        f"rotation = {list(rotation)}",
        f"position_uncertainty_m = {max(pose.position_sigma_m)}",
        f"angle_uncertainty_deg = {max(angles)}",
    ]


def write_site(path: Path, text: str) -> Site:
    """Written only when the unit itself would take it. Raises ConfigError with the unit's own sentence."""
    beside = path.with_name(path.name + ".new")
    try:
        beside.write_text(text, encoding="utf-8")
        site = load_site(beside)
        if wrong := [f"{c.field}: {c.said}" for c in complaints(site, fps=FPS_USUAL)]:
            raise ConfigError(f"{path}: {wrong[0]}")
        beside.replace(path)
    except ConfigError as error:
        raise ConfigError(str(error).replace(str(beside), str(path))) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
    return site
