"""Runs in the root, on the unit's own code: real picamera2 and libcamera, a virtual camera. Prints one JSON object.

Called with how many frames to pass, and with what to try: `flow` or `trouble`.
"""

import gc
import json
import sys
import threading
import time
import tracemalloc
from pathlib import Path

sys.path[:0] = ["/opt/code", "/opt/kirpik/lib/python3.13/site-packages"]

import numpy as np

from kirpik.adapters.camera_open import open_camera
from kirpik.config import CameraTable
from kirpik.errors import KirpikError
from kirpik.site import Camera

SITE = Camera(width=1456, height=1088, fx=7246.0, fy=7246.0, cx=727.5, cy=543.5)


def boottime_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def opened(stop=None, tuning=None, site=SITE, **table):
    return open_camera(
        CameraTable(**{"exposure_us": 1000, **table}), site, tuning=tuning, scratch=Path("/run"),
        utc_of=lambda _: None, now_ns=boottime_ns, stop=stop or threading.Event(),
    )  # fmt: skip


def rss_kib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def flow(count):
    began_s = time.monotonic()
    camera = opened()
    told, rss, ids = {"open_s": round(time.monotonic() - began_s, 2)}, [], set()
    last_ns, pictures = 0, set()
    frames = camera.frames()
    for number in range(count):
        frame = next(frames)
        assert frame.number == number
        assert frame.sensor_timestamp_ns > last_ns
        last_ns = frame.sensor_timestamp_ns
        if number == 0:
            told["first_frame_s"] = round(time.monotonic() - began_s, 2)
            told["shapes"] = [frame.luma.shape, frame.lores.shape]
            told["owns"] = bool(frame.luma.flags.owndata or frame.lores.flags.owndata)
            told["writeable"] = bool(frame.luma.flags.writeable)
            told["age_ms"] = round((boottime_ns() - frame.sensor_timestamp_ns) / 1e6, 1)
            base = frame.luma
            while isinstance(base, np.ndarray):
                base = base.base
            told["memory"] = type(base).__name__
        ids.add(frame.luma.__array_interface__["data"][0])
        pictures.add(int(frame.lores[::16, ::16].sum()))
        if number % max(1, count // 20) == 0:
            gc.collect()
            rss.append(rss_kib())
    told |= {"frames": count, "buffers": len(ids), "pictures": len(pictures), "bad": camera.bad}
    told |= {"rss_kib": rss, "drift_mib": round((max(rss[2:]) - min(rss[2:])) / 1024, 2)}
    frames.close()
    del frame, base
    told["requests_back"] = requests_back(camera)
    told |= cost(camera)
    camera.close()
    return told


def requests_back(camera):
    """How many requests the camera has left to give, past the stand-in that chooses among them: all that it had."""
    plain = type(camera.device).__mro__[1]
    held = []
    try:
        while True:
            held.append(plain.capture_request(camera.device, wait=2.0))
    except TimeoutError:
        count = len(held)
    for request in held:
        request.release()
    return count


def cost(camera, count=300):
    """Processor time of our own path from a completed request to a frame, and what is allocated on the way."""
    spent, bytes_most = [], 0
    for number in range(count):
        request = camera.device.capture_request(wait=5.0)
        if number == count // 2:
            tracemalloc.start()
        began_s = time.thread_time()
        frame = camera._frame(request)
        spent.append(time.thread_time() - began_s)
        if number == count // 2:
            bytes_most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        del frame
        request.release()
    spent.sort()
    return {"path_ms": round(1000 * spent[count // 2], 3), "path_ms_p99": round(1000 * spent[-count // 100], 3),
            "allocated_bytes": bytes_most, "frame_bytes": 1456 * 1088}  # fmt: skip


def sentence(attempt):
    try:
        attempt()
    except KirpikError as error:
        return str(error)
    return "nothing was wrong"


def trouble(_count):
    told = {}
    told["no camera"] = sentence(lambda: opened(source="pi:3"))
    told["wrong site"] = sentence(lambda: opened(site=Camera(width=4056, height=3040, fx=1, fy=1, cx=1, cy=1)))
    told["rolling"] = sentence(
        lambda: opened(site=Camera(width=1456, height=1088, fx=1, fy=1, cx=1, cy=1, row_time_us=20))
    )
    Path("/run/bad.json").write_text("{")
    told["tuning"] = sentence(lambda: opened(tuning=Path("/run/bad.json")))
    told["no tuning"] = sentence(lambda: opened(exposure_us=None))
    camera = opened()
    told["taken"] = sentence(lambda: opened())
    camera.silent_s = 0.5
    held = []
    told["silent"] = sentence(lambda: [held.append(camera._capture()) for _ in range(20)])
    for request in held:
        request.release()
    camera.device.camera.stop()
    told["gone"] = sentence(lambda: list(camera.frames()))
    return told


if __name__ == "__main__":
    print(json.dumps({"flow": flow, "trouble": trouble}[sys.argv[1]](int(sys.argv[2]))))
    sys.stdout.flush()
    import os

    os._exit(0)
