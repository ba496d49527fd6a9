"""`kirpikd signals` as a process: a controller's datagrams in, words for the eye out."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from kirpik.ports import hear, open_ports
from kirpik.site import Signal
from kirpik.values import SignalChange


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_controllers_word_reaches_the_eye_through_the_process(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "signals"
    ports = open_ports([Signal(name="A", source=f"unix:{path}")])
    settings = tmp_path / "signals.toml"
    settings.write_text(f'socket = "{path}"\n[[udp]]\naddress = "127.0.0.1"\nport = {port}\nsenders = ["127.0.0.1"]\n')
    command = [sys.executable, "-c", "from kirpik.cli import main; main()", "signals", "--config", str(settings)]
    process = subprocess.Popen(command)
    heard: list[SignalChange] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as controller:
        deadline = time.monotonic() + 60
        while not heard and time.monotonic() < deadline:
            controller.sendto(b"A red", ("127.0.0.1", port))
            controller.sendto(b"B green", ("127.0.0.1", port))
            time.sleep(0.1)
            hear(ports, frozenset({"A"}), heard.append)
    for listening in ports:
        listening.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert {(change.signal, change.phase) for change in heard} == {("A", "red")}
    late_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - heard[-1].sensor_timestamp_ns
    assert 0 < late_ns < 10 * 10**9
