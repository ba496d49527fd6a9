"""Promise 5: the unit cannot read its own packets; neither can the broker nor the link.

Everything that the three own is cut into pieces of a key's length, and each piece is tried as the key.
"""

from collections.abc import Iterator
from pathlib import Path

from kirpik.wire.suite import SealKey
from kirpik_provisioning.provision import new_fleet
from tests.promises.proof import Effort, Promise, Shown, as_test
from tests.unit.test_stolen_card import worked_card
from tests.unit.wire.samples import SEAL, SEAL_SEED

PROMISE = Promise(5, "The unit cannot read its own packets; neither can the broker nor the link", remains="")


def prove(effort: Effort, folder: Path) -> Iterator[Shown]:  # noqa: ARG001  as all proofs
    (folder / "card").mkdir()
    card = worked_card(folder / "card")
    tried, opened = _try_all(card, SEAL.public)
    (card / "identity" / "seal.seed").write_bytes(b"-----" + SEAL_SEED + b"-----")
    caught = _try_all(card, SEAL.public)[1]
    yield Shown(
        "Each 32 bytes of everything on a unit that has worked, tried as the key of its packets",
        f"{tried} pieces tried: {opened} opened one",
        holds=opened == 0 and tried > 200,
        control="the seal key's seed, hidden in a file",
        caught=caught == 1,
    )
    fleet = new_fleet(folder / "fleet", port=1)
    fleet.add_unit()
    broker, by_broker = _try_all(fleet.folder / "broker", fleet.seal.public)
    link, by_link = _try_all(fleet.folder / "unit", fleet.seal.public, without=("identity",))
    central = _try_all(fleet.folder / "central", fleet.seal.public)[1]
    yield Shown(
        "The same of all that the broker owns, and of all that the link may read",
        f"{broker} pieces of the broker's, {link} of the link's: {by_broker + by_link} opened one",
        holds=by_broker + by_link == 0 and broker > 200 and link > 200,
        control="the central's folder, which must have the key",
        caught=central == 1,
    )


def _try_all(folder: Path, public: bytes, *, without: tuple[str, ...] = ()) -> tuple[int, int]:
    """How many different pieces there are, and how many are the key."""
    pieces: set[bytes] = set()
    for path in folder.rglob("*"):
        if not path.is_file() or set(path.relative_to(folder).parts) & set(without) or path.name == ".reserve":
            continue
        data = path.read_bytes()
        pieces |= {data[at : at + 32] for at in range(len(data) - 31)}
    return len(pieces), sum(SealKey.from_seed(piece).public == public for piece in pieces)


test_only_the_central_can_open = as_test(prove)
