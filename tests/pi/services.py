"""The packaged unit, installed by apt and booted by systemd in a container: `python -m tests.pi.services`.

Broker and central run outside, over a network in which everybody but the broker listens in vain. The last line is a
JSON object. The camera is libcamera's virtual one, the processor this machine's.
"""

import argparse
import atexit
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import av
from PIL import Image
from sqlalchemy import func, select

from kirpik_central.database import migrate, open_database
from kirpik_central.tables import PACKET
from kirpik_provisioning.broker.mosquitto import command
from kirpik_provisioning.demo import bundled_road
from kirpik_provisioning.package.deb import build_package
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.pi.payload import PYTHONS, ROOT, unit_wheels
from tests.pi.root import SUITE, NoRootError, find_root
from tests.pi.world import add_camera, bind, chroot, enter, overlay, show
from tests.system.ground import Daemon, listens_on, wait_until

INSIDE = Path(__file__).parent / "inside"
PICTURES = 2
BROKER, ELSEWHERE, UNIT = "10.9.9.1", "10.9.9.3", "10.9.9.2"
DECOYS = ((BROKER, 1883), (BROKER, 443), (ELSEWHERE, 8883), (ELSEWHERE, 443))
BOOT_S = 240
CONFIG = """
[engine]
threads = 1

[spool]
constant_rate_s = 2
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deb", type=Path, help="this package, not one built now")
    parser.add_argument(
        "--suite", choices=PYTHONS, default=SUITE, help="Debian 13; or 12, which has no libcamera: a recording"
    )
    parser.add_argument("--keep", action="store_true", help="print the container's own words too")
    options = parser.parse_args()
    try:
        root = find_root(options.suite)
        package = options.deb or _build(PYTHONS[options.suite])
    except NoRootError as error:
        sys.exit(f"tests.pi.services: {error}")
    sys.argv[1:] = ["--suite", options.suite, "--deb", str(package), *(["--keep"] if options.keep else [])]
    enter()
    with tempfile.TemporaryDirectory(prefix="kirpik-services-") as folder, overlay(root, size_mib=1200) as merged:
        told = _run(merged, package, Path(folder), options)
    show(told)


def _build(python: str) -> Path:
    out = Path(tempfile.mkdtemp(prefix="kirpik-deb-"))
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    return build_package(out, checkout=ROOT, machine="x86_64", python=python, wheels=unit_wheels(python), level=0)


def _run(root: Path, package: Path, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    source = "pi"
    if options.suite == SUITE:
        add_camera(root)
        _draw(root / "opt/pictures")
    else:
        source = f"replay:/opt/{bundled_road().source.name}"
        shutil.copy(bundled_road().source, root / "opt")
    _lay_network()
    told: dict[str, object] = {"install_s": _install(root, package)}
    fleet = new_fleet(folder / "fleet", port=8883, host=BROKER, run_as=getpass.getuser())
    _provision(root, fleet, source)
    _add_trial(root, folder)
    decoys = [_listen(*place) for place in DECOYS]
    broker = Daemon(command(fleet.broker_settings), folder / "broker.log")
    broker.start()
    wait_until(lambda: listens_on(BROKER, 8883), what="the broker listens")
    engine = open_database("sqlite:///central.db", beside=fleet.central_config.parent)
    migrate(engine)
    intake = Daemon([sys.executable, "-m", "kirpik_central.cli", "intake", "--config", str(fleet.central_config)],
                    folder / "intake.log")  # fmt: skip
    intake.start()
    said = _boot(root, knock=told)
    intake.end()
    broker.kill()
    result = folder / "results" / "trial.json"
    if options.keep or not result.exists():
        print(said, *[path.read_text() for path in (folder / "results").glob("*.txt")], file=sys.stderr)
    told |= json.loads(result.read_text())
    with engine.connect() as connection:
        told["stored"] = int(connection.execute(select(func.count()).select_from(PACKET)).scalar_one())
    told["written"] = _written(root)
    told["decoys_called"] = sum(calls[0] for calls in decoys)
    told["removed"] = _remove(root)
    return told


def _draw(folder: Path) -> None:
    recording = bundled_road().source
    with av.open(str(recording)) as container:
        for number, picture in enumerate(container.decode(video=0)):
            if number >= PICTURES:
                return
            Image.fromarray(picture.to_ndarray(format="rgb24")).save(folder / f"{number}.jpg", quality=90)


def _lay_network() -> None:
    for words in (
        "ip link set lo up",
        "ip netns add kirpik",
        "ip link add outside type veth peer name unit0 netns kirpik",
        "ip -n kirpik link set lo up",
        "ip -n kirpik addr add 10.9.9.2/24 dev unit0",
        "ip -n kirpik link set unit0 up",
        "ip addr add 10.9.9.1/24 dev outside",
        "ip addr add 10.9.9.3/24 dev outside",
        "ip link set outside up",
    ):
        subprocess.run(words.split(), check=True)


def _install(root: Path, package: Path) -> float:
    began_s = time.monotonic()
    bind(package.parent, root / "opt/package")
    done = chroot(root, "apt-get", "-qy", "install", "--no-install-recommends", f"/opt/package/{package.name}")
    if done.returncode:
        sys.exit(f"tests.pi.services: apt: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    return round(time.monotonic() - began_s, 1)


def _written(root: Path) -> dict[str, int]:
    """Folder → size of the largest file in it that a service has left on the card, all lives together."""
    rows = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines()]
    users = {int(row[2]) for row in rows if row[0].startswith("kirpik-")}
    found: dict[str, int] = {}
    for path in (root.parent / "upper").rglob("*"):
        status = path.lstat()
        if path.is_file() and status.st_uid in users:
            folder = str(path.parent.relative_to(root.parent / "upper"))
            found[folder] = max(found.get(folder, 0), status.st_size)
    return found


def _remove(root: Path) -> dict[str, object]:
    """Remove keeps the unit's data, purge does not; nothing else stays behind."""
    removed = chroot(root, "apt-get", "-qy", "remove", "kirpik")
    kept = sorted(path.name for path in (root / "var/lib/kirpik").iterdir())
    left = [str(path.relative_to(root)) for top in ("opt/kirpik", "usr/lib/kirpik") for path in (root / top).rglob("*")]
    units = [path.name for path in (root / "etc/systemd/system").rglob("kirpik-*") if not path.name.endswith(".d")]
    purged = chroot(root, "apt-get", "-qy", "purge", "kirpik")
    gone = not (root / "var/lib/kirpik").exists() and not (root / "etc/kirpik").exists()
    return {
        "codes": [removed.returncode, purged.returncode],
        "kept": kept,
        "left": left,
        "enabled": units,
        "purged": gone,
    }


