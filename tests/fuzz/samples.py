"""Samples of what people write, send and photograph: the seeds of files and forms."""

import io

import numpy as np
from PIL import Image

from kirpik_provisioning.demo import bundled_road
from tests.system.ground import ROOT

SETTINGS = """[unit]
state = "state"
site = "site.toml"
[camera]
source = "replay:road.mp4"
pace = "fast"
[engine]
kind = "litert"
threads = 2
[broker]
host = "broker.example"
port = 8883
ca = "ca.pem"
certificate = "unit.pem"
key = "unit.key"
[spool]
limit_mib = 512
"""
FRAMES = """file,sensor_timestamp_ns,exposure_us,utc_ns
picture.png,0,500,
picture.png,40000000,500,1795363200000000000
missing.png,80000000,500,1795363200040000000
"""
SIGNALS = """sensor_timestamp_ns,signal,phase
0,A,green
7000000000,A,amber
10000000000,A,red
21000000000,A,red_amber
22000000000,A,off
"""
PICTURES = {
    "PNG": ("L", "RGB", "P", "I;16"), "TIFF": ("L", "F", "CMYK"), "GIF": ("P",), "BMP": ("L", "1"),
    "JPEG": ("L", "RGB"), "WEBP": ("L", "RGB"), "PPM": ("L", "RGB"),
}  # fmt: skip
HASH = "00" * 32
DESK = (
    "GET / A", "GET /queue?kind=speeding&state=open&site=&after=0 A", "GET /case/0 A", "GET /me A", "GET /sign A",
    "GET /audit?account=A&act=refused&before=9 L", "GET /team L", "GET /recall L", "GET /fleet/ L",
    "GET /login?to=%2Fcase%2F0 -", "GET /enrol/INVITATION -", "GET /language/kk?back=%2Fcase%2F0 -",
    "GET /static/desk.css -", f"GET /recall/{HASH} L",
    "POST /next A", "POST /case/0/take A\nkind=&site=&state=open", "POST /case/0/say A\nturn=0&say=confirm",
    "POST /case/0/reject A\nturn=0&code=technical&note=%3Cfuzz%3E", "POST /case/0/undo A\nleaf=0", "POST /back A",
    "POST /case/0/reopen L\nturn=1&note=%3Cfuzz%3E", "POST /case/0/owner A\nreason=x", "POST /sign/options A",
    "POST /sign A\nanswer=%7B%22id%22%3A%22AA%22%2C%22rawId%22%3A%22AA%22%2C%22type%22%3A%22public-key%22%7D",
    "POST /sign/code A\ncode=123456", "POST /me/options A", "POST /me/passkey A\nanswer=%7B%7D&label=%3Cfuzz%3E",
    "POST /team/release L\nleaf=0", f"POST /recall/{HASH} L\nanswer=%7B%7D&reason=%3Cfuzz%3E",
    f"POST /recall/{HASH}/code L\ncount=1&code=123456&reason=x", "POST /logout A",
    "POST /login/options -", "POST /login/passkey -\nanswer=%7B%7D",
    "POST /login/password -\nname=A&password=x&code=123456", "POST /enrol/INVITATION/options -",
    "POST /enrol/INVITATION/password -\npassword=long+enough+to+be+one&code=1",
    "POST /enrol/INVITATION/passkey -\nanswer=%7B%7D&label=x",
)  # fmt: skip
"""Verb, address and who asks (A: an officer, L: a supervisor, -: nobody), and a form below."""
CITIZEN = (
    "GET / -", "GET /case -", "GET /figures -", "GET /figures.json -", "GET /language/ru?back=%2F -",
    "POST /case -\nnumber=NUMBER&plate=PLATE", "POST /case/evidence -\nnumber=NUMBER&plate=PLATE",
    "POST /case -\nnumber=%3Cfuzz%3E&plate=%3Cfuzz%3E",
)  # fmt: skip


def _pictures() -> list[bytes]:
    luma = np.random.default_rng(1).integers(0, 255, (24, 32), np.uint8)
    found = []
    for kind, modes in PICTURES.items():
        for mode in modes:
            written, image = io.BytesIO(), Image.fromarray(luma)
            wide = Image.fromarray(luma.astype(np.uint16) << 8) if mode == "I;16" else image.convert(mode)
            wide.save(written, kind)
            found.append(written.getvalue())
    return found


def _lines(texts: tuple[str, ...]) -> list[bytes]:
    return [text.encode() for text in texts]


ALL: dict[str, list[bytes]] = {
    "site": [bundled_road().site.read_bytes(), (ROOT / "tests/system/highway.site.toml").read_bytes()],
    "settings": [SETTINGS.encode()],
    "frames": [FRAMES.encode()],
    "signals": [SIGNALS.encode()],
    "pictures": _pictures(),
    "desk": _lines(DESK),
    "citizen": _lines(CITIZEN),
}
