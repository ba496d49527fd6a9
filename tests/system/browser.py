"""A real Chromium without a driver: it is spoken to over two pipes, in its own debugging protocol."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
START_S = 60.0


def find_chromium() -> str | None:
    return next((path for name in PROGRAMS if (path := shutil.which(name)) is not None), None)


class Browser:
    """One page. `evaluate` gives back what the expression comes to, promises awaited."""

    def __init__(self, *, width: int = 1280, height: int = 800) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="kirpik-browser-", ignore_cleanup_errors=True)
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        options = (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-dev-shm-usage", f"--window-size={width},{height}", "--remote-debugging-pipe",
            f"--user-data-dir={self._profile.name}", "about:blank",
        )  # fmt: skip
        pipes = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._child = subprocess.Popen(
            ["bash", "-c", pipes, "bash", find_chromium() or "chromium", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(to_read, to_write),
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._number, self._rest = 0, b""
        targets = self._ask("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self._ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.terminate()
        self._child.wait(20)
        os.close(self._read)
        os.close(self._write)
        self._profile.cleanup()

    def open(self, url: str) -> None:
        self.ask("Page.navigate", url=url)
        self.evaluate("new Promise(r => document.readyState == 'complete' ? r() : addEventListener('load', () => r()))")

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401  whatever the page says
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def ask(self, method: str, **arguments: object) -> dict[str, Any]:
        return self._ask(method, session=self._session, **arguments)

    def _ask(self, method: str, session: str | None = None, **arguments: object) -> dict[str, Any]:
        self._number += 1
        told = {"id": self._number, "method": method, "params": arguments}
        os.write(self._write, json.dumps(told | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = os.read(self._read, 1 << 20)
            assert data, "the browser has ended"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message
