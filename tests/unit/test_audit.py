"""`requirements/audit`: the real pip-audit against a small OSV on this machine; what is known, and what is silence."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELD = "feather==1.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
LISTS = {
    "unit.txt": HELD,
    "run.txt": HELD + "quill==2.1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "1" * 64 + "\n",
    "test.txt": "feather==1.1.0 \\\n    --hash=sha256:" + "2" * 64 + "\n",
}


@dataclass(frozen=True, slots=True)
class Known:
    package: str
    version: str

    def answer(self, asked: dict[str, object]) -> dict[str, object]:
        if asked != {"package": {"name": self.package, "ecosystem": "PyPI"}, "version": self.version}:
            return {}
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}]
        affected = [{"package": asked["package"], "ranges": ranges, "versions": [self.version]}]
        return {"vulns": [{"id": "PYSEC-2026-1", "summary": "it leaks", "affected": affected}]}


NOTHING = Known("nobody", "0")


@contextmanager
def osv(known: Known, *, status: int = 200) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(known.answer(asked)).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    for name, text in LISTS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def audit(lists: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "requirements/audit"), "--lists", str(lists), "--osv-url", url]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"NO_PROXY": "127.0.0.1"})


def test_where_nothing_is_known_every_pin_was_asked_for_whatever_machine_it_is_for(lists: Path) -> None:
    with osv(NOTHING) as url:
        done = audit(lists, url)
    assert (done.returncode, done.stdout) == (0, "3 pinned packages asked for, 0 with a known vulnerability\n"), done


@pytest.mark.parametrize(("package", "version"), [("feather", "1.0.0"), ("feather", "1.1.0"), ("quill", "2.1.0")])
def test_a_vulnerable_pin_of_any_list_is_named(lists: Path, package: str, version: str) -> None:
    with osv(Known(package, version)) as url:
        done = audit(lists, url)
    assert done.returncode == 1, done
    assert done.stdout.splitlines()[0] == f"{package}=={version}: PYSEC-2026-1"


def test_silence_is_no_answer(lists: Path) -> None:
    with osv(NOTHING, status=503) as url:
        refused = audit(lists, url)
    gone = audit(lists, url)
    for done in (refused, gone):
        assert done.returncode == 2, done
        assert done.stdout == ""
        assert done.stderr.startswith("requirements/audit: it could not be found out: ")
        assert len(done.stderr.splitlines()) == 1