def _provision(root: Path, fleet: ThrowAwayFleet, source: str) -> None:
    """As the first boot leaves it: settings and certificate in /etc/kirpik, keys with their two owners."""
    unit = fleet.add_unit()
    config = unit.write_config(fleet, site=Path("site.toml"), source=source)
    text = config.read_text().replace('state = "state"', 'state = "/var/lib/kirpik"')
    text = text.replace("[camera]", "[camera]\nexposure_us = 1000")
    etc, state = root / "etc/kirpik", root / "var/lib/kirpik"
    (etc / "kirpik.toml").write_text(text + CONFIG)
    shutil.copy(bundled_road().site, etc / "site.toml")
    for name in ("ca.pem", "unit.pem", "unit.key"):
        shutil.copy(unit.folder / name, etc / name)
    shutil.copytree(unit.state, state, dirs_exist_ok=True)
    chroot(root, "systemd-tmpfiles", "--create", "kirpik.conf")
    chroot(root, "chown", "-R", "kirpik-eye", "/var/lib/kirpik/identity", "/var/lib/kirpik/keys")
    chroot(root, "sh", "-c", "chmod 0640 /var/lib/kirpik/keys/*; chmod 0600 /var/lib/kirpik/identity/*")
    chroot(root, "chown", "kirpik-link", "/etc/kirpik/unit.key")


def _add_trial(root: Path, folder: Path) -> None:
    (folder / "results").mkdir()
    bind(INSIDE, root / "opt/inside")
    (root / "opt/results").mkdir()
    subprocess.run(["mount", "--bind", str(folder / "results"), str(root / "opt/results")], check=True)
    system = root / "etc/systemd/system"
    shutil.copy(INSIDE / "trial.service", system)
    (system / "multi-user.target.wants" / "trial.service").symlink_to("../trial.service")
    (root / "etc/tmpfiles.d/trial.conf").write_text("f /run/systemd/timesync/synchronized\n")
    for service in ("kirpik-eye", "kirpik-link"):
        (system / f"{service}.service.d").mkdir()
        shutil.copy(INSIDE / "impatient.conf", system / f"{service}.service.d" / "impatient.conf")


def _listen(host: str, port: int) -> list[int]:
    """Counts who calls."""
    calls = [0]
    listener = socket.create_server((host, port))

    def count() -> None:
        while True:
            listener.accept()[0].close()
            calls[0] += 1

    threading.Thread(target=count, daemon=True).start()
    return calls


def _boot(root: Path, *, knock: dict[str, object]) -> str:
    (root / "etc/machine-id").write_text(f"{os.urandom(16).hex()}\n")
    words = [
        "systemd-nspawn", f"--directory={root}", "--register=no", "--keep-unit", "--boot", "--machine=kirpik",
        "--network-namespace-path=/run/netns/kirpik", "--system-call-filter=bpf", "--capability=all",
        "--bind=" + str(root / "opt/results") + ":/opt/results",
    ]  # fmt: skip
    env = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_TMPFS_TMP": "0"}
    Path("/run/systemd").mkdir(exist_ok=True)
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env
    )
    knocker = threading.Thread(target=_knock, args=(knock, process), daemon=True)
    knocker.start()
    try:
        said = process.communicate(timeout=BOOT_S)[0]
    except subprocess.TimeoutExpired:
        process.terminate()
        said = process.communicate(timeout=20)[0]
    return said.decode(errors="replace")


def _knock(told: dict[str, object], process: "subprocess.Popen[bytes]") -> None:
    """From outside, at a port on which the trial listens inside: nothing comes in."""
    answers: set[str] = set()
    answers_told: list[str] = []
    told["knocked"] = answers_told
    while process.poll() is None:
        try:
            socket.create_connection((UNIT, 8022), timeout=1).close()
            answers.add("answered")
        except TimeoutError:
            answers.add("silence")
        except OSError as error:
            answers.add(error.strerror or "error")
        answers_told[:] = sorted(answers)
        time.sleep(0.5)


if __name__ == "__main__":
    main()
