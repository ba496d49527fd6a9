"""A desk for a throw-away fleet: every private key of it in one folder, under a passphrase that lies beside them."""

import secrets
from pathlib import Path

from kirpik.wire import dualsign, signature, suite
from kirpik.wire.documents import VERBS, KeySet, OrderEntry, Role, SealEntry
from kirpik.wire.dualsign import DocumentKey
from kirpik.wire.keydocs import sign_document
from kirpik_provisioning.keys.changes import SET_LIFE_MS, first_root
from kirpik_provisioning.keys.desk import Desk, write_whole
from kirpik_provisioning.keys.holders import public_of
from kirpik_provisioning.keys.moments import now_ms
from kirpik_provisioning.keys.vault import lock, write_vault

PASSPHRASE = "nothing to protect here"  # noqa: S105  it says what it is
WORK = 10
"""As little stretching as there is: the passphrase is known anyway."""
HOLDERS, THRESHOLD = 3, 2


def throw_away_desk(folder: Path, *, seal_seed: bytes, receipt_seed: bytes) -> dict[str, bytes]:
    """Root and key set of version 1, in force; returns their bytes by the name that a unit keeps them under."""
    folder.mkdir(parents=True)
    write_whole(folder / "PASSPHRASE", f"{PASSPHRASE}\n".encode() * 2)
    names = [f"{role}-{number}" for role in ("root", "keys") for number in range(1, HOLDERS + 1)]
    publics = {name: _make(folder, name, "document", secrets.token_bytes(dualsign.SEED_BYTES)) for name in names}
    signers = {name: DocumentKey(seed) for name, (seed, _) in publics.items()}
    _, escrow = _make(folder, "escrow", "seal", secrets.token_bytes(suite.SEED_BYTES))
    _, seal = _make(folder, "seal-1", "seal", seal_seed)
    _, receipt = _make(folder, "receipt-1", "receipt", receipt_seed)
    orders = [_make(folder, f"order-{n}", "order", secrets.token_bytes(signature.SEED_BYTES)) for n in (1, 2)]
    now = now_ms()
    root = first_root(_role(publics, "root"), _role(publics, "keys"), fallback=escrow, now_ms=now)
    keyset = KeySet(
        version=1, issued_ms=now, expires_ms=now + SET_LIFE_MS, seal=(SealEntry(seal, 0, None, "active"),),
        receipt=(receipt,), orders=tuple(OrderEntry(public, VERBS) for _, public in orders),
    )  # fmt: skip
    documents = {
        "root.cbor": sign_document(root, [signers[f"root-{n}"] for n in range(1, THRESHOLD + 1)]),
        "set.cbor": sign_document(keyset, [signers[f"keys-{n}"] for n in range(1, THRESHOLD + 1)]),
    }
    for data in documents.values():
        Desk(folder).enact(data)
    return documents


def _make(folder: Path, name: str, kind: str, seed: bytes) -> tuple[bytes, bytes]:
    public = public_of(kind, seed)
    write_vault(folder / f"{name}.key", lock(seed, PASSPHRASE.encode(), kind=kind, public=public, work=WORK))
    write_whole(folder / f"{name}.pub", public)
    return seed, public


def _role(made: dict[str, tuple[bytes, bytes]], role: str) -> Role:
    return Role(THRESHOLD, tuple(public for name, (_, public) in made.items() if name.startswith(role)))
