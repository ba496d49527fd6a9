"""A PostgreSQL server of the tests' own: in a temporary folder, on a UNIX socket, as a user without rights."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

PROGRAM_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
"""Where Debian puts them, by version; none is on the search path."""
DEMANDED = "KIRPIK_TEST_POSTGRESQL"
"""Set where a missing server is a failure and no reason to skip, as in .ci/run."""
START_S = 30.0


def find_program(name: str) -> Path | None:
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    return next((folder / name for folder in PROGRAM_FOLDERS if (folder / name).exists()), None)


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a running server, with %s for the name of a database. Skips where none is installed."""
    programs = {name: find_program(name) for name in ("initdb", "postgres")}
    if None in programs.values():
        why = "PostgreSQL is not installed (apt-get install postgresql)"
        assert DEMANDED not in os.environ, why
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="kirpik-postgresql-"))
    try:
        user = _give_away(folder)
        _as(user, [programs["initdb"], "-D", folder / "data", "-U", "kirpik", "-A", "trust", "--no-sync", "-E", "UTF8"])
        process = _start(user, programs["postgres"], folder, durable=durable)
        try:
            yield f"postgresql://kirpik@/%s?host={folder}"
        finally:
            process.send_signal(signal.SIGQUIT)  # without a last tidying up
            process.wait(START_S)
    finally:
        shutil.rmtree(folder)


def new_database(server_url: str, name: str) -> str:
    """Make an empty database and return its URL."""
    with psycopg.connect(server_url % "postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server_url % name


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def _give_away(folder: Path) -> int | None:
    """The server refuses to run as root: then the folder goes to somebody else."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    user = names.get("postgres", names["nobody"])
    os.chown(folder, user, -1)
    return user


def _as(user: int | None, command: Sequence[object]) -> None:
    subprocess.run(
        [str(word) for word in command], user=user, extra_groups=[] if user else None, cwd="/", check=True,
        stdout=subprocess.DEVNULL, env=_environment(),
    )  # fmt: skip


def _start(user: int | None, program: object, folder: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    log = (folder / "log").open("wb")
    options = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=50"]
    if not durable:  # only a power cut could tell the difference, and no test cuts it
        options.append("fsync=off")
    process = subprocess.Popen(
        [str(program), "-D", str(folder / "data"), *(word for option in options for word in ("-c", option))],
        user=user, extra_groups=[] if user else None, cwd="/", stdout=log, stderr=log, env=_environment(),
    )  # fmt: skip
    log.close()
    deadline_s = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(f"postgresql://kirpik@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline_s, (folder / "log").read_text()
            time.sleep(0.05)
        else:
            return process


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "TZ": "UTC"}
