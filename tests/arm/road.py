"""A recording short enough for an imitated processor: the demo's first seconds, in which one vehicle speeds."""

from pathlib import Path

import av

DEMO = Path(__file__).parents[2] / "provisioning/kirpik_provisioning/demo_road"
SITE = DEMO / "site.toml"
SECONDS = 2.8


def short_clip(target: Path, *, seconds: float = SECONDS) -> Path:
    """The same pictures as in the demo's clip, not coded anew; its signals beside it."""
    with av.open(str(DEMO / "clip.mp4")) as source, av.open(str(target), "w") as out:
        pictures = source.streams.video[0]
        stream = out.add_stream_from_template(pictures)
        for packet in source.demux(pictures):
            if packet.pts is None or packet.time_base is None or packet.pts * packet.time_base > seconds:
                continue
            packet.stream = stream
            out.mux(packet)
    target.with_suffix(".signals.csv").write_bytes((DEMO / "clip.signals.csv").read_bytes())
    return target
