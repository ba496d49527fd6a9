from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kirpik.adapters.camera_replay import Recording
from kirpik.adapters.reduce import LORES_HEIGHT, LORES_WIDTH, reduce_to_lores
from kirpik.errors import InputError
from kirpik.site import Camera
from tests.unit.adapters.recordings import HEIGHT, WIDTH, write_folder

CAMERA = Camera(width=WIDTH, height=HEIGHT, fx=4638.0, fy=4638.0, cx=727.5, cy=543.5)


def test_a_folder_gives_its_frames_in_order(tmp_path: Path) -> None:
    recording = Recording(write_folder(tmp_path, [10, 20, 30]), CAMERA)
    frames = list(recording.frames())
    assert [frame.sensor_timestamp_ns for frame in frames] == [10, 20, 30]
    assert [int(frame.luma[0, 0]) for frame in frames] == [60, 61, 62]
    assert frames[0].exposure_us == 800
    assert frames[0].utc_ns is None
    assert frames[0].lores.shape[1] <= LORES_WIDTH
    assert frames[0].lores.shape[0] <= LORES_HEIGHT
    assert recording.total == 3


def test_missing_truncated_and_foreign_pictures_are_counted_and_skipped(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [10, 20, 30, 40])
    (folder / "0.png").unlink()
    (folder / "1.png").write_bytes((folder / "1.png").read_bytes()[:200])
    (folder / "2.png").write_text("no picture")
    recording = Recording(folder, CAMERA)
    assert [frame.number for frame in recording.frames()] == [3]
    assert recording.bad == 3


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "I;16", "P", "1"])
def test_pictures_of_other_modes_become_luma(tmp_path: Path, mode: str) -> None:
    folder = write_folder(tmp_path, [10])
    Image.new(mode, (WIDTH, HEIGHT)).save(folder / "0.png", compress_level=1)
    (frame,) = Recording(folder, CAMERA).frames()
    assert frame.luma.dtype == np.uint8
    assert frame.luma.shape == (HEIGHT, WIDTH)


def test_time_that_runs_backwards_ends_the_run_and_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"frames.csv:4: time runs backwards: 15 ns after 20 ns"):
        list(Recording(write_folder(tmp_path, [10, 20, 15]), CAMERA).frames())


def test_a_frame_that_comes_twice_is_counted_and_skipped(tmp_path: Path) -> None:
    recording = Recording(write_folder(tmp_path, [10, 20, 20, 30]), CAMERA)
    assert [frame.sensor_timestamp_ns for frame in recording.frames()] == [10, 20, 30]
    assert recording.bad == 1


def test_pictures_of_another_size_are_of_another_camera(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is 64×48, but the site's camera is 1456×1088; is this the site file"):
        list(Recording(write_folder(tmp_path, [10], size=(64, 48)), CAMERA).frames())


TABLES = [
    ("file,exposure_us,utc_ns\n", "frames.csv:1: column 'sensor_timestamp_ns' is missing"),
    ("file,sensor_timestamp_ns,exposure_us,utc_ns\n0.png,abc,1,\n", "frames.csv:2: sensor_timestamp_ns: 'abc'"),
    ("file,sensor_timestamp_ns,exposure_us,utc_ns\n0.png,-4,1,\n", "-4, expected 0 to"),
    ("file,sensor_timestamp_ns,exposure_us,utc_ns\n0.png,4,,\n", "exposure_us: '', expected a whole number"),
]


def test_sixteen_bits_are_the_upper_eight_of_them(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [10])
    Image.fromarray(np.full((HEIGHT, WIDTH), 0x8123, np.uint16)).save(folder / "0.png", compress_level=1)
    [frame] = Recording(folder, CAMERA).frames()
    assert (frame.luma == 0x81).all()


@pytest.mark.parametrize(("table", "said"), TABLES)
def test_a_table_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, table: str, said: str) -> None:
    folder = write_folder(tmp_path, [10])
    (folder / "frames.csv").write_text(table)
    with pytest.raises(InputError, match=said):
        list(Recording(folder, CAMERA).frames())


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such recording"):
        Recording(tmp_path / "nowhere", CAMERA).frames()


def write_video(path: Path, count: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(count):
            picture = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH), 40 + number, np.uint8), format="gray")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def test_a_videos_presentation_times_are_the_sensors(tmp_path: Path) -> None:
    frames = list(Recording(write_video(tmp_path / "clip.mp4", 5), CAMERA).frames())
    assert [frame.sensor_timestamp_ns for frame in frames] == [0, 40_000_000, 80_000_000, 120_000_000, 160_000_000]


def test_a_video_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mkv", 40)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    count = len(list(Recording(path, CAMERA).frames()))
    assert 5 < count < 40


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100])
def test_a_file_that_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a video that can be read"):
        list(Recording(path, CAMERA).frames())


def test_the_small_picture_keeps_the_proportions_and_does_not_grow() -> None:
    assert reduce_to_lores(np.zeros((720, 1280), np.uint8)).shape == (360, 640)
    assert reduce_to_lores(np.zeros((1088, 1456), np.uint8)).shape == (384, 514)
    assert reduce_to_lores(np.zeros((100, 200), np.uint8)).shape == (100, 200)


def test_a_table_that_a_spreadsheet_has_saved_is_read(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "recording", [20])
    table = folder / "frames.csv"
    table.write_text(table.read_text().replace("\n", "\r\n"), encoding="utf-8-sig")
    assert [frame.sensor_timestamp_ns for frame in Recording(folder, CAMERA).frames()] == [20]
