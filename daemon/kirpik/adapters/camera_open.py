"""Find, configure and start the Raspberry Pi's camera, once and for life: changing it leaks contiguous memory.

What is wrong with it is told in a sentence that says what to do.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kirpik.adapters.camera_pi import PiCamera
from kirpik.adapters.reduce import lores_size
from kirpik.adapters.sensors import OTHER, Board, Mode, Sensor, Size, check_board, choose_mode, find_sensor, read_board
from kirpik.adapters.tuning import cap_exposure, find_tuning, read_tuning
from kirpik.config import CameraTable
from kirpik.errors import CameraError
from kirpik.site import Camera

FORMAT = "YUV420"
"""Its first rows are the luma, which is all that is looked at."""
MANUAL_FOCUS = 0
"""libcamera's AfModeManual."""

log = logging.getLogger(__name__)


def open_camera(
    table: CameraTable,
    site: Camera,
    *,
    tuning: Path | None,
    scratch: Path,
    utc_of: Callable[[int], int | None],
    now_ns: Callable[[], int],
    stop: threading.Event,
) -> PiCamera:
    """Open, configure and start. Raises CameraError or ConfigError, with what to do.

    `tuning` is a file of one's own; `scratch` a folder in memory for the capped one.
    """
    library = _library()
    index = int(table.source.partition(":")[2] or 0)
    model = _model(library, index)
    sensor, board, size = find_sensor(model), read_board(), (site.width, site.height)
    platform = library.Picamera2.platform.name
    check_board(board, platform, size)
    _check_shutter(sensor, site)
    mode = choose_mode(sensor, size, table.fps)
    file = _tuning_file(table, model, platform, tuning, scratch)
    device = _acquire(library, index, file)
    controls = _possible(device, controls_for(table, sensor))
    _start(device, size, board or OTHER, mode=mode if board else None, controls=controls)
    log.info("camera='%s' size=%dx%d fps=%g platform=%s", sensor.name, *size, table.fps, platform)
    return PiCamera(device, utc_of=utc_of, now_ns=now_ns, stop=stop)


def look_for_camera(table: CameraTable, site: Camera) -> str:
    """For `check`: the camera's name, when there is one that fits the site. Opens nothing."""
    library = _library()
    sensor = find_sensor(_model(library, int(table.source.partition(":")[2] or 0)))
    choose_mode(sensor, (site.width, site.height), table.fps)
    _check_shutter(sensor, site)
    return sensor.name


def controls_for(table: CameraTable, sensor: Sensor) -> dict[str, object]:
    """By libcamera's names. Exposure is the tuning file's business unless it is fixed."""
    period_us = round(1e6 / table.fps)
    controls: dict[str, object] = {"FrameDurationLimits": (period_us, period_us)}
    if table.exposure_us is not None:
        controls["ExposureTime"] = table.exposure_us
    if sensor.can_focus:
        controls |= {"AfMode": MANUAL_FOCUS, "LensPosition": 1.0 / table.focus_m}
    return controls


def _library() -> Any:  # noqa: ANN401
    try:
        import picamera2  # noqa: PLC0415  present on a unit alone
    except ImportError as error:
        raise CameraError(
            f"picamera2 cannot be loaded ({error}): sudo apt-get install --no-install-recommends python3-picamera2"
        ) from error
    logging.getLogger("picamera2").setLevel(logging.WARNING)
    return picamera2


def _model(library: Any, index: int) -> str:  # noqa: ANN401
    cameras = library.Picamera2.global_camera_info()
    if index >= len(cameras):
        raise CameraError(
            f"no camera number {index}, {len(cameras)} found: check the cable at both ends with the power off;"
            " `rpicam-hello --list-cameras` must show it"
        )
    return str(cameras[index]["Model"])


def _check_shutter(sensor: Sensor, site: Camera) -> None:
    if sensor.rows_at_once != (site.row_time_us == 0):
        kind = "a global shutter, expected 0" if sensor.rows_at_once else "a rolling shutter, expected more than 0"
        raise CameraError(
            f"{sensor.name}: the site file says camera.row_time_us {site.row_time_us:g}, but it has {kind};"
            " is this the site file of another camera?"
        )


def _tuning_file(table: CameraTable, model: str, platform: str, own: Path | None, scratch: Path) -> Path | None:
    """What libcamera is to read: one's own or the system's, capped where the exposure follows the light."""
    if table.exposure_us is not None:
        if own is not None:
            read_tuning(own)
        return own
    tuning = read_tuning(own or find_tuning(model, platform))
    capped = scratch / "tuning.json"
    try:
        capped.write_text(json.dumps(cap_exposure(tuning, table.exposure_most_us)))
    except OSError as error:
        raise CameraError(f"{capped}: cannot write the capped tuning file: {error.strerror}") from error
    return capped


def _acquire(library: Any, index: int, tuning: Path | None) -> Any:  # noqa: ANN401
    try:
        return library.Picamera2(index, tuning=None if tuning is None else str(tuning))
    except (RuntimeError, OSError) as error:
        reasons = "; ".join(_reasons(error))
        if "busy" in reasons.lower():
            raise CameraError("camera: taken by another program, `sudo fuser -v /dev/video*` names it") from error
        raise CameraError(f"camera: cannot be opened: {reasons}") from error


def _reasons(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield str(error)
        error = error.__cause__ or error.__context__


def _possible(device: Any, wanted: Mapping[str, object]) -> dict[str, object]:  # noqa: ANN401
    """Without what this camera does not know: each such control is told, for somebody relies on it."""
    for name in wanted.keys() - device.camera_controls.keys():
        log.warning("camera=no_control control=%s", name)
    return {name: value for name, value in wanted.items() if name in device.camera_controls}


def _start(device: Any, size: Size, board: Board, *, mode: Mode | None, controls: Mapping[str, object]) -> None:  # noqa: ANN401
    sensor = {} if mode is None else {"output_size": mode.size, "bit_depth": mode.bits}
    try:
        device.configure(
            device.create_video_configuration(
                main={"size": size, "format": FORMAT}, lores={"size": lores_size(size), "format": FORMAT}, raw=None,
                sensor=sensor, buffer_count=board.buffers, queue=True, display=None, encode=None, controls=controls,
            )
        )  # fmt: skip
        device.start()
    except (RuntimeError, ValueError, OSError) as error:
        raise CameraError(f"camera: refuses {size[0]}×{size[1]}: {'; '.join(_reasons(error))}") from error
    got = tuple(device.camera_configuration()["main"]["size"])
    if got != size:
        raise CameraError(
            f"camera: gives {got[0]}×{got[1]}, but the site was calibrated for {size[0]}×{size[1]}; calibrate anew"
        )
