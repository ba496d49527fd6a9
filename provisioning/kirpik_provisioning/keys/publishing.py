"""From drafts to documents in force, and from there to the broker, to folders, and back as the fleet's versions."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from kirpik.errors import TrustError, WireError
from kirpik.mqtt.messages import Arrival
from kirpik.trust.trusted import Trusted, root_pin
from kirpik.wire import health, keydocs, topics
from kirpik.wire.documents import KeySet, decode_keyset
from kirpik_provisioning import line
from kirpik_provisioning.keys import changes, show
from kirpik_provisioning.keys.desk import Desk, write_whole


def next_set(desk: Desk, *, now_ms: int) -> KeySet:
    """What the next key set starts from: the last one in force, with the next number and new dates."""
    return changes.renewed(desk.trusted().keyset or _without_keys(desk), now_ms=now_ms, life_ms=changes.SET_LIFE_MS)


def _without_keys(desk: Desk) -> KeySet:
    """The keys role was replaced, so no set is vouched for: its number and what it revoked go on, and no key does.

    What lies here was published from this desk; what a thief may have published elsewhere does not count.
    """
    seen = [keydocs.peek(data) for data in desk.documents()]
    last = max((each for each in seen if each.what == "set"), key=lambda each: each.version, default=None)
    if last is None:
        return KeySet(version=0, issued_ms=0, expires_ms=0, seal=(), receipt=())
    return replace(decode_keyset(last.body), seal=(), receipt=(), orders=())


def enact_drafts(desk: Desk) -> Iterator[str]:
    """Roots before sets. All are looked at before any comes into force."""
    drafts = [path.read_bytes() for path in desk.drafts()]
    trusted = None if desk.first_root() is None else desk.trusted()
    for data in drafts:
        trusted = _follow(data, trusted)
    for data in drafts:
        yield f"{desk.enact(data)}: in force"


def _follow(data: bytes, trusted: Trusted | None) -> Trusted:
    name = keydocs.peek(data)
    try:
        if trusted is None:
            return Trusted.from_first_root(data)
        return trusted.after_root(data) if name.what == "root" else trusted.after_keyset(data)
    except WireError as error:
        lacks = "; ".join(show.missing(data, trusted)) or str(error)
        raise TrustError(f"{name.what} {name.version}: {lacks}; nothing was published") from error


def to_folder(desk: Desk, folder: Path) -> str:
    """A stick for a unit without a network, or the central's folder: every root, the newest of each under its name."""
    trusted = desk.trusted()
    for data in desk.documents():
        seen = keydocs.peek(data)
        if seen.what == "root":
            write_whole(folder / f"root-{seen.version}.cbor", data)
        if (seen.what, seen.version) == ("root", trusted.root.version):
            write_whole(folder / "root.cbor", data)
    if trusted.keyset is not None:
        write_whole(folder / "set.cbor", trusted.set_data)
    return f"{folder}: root {trusted.root.version}, key set {trusted.keyset_version}"


def to_broker(desk: Desk) -> str:
    """Every root has a topic of its own, so that a unit that slept long finds them all."""
    trusted = desk.trusted()
    roots = [data for data in desk.documents() if keydocs.peek(data).what == "root"]
    messages = [(topics.root_document(keydocs.peek(data).version), data) for data in roots]
    if trusted.keyset is not None:
        messages.append((topics.KEYSET, trusted.set_data))
    with line.opened(desk.folder) as broker:
        broker.publish(messages, retain=True)
    desk.note("published", root=trusted.root.version, set=trusted.keyset_version)
    return f"published at the broker: root {trusted.root.version}, key set {trusted.keyset_version}"


def pin(desk: Desk) -> bytes:
    first = desk.first_root()
    return b"" if first is None else root_pin(first)


def versions(desk: Desk, *, wait_s: float, progress: Callable[[int, int], None]) -> Iterator[str]:
    """Who goes by which documents, by the heartbeats; those that lag and those that were not heard, by name."""
    trusted = desk.trusted()
    known = {path.stem for path in (desk.folder / "units").glob("*.pub")} - {unit.hex() for unit in desk.revoked()}
    heard: dict[str, tuple[int, int]] = {}
    old: set[str] = set()

    def hear(arrival: Arrival) -> None:
        try:
            unit = topics.parse(arrival.topic).unit.hex()
            told = health.decode_health(arrival.payload)
        except WireError:
            return
        heard[unit] = int(told.get("root_v", 0)), int(told.get("keys_v", 0))
        old.update([unit] if told.get("software_old") else [])
        progress(len(heard.keys() & known), len(known))

    with line.opened(desk.folder, [topics.from_all(topics.HEALTH)]) as broker:
        broker.listen(hear, wait_s=wait_s, enough=lambda: bool(known) and known <= heard.keys())
    newest = trusted.root.version, trusted.keyset_version
    there = sum(version == newest for version in heard.values())
    yield f"{there} of {len(known | heard.keys())} units go by root {newest[0]} and key set {newest[1]}"
    for unit, version in sorted(heard.items()):
        if version != newest:
            yield f"  lags        {unit} root {version[0]}, key set {version[1]}"
    for unit in sorted(old):
        yield f"  too old     {unit} its software; it accuses nobody"
    for unit in sorted(known - heard.keys()):
        yield f"  not heard   {unit} within {wait_s:g} s"
