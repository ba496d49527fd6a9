"""Promise 18: a stolen card gives nothing but a revocable signing key.

All that a unit has on its card after work, and the whole image that cards are made from, searched as a forensic
examiner would: for plates, for others' keys, for what opens a packet.
"""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.build import Plan, build
from kirpik_provisioning.image.fleet_files import read_fleet
from kirpik_provisioning.image.leaks import find_leaks, secrets_of, spellings
from kirpik_provisioning.image.rootfs import Item, RootFiles
from kirpik_provisioning.image.table import read_table
from kirpik_provisioning.image.tools import PACKAGES, find_tool
from kirpik_provisioning.image.trouble import ImageError
from kirpik_provisioning.provision import new_fleet
from tests.promises.proof import Effort, Promise, Shown, as_test, skipped
from tests.unit.provisioning.image.small import small_image, small_package
from tests.unit.service.post import ANNA, BORIS
from tests.unit.test_stolen_card import PLATE, worked_card
from tests.unit.wire.samples import RECEIPT_KEY, SEAL_SEED

PROMISE = Promise(
    18, "A stolen card gives nothing but a revocable signing key",
    remains="Wear levelling: a card keeps old copies of blocks that no file system shows. On a board: the card's chips "
    "read out raw after months of work.",
)  # fmt: skip
SECRETS = {
    "seal key": SEAL_SEED, "receipt key": RECEIPT_KEY.seed(), "order key": ANNA.seed(), "another's": BORIS.seed(),
    **{f"holder {number}": bytes([number]) * 32 for number in range(1, 6)},
}  # fmt: skip


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:
    (folder / "card").mkdir()
    card = worked_card(folder / "card")
    found = _forensics(card)
    size = sum(path.stat().st_size for path in card.rglob("*") if path.is_file())
    (card / "outbox" / "cache").write_bytes(b"seen: " + PLATE.lower() + b"\n")
    by_plate = _forensics(card)
    (card / "outbox" / "cache").write_bytes(b"key=" + SEAL_SEED.hex().encode())
    by_key = _forensics(card)
    yield Shown(
        "The card of a unit that has accused, been receipted, obeyed and changed its key",
        f"{size} bytes searched for {len(SECRETS)} secrets in {len(spellings(SEAL_SEED))} spellings and for plates: "
        f"{len(found)} found",
        holds=not found,
        control="a plate in a cache; a key in hex",
        caught=bool(by_plate) and bool(by_key),
    )
    yield from _image(folder)
    del effort


def _forensics(card: Path) -> list[str]:
    found = []
    for path in card.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [f"{what} in {path.name}" for what, text in _needles().items() if text in data]
    return found


def _needles() -> Mapping[str, bytes]:
    texts = {f"{what} {n}": text for what, secret in SECRETS.items() for n, text in enumerate(spellings(secret))}
    plates = {"plate": PLATE, "plate, lower case": PLATE.lower(), "plate, spaced": b"123 ABC 01"}
    wide = {"plate, UTF-16": PLATE.decode().encode("utf-16-le")}
    return texts | plates | wide


def _image(folder: Path) -> Iterator[Shown]:
    told = "The image that every card is made from: all of its bytes, and the places where secrets live"
    try:
        for name in PACKAGES:
            find_tool(name)
    except ImageError as error:
        yield skipped(told, str(error))
        return
    fleet = new_fleet(folder / "fleet", port=1)
    secrets = secrets_of(fleet.folder)
    base, package = small_image(folder / "os.img"), small_package(folder / "kirpik_0.1.0_arm64.deb")
    image = folder / "card.img"
    build(Plan(base, image, [package], read_fleet(fleet.desk, host=None, site=None, language="ru", camera="pi")))
    clean = _leaks(image, secrets)
    table = read_table(image)
    leaky = folder / "leaky.img"
    subprocess.run(["cp", "--sparse=always", image, leaky], check=True)
    RootFiles(leaky, table.root).put([Item("/opt/kirpik/backup", data=b"x" * 99 + secrets[0])])
    yield Shown(
        told,
        f"{image.stat().st_size / 1e6:.0f} MB, {len(secrets)} of the fleet's secrets looked for: {len(clean)} found",
        holds=not clean and len(secrets) >= 3,
        control="one of them, put into a file of the image",
        caught=len(_leaks(leaky, secrets)) > 0,
    )


def _leaks(image: Path, secrets: list[bytes]) -> list[object]:
    table = read_table(image)
    return list(find_leaks(image, BootFiles(image, table.boot), RootFiles(image, table.root), secrets=secrets))


test_a_stolen_card_gives_nothing = as_test(prove)
