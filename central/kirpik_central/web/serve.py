"""One of the sites on a port, until it is told to stop."""

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from kirpik.errors import ConfigError
from kirpik_central.web.guard import Served

STOP_LOOK_S = 0.2
SHUTDOWN_S = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    address: str
    port: int
    certificate: Path | None
    key: Path | None


def serve(app: Served, place: Place, stop: threading.Event) -> None:
    """Raises ConfigError where the port or the certificate cannot be used."""
    for path in (place.certificate, place.key):
        if path is not None and not path.is_file():
            raise ConfigError(f"{path}: no such file; expected a PEM file for TLS")
    config = uvicorn.Config(
        app,
        host=place.address,
        port=place.port,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_S,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    watch = threading.Thread(target=_end, args=(server, stop), daemon=True)
    watch.start()
    try:
        server.run()
    except SystemExit as error:  # uvicorn's way to say that it cannot listen
        raise ConfigError(f"{place.address} port {place.port}: cannot listen there") from error
    finally:
        stop.set()


def _end(server: uvicorn.Server, stop: threading.Event) -> None:
    stop.wait()
    server.should_exit = True
