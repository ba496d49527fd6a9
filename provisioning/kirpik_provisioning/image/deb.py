"""A Debian package, read without dpkg: its control fields, its scripts, and what it lays down."""

import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kirpik_provisioning.image.rootfs import Item
from kirpik_provisioning.image.trouble import ImageError

MAGIC, HEAD = b"!<arch>\n", 60
DPKG = "/var/lib/dpkg"
SCRIPTS = (
    "preinst",
    "postinst",
    "prerm",
    "postrm",
    "triggers",
    "conffiles",
    "md5sums",
    "shlibs",
    "templates",
    "config",
)
EXECUTABLE = ("preinst", "postinst", "prerm", "postrm", "config")
CLAUSE = re.compile(r"^\s*([a-z0-9][a-z0-9+.-]*)")


@dataclass(frozen=True, slots=True)
class Package:
    path: Path
    fields: Mapping[str, str]
    stanza: str
    scripts: Mapping[str, bytes] = field(repr=False)
    payload: bytes = field(repr=False)
    """The tar with the files, as it is packed."""

    @property
    def name(self) -> str:
        return self.fields["Package"]

    @property
    def version(self) -> str:
        return self.fields["Version"]

    def items(self) -> Iterator[Item]:
        """Every file, folder and link, from the root on."""
        with tarfile.open(fileobj=io.BytesIO(self.payload)) as tar:
            for member in tar:
                path = "/" + member.name.removeprefix("./").strip("/")
                if path == "/":
                    continue
                if member.issym():
                    yield Item(path, target=member.linkname)
                elif member.isdir():
                    yield Item(path, mode=member.mode)
                elif member.isfile() and (file := tar.extractfile(member)) is not None:
                    yield Item(path, data=file.read(), mode=member.mode)
                else:
                    raise ImageError(f"{self.path}: {path} is neither file, folder nor link")

    def registration(self, paths: list[str]) -> list[Item]:
        """What dpkg keeps of a package that is unpacked and not yet configured (dpkg's doc, `install ok unpacked`)."""
        listing = "".join(f"{path}\n" for path in ["/.", *paths]).encode()
        kept = {"list": listing, **{name: data for name, data in self.scripts.items() if name in SCRIPTS}}
        return [
            Item(f"{DPKG}/info/{self.name}.{name}", data=data, mode=0o755 if name in EXECUTABLE else 0o644)
            for name, data in kept.items()
        ]

    def status(self) -> str:
        lines = self.stanza.strip().splitlines()
        return "\n".join([lines[0], "Status: install ok unpacked", *lines[1:]]) + "\n\n"

    def lacking(self, installed: frozenset[str]) -> list[str]:
        """Packages that this one depends on and that are not there; versions are left to dpkg."""
        clauses = ", ".join(self.fields.get(name, "") for name in ("Pre-Depends", "Depends")).split(",")
        choices = [[match[1] for one in clause.split("|") if (match := CLAUSE.match(one))] for clause in clauses]
        return [names[0] for names in choices if names and not installed.intersection(names)]


def read_package(path: Path) -> Package:
    members = dict(_members(path))
    control = _member(members, "control.tar", path)
    with tarfile.open(fileobj=io.BytesIO(control)) as tar:
        files = {
            member.name.removeprefix("./"): file.read()
            for member in tar
            if member.isfile() and (file := tar.extractfile(member)) is not None
        }
    stanza = files.pop("control").decode()
    return Package(path, parse_fields(stanza), stanza, files, _member(members, "data.tar", path))


def parse_fields(stanza: str) -> dict[str, str]:
    """Of one paragraph; a continued line belongs to its field."""
    found: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line[:1] in " \t":
            found[name] = f"{found.get(name, '')}\n{line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            found[name] = value.strip()
    return found


def installed_packages(status: str) -> frozenset[str]:
    """Names that a dependency may rest on: installed packages, and what they provide."""
    names: set[str] = set()
    for paragraph in status.split("\n\n"):
        fields = parse_fields(paragraph)
        if fields.get("Status", "").split()[-1:] in (["installed"], ["unpacked"]):
            names.add(fields["Package"])
            provided = fields.get("Provides", "").split(",")
            names.update(match[1] for one in provided if (match := CLAUSE.match(one)))
    return frozenset(names)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Of an ar archive (deb(5))."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    if not data.startswith(MAGIC):
        raise ImageError(f"{path}: not a Debian package")
    at = len(MAGIC)
    while at + HEAD <= len(data):
        head = data[at : at + HEAD]
        size = int(head[48:58])
        if at + HEAD + size > len(data):
            raise ImageError(f"{path}: not whole, fetch or build it again")
        yield head[:16].decode("ascii", "replace").strip().rstrip("/"), data[at + HEAD : at + HEAD + size]
        at += HEAD + size + size % 2


def _member(members: Mapping[str, bytes], stem: str, path: Path) -> bytes:
    for name, data in members.items():
        if name.startswith(stem):
            if name.endswith(".zst"):
                raise ImageError(f"{path}: packed with zstd; build it with: dpkg-deb -Zxz")
            return data
    raise ImageError(f"{path}: {stem} is missing, not a Debian package")
