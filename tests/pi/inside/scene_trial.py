"""Runs in the root: `kirpikd eye` as a unit runs it, until packets wait in its outbox. Prints one JSON object."""

import json
import subprocess
import sys
import time
from pathlib import Path

HOME, OUTBOX = Path("/opt/unit"), Path("/opt/unit/state/outbox")
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
PATIENCE_S, PACKETS = 150.0, 1
EYE = """
import sys
sys.prefix = "/opt/kirpik"
sys.path[:0] = ["/opt/code", "/opt/kirpik/lib/python3.13/site-packages"]
from kirpik.cli import main
main()
"""


def main():
    for folder in (SYNCHRONISED.parent, Path("/run/kirpik"), Path("/run/kirpik-eye")):
        folder.mkdir(parents=True, exist_ok=True)
    SYNCHRONISED.touch()
    began_s = time.monotonic()
    words = [sys.executable, "-B", "-c", EYE, "eye", "--config", HOME / "kirpik.toml", "--progress"]
    eye = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(list(OUTBOX.glob("*.kpk"))) < PACKETS and eye.poll() is None:
        if time.monotonic() > began_s + PATIENCE_S:
            break
        time.sleep(0.1)
    took_s = time.monotonic() - began_s
    eye.terminate()
    said, complaints = eye.communicate()
    told = json.loads(said.splitlines()[-1])["progress"] if said else {}
    print(json.dumps({**told, "seconds": round(took_s, 1), "code": eye.returncode, "said": complaints[-600:]}))


main()
