"""A recording in the camera's place: a video file, or a folder with frames.csv. The only file that imports PyAV."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
import numpy as np
from PIL import Image, UnidentifiedImageError

from kirpik.adapters.reduce import reduce_to_lores
from kirpik.errors import InputError
from kirpik.site import Camera
from kirpik.values import Frame, Luma

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

COLUMNS = ["file", "sensor_timestamp_ns", "exposure_us", "utc_ns"]
BAD_IN_A_ROW_MOST = 1000
DECODERS = 2
"""Threads that decode; each holds pictures of its own, and by itself PyAV takes one more than there are cores."""


@dataclass(slots=True)
class Recording:
    """Frames in the order of their times. A frame that cannot be read is counted in `bad` and skipped."""

    source: Path
    camera: Camera
    bad: int = 0
    total: int | None = None
    """Frames to be expected, where the recording says so."""
    _last_ns: int | None = field(default=None, repr=False)

    def frames(self) -> Iterator[Frame]:
        """Raises InputError when the recording cannot be used, or its time runs backwards."""
        if not self.source.exists():
            raise InputError(f"{self.source}: no such recording, expected a video file or a folder with frames.csv")
        return self._from_folder() if self.source.is_dir() else self._from_video()

    def _from_folder(self) -> Iterator[Frame]:
        rows = read_table(self.source / "frames.csv", COLUMNS)
        self.total = len(rows)
        for number, (line, row) in enumerate(rows):
            where = f"{self.source / 'frames.csv'}:{line}"
            timestamp = whole(row["sensor_timestamp_ns"], where, "sensor_timestamp_ns")
            exposure = whole(row["exposure_us"], where, "exposure_us")
            utc = whole(row["utc_ns"], where, "utc_ns") if row["utc_ns"] else None
            luma = _read_picture(self.source / row["file"]) if self._forward(timestamp, where) else None
            if luma is None:
                self.bad += 1
                continue
            self._same_size(luma, str(self.source / row["file"]))
            yield Frame(number, timestamp, exposure, utc, luma, reduce_to_lores(luma))

    def _from_video(self) -> Iterator[Frame]:
        try:
            container = av.open(str(self.source))
        except (av.error.FFmpegError, OSError) as error:
            what = "not a video that can be read, nor a folder with frames.csv"
            raise InputError(f"{self.source}: {what}: {_reason(error)}") from error
        with container:
            if not container.streams.video:
                raise InputError(f"{self.source}: holds no video stream")
            stream = container.streams.video[0]
            stream.thread_type, stream.codec_context.thread_count = "AUTO", DECODERS
            self.total = stream.frames or None
            yield from self._decode(container, stream)

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[Frame]:
        number = -1
        for packet in _packets(container, stream):
            for picture in self._pictures(packet):
                number += 1
                timestamp = _presentation_ns(picture.pts, picture.time_base or stream.time_base)
                if timestamp is None:
                    self.bad += 1
                    continue
                if not self._forward(timestamp, f"{self.source}: frame {number}"):
                    self.bad += 1
                    continue
                luma = np.asarray(picture.to_ndarray(format="gray"), np.uint8)
                self._same_size(luma, f"{self.source}: frame {number}")
                yield Frame(number, timestamp, 0, None, luma, reduce_to_lores(luma))

    def _pictures(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        try:
            return list(packet.decode())
        except av.error.FFmpegError:
            self.bad += 1
            if self.bad > BAD_IN_A_ROW_MOST:
                raise InputError(f"{self.source}: more than {BAD_IN_A_ROW_MOST} frames cannot be read") from None
            return []

    def _forward(self, timestamp_ns: int, where: str) -> bool:
        """Whether time went on; where it stood, the frame is somebody's copy and no second look at the road."""
        before, self._last_ns = self._last_ns, timestamp_ns
        if before is not None and timestamp_ns < before:
            raise InputError(f"{where}: time runs backwards: {timestamp_ns} ns after {before} ns")
        return timestamp_ns != before

    def _same_size(self, luma: Luma, where: str) -> None:
        height, width = luma.shape
        if (width, height) != (self.camera.width, self.camera.height):
            raise InputError(
                f"{where}: is {width}×{height}, but the site's camera is {self.camera.width}×{self.camera.height};"
                " is this the site file of another camera?"
            )


def read_table(path: Path, columns: list[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with their line numbers. Raises InputError when it cannot be read or lacks a column."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if missing:
                raise InputError(f"{path}:1: column '{missing[0]}' is missing, expected {','.join(columns)}")
            return [(reader.line_num, {name: (row[name] or "").strip() for name in columns}) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot read the table: {_reason(error)}") from error


def whole(text: str, where: str, column: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise InputError(f"{where}: {column}: '{text}', expected a whole number") from None
    if not 0 <= number < 2**63:
        raise InputError(f"{where}: {column}: {number}, expected 0 to 2^63 − 1")
    return number


def _read_picture(path: Path) -> Luma | None:
    try:
        with Image.open(path) as image:
            if image.mode.startswith("I"):  # sixteen bits, which Pillow would clip
                return np.asarray(np.asarray(image).astype(np.uint16) >> 8, np.uint8)
            return np.array(image.convert("L"))
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Packets until the end, or until the file breaks off."""
    demuxed = container.demux(stream)
    while True:
        try:
            yield next(demuxed)
        except (StopIteration, av.error.FFmpegError):
            return


def _presentation_ns(pts: int | None, time_base: Fraction | None) -> int | None:
    if pts is None or time_base is None:
        return None
    return math.floor(pts * time_base * 1_000_000_000)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
