"""Files that go with an order: kept with it at the desk, and laid out at the broker in parts until all units have them.

orders/<name>/files/<sha256>     networks that the manifest of a set-models order names
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from kirpik.errors import TrustError
from kirpik.wire import part, topics
from kirpik_provisioning import line
from kirpik_provisioning.keys.desk import write_whole
from kirpik_provisioning.orders.book import Entry

FOLDER = "files"


class Network(msgspec.Struct, frozen=True):
    """What the desk looks at in a manifest; the unit looks at all of it."""

    file: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    networks: dict[str, Network]


def beside(manifest: Path) -> dict[str, bytes]:
    """Contents by hash, of the files that a manifest names and that lie beside it.

    Raises TrustError when one is missing, is not what the manifest says, or is larger than units take.
    """
    try:
        named = msgspec.json.decode(manifest.read_bytes(), type=Manifest).networks
    except OSError as error:
        raise TrustError(f"{manifest}: cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise TrustError(f"{manifest}: not a manifest of networks: {error}") from error
    return {each.sha256.lower(): _contents(manifest, name, each) for name, each in named.items()}


def _contents(manifest: Path, name: str, network: Network) -> bytes:
    path = manifest.parent / network.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}; networks.{name} of {manifest}") from error
    if sha256(data).hexdigest() != network.sha256.lower():
        raise TrustError(f"{path}: its sha256 is {sha256(data).hexdigest()[:12]}…, not the manifest's")
    if len(data) > part.MAX_FILE_BYTES:
        raise TrustError(f"{path}: {len(data)} bytes, units take at most {part.MAX_FILE_BYTES}")
    return data


def keep(entry: Entry, files: Mapping[str, bytes]) -> None:
    """With the order, so that it can be sent again when the manifest's folder has changed."""
    for name, data in files.items():
        write_whole(entry.folder / FOLDER / name, data)


def kept(entry: Entry) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((entry.folder / FOLDER).glob("[0-9a-f]*"))}


def lay_out(desk: Path, files: Mapping[str, bytes], progress: Callable[[int, int], object]) -> int:
    """Publish all parts, retained. Returns how many. Twice is harmless."""
    messages = list(_parts(files))
    with line.opened(desk) as broker:
        for done, message in enumerate(messages):
            broker.publish([message], retain=True)
            progress(done + 1, len(messages))
    return len(messages)


def take_away(desk: Path, files: Mapping[str, bytes]) -> int:
    """Nothing of these files stays at the broker."""
    messages = [(topic, b"") for topic, _ in _parts(files)]
    with line.opened(desk) as broker:
        broker.publish(messages, retain=True)
    return len(messages)


def _parts(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, data in files.items():
        for number, message in enumerate(part.split(data)):
            yield topics.file_part(bytes.fromhex(name), number), message
