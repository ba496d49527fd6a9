"""What the link takes while it works: `python -m tests.bench.link --packets 500` (needs Mosquitto).

A real link, broker and intake on this machine; memory and open files of the link are read from /proc before and after.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from tests.system.ground import Daemon, Fleet, wait_until
from tests.system.road import Road


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.link", description=__doc__)
    parser.add_argument("--packets", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kirpik-link-") as folder:
        fleet = Fleet(Path(folder))
        fleet.start_broker()
        road = Road(fleet, link=["kirpik.cli", "link", "--config"])
        try:
            print(json.dumps(_run(road, options.packets)))
        finally:
            road.end()
            fleet.broker.kill()


def _run(road: Road, packets: int) -> dict[str, object]:
    road.link.start()
    wait_until(lambda: "broker=connected" in road.link.said(), what="the link is there", timeout_s=60)
    time.sleep(2)
    idle = _look(road.link)
    road.new_eye(packets, period_s=0.0).start()
    road.intake.start()
    road.wait_for_all(packets, timeout_s=600)
    worked = _look(road.link)
    for name, (before, after) in {key: (idle[key], worked[key]) for key in idle}.items():
        print(f"{name:12} idle {before:8,.1f}   after {packets} packets {after:8,.1f}")
    mib = {"idle_mib": idle["rss_mib"], "rss_mib": worked["rss_mib"], "peak_mib": worked["peak_mib"]}
    return {"packets": packets, **mib, "files": worked["files"], "threads": worked["threads"]}


def _look(daemon: Daemon) -> dict[str, float]:
    assert daemon.process is not None
    proc = Path("/proc") / str(daemon.process.pid)
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    kib = {name: int(status[name].split()[0]) for name in ("VmRSS", "VmHWM", "RssAnon")}
    return {
        "rss_mib": round(kib["VmRSS"] / 1024, 1),
        "anon_mib": round(kib["RssAnon"] / 1024, 1),
        "peak_mib": round(kib["VmHWM"] / 1024, 1),
        "files": len(list((proc / "fd").iterdir())),
        "threads": int(status["Threads"]),
    }


if __name__ == "__main__":
    main()
