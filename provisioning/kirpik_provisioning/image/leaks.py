"""Proof that an image holds no secret: its whole plain bytes are looked through, and the places where secrets live."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.rootfs import RootFiles
from kirpik_provisioning.image.sparse import data_ranges

CHUNK, OVERLAP = 16 * 1024 * 1024, 4096
PEM_KEY = (
    rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----\r?\n"
    rb"(?:[A-Za-z-]+: [^\n]*\r?\n|\r?\n){0,4}[A-Za-z0-9+/=]{32}"
)
"""With a body: programs that know the word alone are no leak."""
PUBLISHED = frozenset(
    [
        "05447da38ad1314b",
        "1dbd7ca4219e8dee",
        "1eef6b1e4ba0d5fe",
        "30baf071efd07da5",
        "44ae6697029e164b",
        "6c928c7c99db0940",
        "8f44247507bf319e",
        "bfc3a3f38b8fc384",
    ]
)
"""Keys by which GnuTLS tests itself, printed in its source (crypto-selftests-pk.c); it comes with PyAV. Begin of the
SHA-256 of what matched: another library with other keys stops the build until somebody has looked."""
PATTERNS = {
    "a private key in PEM": re.compile(PEM_KEY),
    "a key locked by a passphrase": re.compile(rb"\x88\x6ekirpik/1 vault"),
    "a Wi-Fi password": re.compile(rb"\n\s*psk=[^\s#<]{8,63}"),
}  # fmt: skip
LOCKED = frozenset(["*", "!", "!*", "!!", "x", ""])
TOKEN = re.compile(rb"^\s*token\s*=", re.M)
SECRET_FILES = ("unit.key", "next.key", "token.txt", "authority.key", "desk.key")
SHORTEST = 16
"""Bytes of a secret that are worth looking for."""


@dataclass(frozen=True, slots=True)
class Leak:
    what: str
    where: str


def find_leaks(image: Path, boot: BootFiles, root: RootFiles, *, secrets: Iterable[bytes] = ()) -> list[Leak]:
    """`secrets` are bytes that must not be in it in any of their usual spellings: raw, hex, base64."""
    return [*_in_bytes(image, list(secrets)), *_logins(root), *_host_keys(root), *_unit_secrets(boot, root)]


def spellings(secret: bytes) -> list[bytes]:
    """Base64 in its three alignments, without the ends that depend on what stands beside."""
    found = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + secret)
        found.append(text[4 if shift else 0 : -4])
    return found


def secrets_of(folder: Path) -> list[bytes]:
    """Of a desk: each `.key` file's longest line or bytes, tokens not being kept anywhere."""
    return [data for path in sorted(folder.rglob("*.key")) if len(data := _core(path.read_bytes())) >= SHORTEST]


def _core(data: bytes) -> bytes:
    if not data.startswith(b"-----BEGIN"):
        return data
    body = b"".join(line for line in data.splitlines() if not line.startswith(b"-----"))
    return base64.b64decode(body)[-32:]


def _in_bytes(image: Path, secrets: list[bytes]) -> Iterator[Leak]:
    needles = [(number, spelled) for number, secret in enumerate(secrets) for spelled in spellings(secret)]
    seen: set[str] = set()
    for at, window in _windows(image):
        found = [
            (name, match.start())
            for name, pattern in PATTERNS.items()
            for match in pattern.finditer(window)
            if sha256(match[0]).hexdigest()[:16] not in PUBLISHED
        ]
        found += [
            (f"secret {number + 1} of those given", window.find(text)) for number, text in needles if text in window
        ]
        for name, place in found:
            where = f"byte {at + place}"
            if where not in seen:
                seen.add(where)
                yield Leak(name, where)


def _windows(image: Path) -> Iterator[tuple[int, bytes]]:
    """Overlapping, so that nothing hides on an edge; holes of the file are zeros and are not read."""
    with image.open("rb") as file:
        for start, end in data_ranges(file):
            for at in range(start, end, CHUNK):
                begin = max(0, at - OVERLAP)
                file.seek(begin)
                yield begin, file.read(min(end, at + CHUNK) - begin)


def _logins(root: RootFiles) -> Iterator[Leak]:
    for line in (root.read("/etc/shadow") or b"").decode(errors="replace").splitlines():
        name, _, rest = line.partition(":")
        if rest.partition(":")[0] not in LOCKED:
            yield Leak(f"a password of {name}", "/etc/shadow")


def _host_keys(root: RootFiles) -> Iterator[Leak]:
    for name in sorted(root.names("/etc/ssh")):
        if name.startswith("ssh_host_") and name.endswith("_key"):
            yield Leak("a key of the SSH server that every card would share", f"/etc/ssh/{name}")


def _unit_secrets(boot: BootFiles, root: RootFiles) -> Iterator[Leak]:
    for folder in (
        "/var/lib/kirpik",
        "/var/lib/kirpik/identity",
        "/var/lib/kirpik/tls",
        "/etc/kirpik",
        "/etc/credstore",
    ):
        for name in sorted(root.names(folder) & set(SECRET_FILES)):
            yield Leak("a unit's secret", f"{folder}/{name}")
    if TOKEN.search(boot.read("kirpik/card.toml") or b""):
        yield Leak("a card's own token", "boot partition, kirpik/card.toml")
