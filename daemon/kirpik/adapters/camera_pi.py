"""Frames of the Raspberry Pi's camera: two streams of one picture, looked at where they lie in the camera's memory.

This file and `camera_open` alone import picamera2. A frame's pixels are the camera's own buffer, without a copy; they
belong to the frame until the next one is asked for. Nothing is tried again here: a camera that is silent ends the
process, and systemd starts it afresh.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kirpik.errors import CameraError
from kirpik.values import Frame, Luma

SILENT_S = 5.0
"""Without a frame for so long the camera is dead: libcamera tells of its timeouts in its log alone."""
BAD_IN_A_ROW_MOST = 100


@dataclass(slots=True)
class Seen:
    """What the camera says of its last frames, for the heartbeat."""

    frames: int = 0
    dropped: int = 0
    exposure_us: int = 0
    gain: float = 0.0


@dataclass(slots=True)
class PiCamera:
    """`frames` is to be gone through by one thread, once."""

    device: Any
    """A started Picamera2."""
    utc_of: Callable[[int], int | None]
    now_ns: Callable[[], int]
    """The sensor's clock."""
    stop: threading.Event
    silent_s: float = SILENT_S
    bad: int = 0
    total: int | None = None
    seen: Seen = field(default_factory=Seen)
    _last_ns: int | None = None
    _bad_in_a_row: int = 0

    def frames(self) -> Iterator[Frame]:
        """Raises CameraError when the camera falls silent or its clock cannot be believed."""
        while not self.stop.is_set():
            request = self._capture()
            try:
                if (frame := self._frame(request)) is not None:
                    yield frame
                    del frame
            finally:
                _give_back(request)

    def close(self) -> None:
        self.device.stop()
        self.device.close()

    def _capture(self) -> Any:  # noqa: ANN401  picamera2 has no types
        try:
            return self.device.capture_request(wait=self.silent_s)
        except TimeoutError:
            raise CameraError(
                f"camera: no picture for {self.silent_s:g} s; is the cable firm? starting afresh"
            ) from None

    def _frame(self, request: Any) -> Frame | None:  # noqa: ANN401
        """None for a frame whose time makes no sense: it is counted and passed over."""
        metadata = request.get_metadata()
        sensor_ns = metadata.get("SensorTimestamp", 0)
        if not 0 <= self.now_ns() - sensor_ns < SILENT_S * 1e9 or sensor_ns <= (self._last_ns or 0):
            self._count_bad(sensor_ns)
            return None
        self._note(metadata, sensor_ns)
        return Frame(
            number=self.seen.frames - 1,
            sensor_timestamp_ns=sensor_ns,
            exposure_us=self.seen.exposure_us,
            utc_ns=self.utc_of(sensor_ns),
            luma=luma_of(request, "main"),
            lores=luma_of(request, "lores"),
        )

    def _note(self, metadata: Mapping[str, Any], sensor_ns: int) -> None:
        period_ns = 1000 * metadata.get("FrameDuration", 0)
        if self._last_ns is not None and period_ns:
            self.seen.dropped += max(0, round((sensor_ns - self._last_ns) / period_ns) - 1)
        self._last_ns, self._bad_in_a_row = sensor_ns, 0
        self.seen.frames += 1
        self.seen.exposure_us = int(metadata.get("ExposureTime", 0))
        self.seen.gain = float(metadata.get("AnalogueGain", 0.0))

    def _count_bad(self, sensor_ns: int) -> None:
        self.bad += 1
        self._bad_in_a_row += 1
        if self._bad_in_a_row > BAD_IN_A_ROW_MOST:
            raise CameraError(f"camera: its clock says {sensor_ns} ns, expected the seconds before {self.now_ns()}")


def _give_back(request: Any) -> None:  # noqa: ANN401
    try:
        request.release()
    except RuntimeError as error:
        raise CameraError(f"camera: gone ({error}); starting afresh") from error


def luma_of(request: Any, stream: str) -> Luma:  # noqa: ANN401
    """The luma rows of a request's stream, in the camera's own memory, shape (height, width). Not to be written to."""
    from picamera2 import MappedArray  # noqa: PLC0415  present on a unit alone

    layout = request.config[stream]
    (width, height), stride = layout["size"], layout["stride"]
    with MappedArray(request, stream, reshape=False, write=False) as mapped:
        luma: Luma = mapped.array[: stride * height].reshape(height, stride)[:, :width]
    luma.flags.writeable = False
    return luma
