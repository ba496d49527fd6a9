"""First process of a kernel of its own: chronyd keeps its clock, and `kernel_clock` is asked. Prints one JSON line."""

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "daemon"))

from kirpik.adapters.kernel_clock import Kept, ask_kernel

PROGRAMS = Path(sys.argv[1])
PORT = 11123
SERVER = f"local stratum 2\nport {PORT}\nallow 127.0.0.1\n"
KEEPER = f"server 127.0.0.1 port {PORT} iburst minpoll 0 maxpoll 1\nport 0\n"
PLACES = ("pool", "sourcedir", "confdir", "keyfile", "driftfile", "ntsdumpdir", "logdir")
"""What in Debian's settings names a place or another server."""
PATIENCE_S, GONE_S = 30.0, 5.0


def main() -> None:
    for kind, place in (("proc", "/proc"), ("tmpfs", "/run")):
        subprocess.run(["/bin/mount", "-t", kind, kind, place], check=True)
    subprocess.run(["/sbin/ip", "link", "set", "lo", "up"], check=True)
    told = {"before": as_row(ask_kernel())}
    with chronyd("server", SERVER, "-x"):
        for name, settings in (("without_rtcsync", debians(but="rtcsync")), ("rtcsync", debians())):
            with chronyd("keeper", KEEPER + settings):
                wait_until(lambda: ask_kernel().error_us < 1_000_000)
                time.sleep(2)
                told[name] = as_row(ask_kernel())
    told["keeper_gone"] = growth()
    time.clock_settime(time.CLOCK_REALTIME, time.time() + 1)
    told["set_by_hand"] = as_row(ask_kernel())
    print("\n" + json.dumps(told), flush=True)


def debians(*, but: str = "") -> str:
    lines = (PROGRAMS / "usr/share/chrony/chrony.conf").read_text().splitlines()
    kept = [line for line in lines if line.strip() and not line.startswith(("#", *PLACES))]
    assert "rtcsync" in kept, "Debian's settings have it"
    return "".join(f"{line}\n" for line in kept if line != but)


@contextmanager
def chronyd(name: str, settings: str, *words: str) -> Iterator[None]:
    folder = Path("/run") / name
    folder.mkdir(mode=0o750, exist_ok=True)
    (folder / "conf").write_text(f"{settings}cmdport 0\nbindcmdaddress /\npidfile {folder}/pid\n")
    command = [str(PROGRAMS / "usr/sbin/chronyd"), "-u", "root", "-d", *words, "-f", str(folder / "conf")]
    libraries = {"LD_LIBRARY_PATH": str(PROGRAMS / "usr/lib/x86_64-linux-gnu")}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=libraries)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def growth() -> dict[str, float]:
    first, began_s = ask_kernel(), time.monotonic()
    time.sleep(GONE_S)
    last, took_s = ask_kernel(), time.monotonic() - began_s
    return {**as_row(last), "growth_ppm": round((last.error_us - first.error_us) / took_s)}


def as_row(kept: Kept) -> dict[str, float]:
    return {"kept": kept.synchronised, "error_us": kept.error_us}


def wait_until(happened: Callable[[], bool]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < until_s, "chronyd does not keep the clock"
        time.sleep(0.2)


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # noqa: BLE001  the kernel would panic when its first process ends
        traceback.print_exc()
    sys.stderr.flush()
    Path("/proc/sysrq-trigger").write_text("o")
    time.sleep(10)
