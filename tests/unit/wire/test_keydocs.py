from collections.abc import Sequence
from dataclasses import replace

import pytest

from kirpik.errors import WireError
from kirpik.wire import cbor, documents, dualsign, keydocs
from kirpik.wire.documents import OrderEntry, Revoked
from kirpik.wire.keydocs import (
    KeySet,
    Role,
    Root,
    add_signature,
    next_root,
    open_keyset,
    open_root,
    peek,
    sign_document,
)
from tests.unit.wire.samples import HOLDERS, UNIT, keyset, role, root


def signed(document: Root | KeySet, *numbers: int) -> bytes:
    return sign_document(document, [HOLDERS[number] for number in numbers])


NEW = role(1, 2, threshold=2)
ROTATIONS: dict[str, tuple[Root, Sequence[int], str]] = {
    "same holders": (root(2), (0, 1), ""),
    "one holder replaced, signed by all": (root(2, root_role=NEW), (0, 1, 2), ""),
    "not signed by enough of the old": (root(2, root_role=NEW), (1, 2), "document-threshold"),
    "not signed by enough of the new": (root(2, root_role=NEW), (0, 1), "document-threshold"),
    "one signs twice": (root(2), (0, 0), "document-threshold"),
    "signed by strangers": (root(2), (4, 5), "document-threshold"),
    "signed by the keys role": (root(2), (3, 4), "document-threshold"),
    "one holder too few, one stranger": (root(2), (0, 5), "document-threshold"),
    "same version again": (root(1), (0, 1), "root-version"),
    "a version left out": (root(3), (0, 1), "root-version"),
    "threshold lowered, signed by all": (root(2, root_role=role(0, 1, threshold=1)), (0, 1), ""),
    "threshold lowered, signed by one": (root(2, root_role=role(0, 1, threshold=1)), (0,), "document-threshold"),
    "keys role replaced": (root(2, keys_role=role(5, threshold=1)), (0, 1), ""),
}


@pytest.mark.parametrize("case", ROTATIONS)
def test_a_root_follows_a_root(case: str) -> None:
    document, signers, refused = ROTATIONS[case]
    data = signed(document, *signers)
    if not refused:
        assert next_root(root(1), data) == document
        return
    with pytest.raises(WireError) as caught:
        next_root(root(1), data)
    assert caught.value.name == refused


KEYSETS: dict[str, tuple[bytes, int, str]] = {
    "newer": (signed(keyset(4), 3, 4), 3, ""),
    "same version again": (signed(keyset(3), 3, 4), 3, "keyset-version"),
    "older": (signed(keyset(2), 3, 4), 3, "keyset-version"),
    "one signature too few": (signed(keyset(4), 3), 3, "document-threshold"),
    "signed by the root's holders": (signed(keyset(4), 0, 1), 3, "document-threshold"),
    "a root in its place": (signed(root(4), 3, 4), 3, "document-kind"),
    "too long": (bytes(65537), 3, "document-size"),
    "no document": (b"\x00", 3, "field-type"),
}


@pytest.mark.parametrize("case", KEYSETS)
def test_a_key_set_follows_a_key_set(case: str) -> None:
    data, after, refused = KEYSETS[case]
    if not refused:
        assert open_keyset(data, root(), after=after) == keyset(4)
        return
    with pytest.raises(WireError) as caught:
        open_keyset(data, root(), after=after)
    assert caught.value.name == refused


def test_a_key_set_of_a_replaced_keys_role_is_refused() -> None:
    with pytest.raises(WireError, match="document-threshold"):
        open_keyset(signed(keyset(4), 3, 4), root(2, keys_role=role(4, 5, threshold=2)))


def test_a_first_root_must_be_signed_by_its_own_holders() -> None:
    assert open_root(signed(root(), 0, 1)) == root()
    with pytest.raises(WireError, match="document-threshold"):
        open_root(signed(root(), 0))


def test_a_flipped_bit_anywhere_is_refused() -> None:
    data = signed(keyset(4), 3, 4)
    for at in range(0, len(data), 97):
        with pytest.raises(WireError):
            open_keyset(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], root())


def test_one_half_of_a_signature_is_not_enough() -> None:
    """Neither a broken Ed25519 nor a broken ML-DSA alone lets anybody sign."""
    body = documents.encode_body(keyset(4))
    signers = [HOLDERS[3], HOLDERS[4]]
    proofs = [(dualsign.key_id(key.public), key.sign(keydocs.DOMAINS["set"], body)) for key in signers]
    for start, end in ((0, 64), (64, dualsign.SIGNATURE_BYTES)):
        spoiled = [[who, proof[:start] + bytes(end - start) + proof[end:]] for who, proof in proofs]
        with pytest.raises(WireError, match="document-threshold"):
            open_keyset(cbor.encode(["set", body, spoiled]), root())


@pytest.mark.parametrize(
    "impossible", [role(0, threshold=2), Role(2, (HOLDERS[0].public,) * 2), Role(0, role(0, threshold=1).holders)]
)
def test_a_role_that_could_never_be_filled_is_not_signed(impossible: Role) -> None:
    with pytest.raises(WireError):
        signed(root(root_role=impossible), 0)


def test_everything_that_a_key_set_can_say_comes_back() -> None:
    full = replace(
        keyset(),
        orders=(OrderEntry(b"o" * 32, ("report", "pause")),),
        broker_ca=b"-----BEGIN CERTIFICATE-----",
        revoked=(Revoked(UNIT, 3, 17),),
        minimum_software="0.2.0",
    )
    assert open_keyset(signed(full, 3, 4), root()) == full


def test_holders_add_their_signatures_one_after_the_other() -> None:
    """Each on a machine of their own; the document travels, the keys do not."""
    draft = sign_document(keyset(4), [])
    with pytest.raises(WireError, match="document-threshold"):
        open_keyset(draft, root())
    once = add_signature(draft, HOLDERS[3])
    assert add_signature(once, HOLDERS[3]) == once
    assert open_keyset(add_signature(once, HOLDERS[4]), root()) == keyset(4)
    assert [len(peek(data).signers) for data in (draft, once)] == [0, 1]
