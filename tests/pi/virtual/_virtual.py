"""Lets picamera2 use libcamera's virtual camera, whose pictures are files; laid beside picamera2 in the root.

What differs from a Pi's camera is put right here, so that the unit's own code runs as it is: luma and chroma as planes
of their own, memory files in place of a DMA heap, no raw stream, another name for the format, no pace. libcamera serves
each picture four times: one of the four is passed on, and each comes at its time. Where the pictures are a scene
(VIRTUAL_CAMERA_SCENE says how many), each has the time at which a camera would have taken it, whenever it was served;
after the last one the scene begins again.
"""

import mmap
import os
import time

import libcamera
from picamera2 import Picamera2, dma_heap
from picamera2.allocators import DmaAllocator, dmaallocator

REPEATS = 4
FPS = float(os.environ.get("VIRTUAL_CAMERA_FPS", "30"))
SCENE = int(os.environ.get("VIRTUAL_CAMERA_SCENE", "0"))
FORMAT = "NV12"


class MemoryHeap(dma_heap.DmaHeap):
    def __init__(self):
        pass

    def alloc(self, name, size):
        handle = os.memfd_create(name)
        os.ftruncate(handle, size)
        return dma_heap.UniqueFD(handle)

    def close(self):
        pass


class NoSync:
    def __init__(self, allocator, buffer, _write):
        self.allocator, self.buffer = allocator, buffer

    def __enter__(self):
        return self.allocator.mapped_buffers[self.buffer]

    def __exit__(self, *_):
        pass


class PlanesAllocator(DmaAllocator):
    def __init__(self):
        super().__init__()
        self.sync = NoSync

    def allocate(self, configurations, _):
        self.libcamera_fds = []
        self.cleanup()
        for handle in self.open_fds:
            os.close(handle)
        self.frame_buffers, self.open_fds = {}, []
        for stream in configurations:
            self.frame_buffers[stream.stream] = [self._buffer(stream) for _ in range(stream.buffer_count)]

    def _buffer(self, stream):
        handle = self.dmaHeap.alloc("virtual", stream.frame_size).release()
        luma = stream.stride * stream.size.height
        planes = []
        for offset, length in ((0, luma), (luma, stream.frame_size - luma)):
            plane = libcamera.FrameBuffer.Plane()
            plane.fd, plane.offset, plane.length = handle, offset, length
            planes.append(plane)
        self.open_fds.append(handle)
        self.libcamera_fds.append(planes[0].fd)
        self.mapped_buffers_used[planes[0].fd] = False
        buffer = libcamera.FrameBuffer(planes)
        self.mapped_buffers[buffer] = mmap.mmap(handle, stream.frame_size)
        return buffer


class VirtualCamera(Picamera2):
    """`Picamera2` as a program sees it in the root."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"allocator": PlanesAllocator(), **kwargs})
        self._due_s = 0.0
        self._scene_ns = None

    def _get_raw_modes(self):
        return [{"format": FORMAT, "size": (1456, 1088)}]

    def create_video_configuration(self, main=None, *args, lores=None, **kwargs):
        for stream in (main, lores):
            if stream:
                stream["format"] = FORMAT
        return super().create_video_configuration(main or {}, *args, lores=lores, **{**kwargs, "buffer_count": REPEATS})

    def configure(self, *args, **kwargs):
        """Completed pictures wait to be fetched, so that libcamera makes no more of them than are looked at."""
        super().configure(*args, **kwargs)
        self._max_queue_len = REPEATS

    def capture_request(self, *args, **kwargs):
        """At a pace of each four only the first, and not before its time; without one, all that come."""
        while True:
            request = super().capture_request(*args, **kwargs)
            if not FPS or request.request.sequence % REPEATS == 0:
                break
            request.release()
        if SCENE:
            return self._of_scene(request)
        if FPS:
            time.sleep(max(0.0, self._due_s - time.monotonic()))
            self._due_s = max(self._due_s + 1 / FPS, time.monotonic())
        return request

    def _of_scene(self, request):
        number, period_ns = request.request.sequence // REPEATS % SCENE, round(1e9 / FPS)
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        if self._scene_ns is None or number == 0:
            self._scene_ns = now_ns - number * period_ns
        taken_ns = self._scene_ns + number * period_ns
        time.sleep(max(0, taken_ns - now_ns) / 1e9)
        told = {**request.get_metadata(), "SensorTimestamp": taken_ns, "FrameDuration": period_ns // 1000}
        request.get_metadata = lambda: told
        return request


def adapt(package):
    dmaallocator.DmaHeap = MemoryHeap
    package.Picamera2 = VirtualCamera
