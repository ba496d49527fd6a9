import json
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kirpik.errors import TrustError, WireError
from kirpik.wire import suite
from kirpik.wire.suite import SealKey
from tests.checker import Refused
from tests.checker.seal import open_sealed, public_of

VECTORS = Path(cryptography_vectors.__file__).parent / "HPKE"
DRAFT = json.loads((VECTORS / "hpke-pq-test-vectors.json").read_text())
RFC_9180 = json.loads((VECTORS / "test-vectors.json").read_text())
OURS = [v for v in DRAFT if (v["kem_id"], v["kdf_id"], v["aead_id"]) == suite.SUITE_IDS]
BASE_MODE, X25519, HKDF_SHA256, EXPORT_ONLY = 0, 0x20, 1, 0xFFFF
AEADS = {1: hpke.AEAD.AES_128_GCM, 2: hpke.AEAD.AES_256_GCM, 3: hpke.AEAD.CHACHA20_POLY1305}
OURS_CLASSIC = [
    v
    for v in RFC_9180
    if (v["mode"], v["kem_id"], v["kdf_id"]) == (BASE_MODE, X25519, HKDF_SHA256) and v["aead_id"] != EXPORT_ONLY
]


def test_keys_expand_as_the_draft_says_and_its_ciphertexts_open() -> None:
    assert OURS
    for vector in OURS:
        key = SealKey.from_seed(bytes.fromhex(vector["skRm"]))
        assert key.public.hex() == vector["pkRm"]
        first = vector["encryptions"][0]
        sealed = bytes.fromhex(vector["enc"] + first["ct"])
        x_wing = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        info, aad = bytes.fromhex(vector["info"]), bytes.fromhex(first["aad"])
        opened = openssl.hpke._decrypt_with_aad(x_wing, sealed, key._key, info, aad)
        assert opened.hex() == first["pt"]


@pytest.mark.parametrize("vector", OURS_CLASSIC, ids=lambda v: f"aead {v['aead_id']}")
def test_the_library_opens_the_ciphertexts_of_rfc_9180(vector: dict[str, Any]) -> None:
    first = vector["encryptions"][0]
    key = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"]))
    other = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, AEADS[vector["aead_id"]])
    sealed, info, aad = (bytes.fromhex(hex_) for hex_ in (vector["enc"] + first["ct"], vector["info"], first["aad"]))
    assert openssl.hpke._decrypt_with_aad(other, sealed, key, info, aad).hex() == first["pt"]


def test_both_sets_of_vectors_were_there() -> None:
    assert {v["aead_id"] for v in OURS_CLASSIC} == {1, 3} or {v["aead_id"] for v in OURS_CLASSIC} == {1, 2, 3}
    assert len(OURS) >= 1


def test_an_independent_reader_opens_what_we_seal() -> None:
    sealed = suite.seal(b"secret", SealKey.from_seed(b"1" * 32).public, b"info")
    assert open_sealed(b"1" * 32, sealed, b"info") == b"secret"
    with pytest.raises(Refused, match="seal-open"):
        open_sealed(b"1" * 32, sealed, b"other")


def test_an_independent_reader_opens_what_the_draft_sealed() -> None:
    """With the draft's own aad, which our packets leave empty, the ciphertext opens only through the key schedule."""
    for vector in OURS:
        assert public_of(bytes.fromhex(vector["skRm"])).hex() == vector["pkRm"]


def test_the_suite_proves_itself_before_it_is_used() -> None:
    suite.self_test()


def test_a_seal_opens_only_with_its_key_and_its_info() -> None:
    key, other = SealKey.from_seed(b"1" * 32), SealKey.from_seed(b"2" * 32)
    sealed = suite.seal(b"secret", key.public, b"info")
    assert key.open(sealed, b"info") == b"secret"
    for who, what, data in [
        (other, b"info", sealed),
        (key, b"inf", sealed),
        (key, b"info", sealed[:-1]),
        (key, b"", b""),
    ]:
        with pytest.raises(WireError) as caught:
            who.open(data, what)
        assert caught.value.name == "seal-open"


def test_every_flipped_bit_of_the_encapsulation_is_refused() -> None:
    key = SealKey.from_seed(b"1" * 32)
    sealed = suite.seal(b"secret", key.public, b"info")
    for at in range(0, len(sealed), 7):
        with pytest.raises(WireError):
            key.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], b"info")


@pytest.mark.parametrize("public", [b"", b"\xff" * 1216, bytes(1215)])
def test_what_is_no_public_key_is_told_so(public: bytes) -> None:
    with pytest.raises(TrustError):
        suite.seal(b"secret", public, b"")


def test_a_seed_of_another_length_is_told_so() -> None:
    with pytest.raises(TrustError, match="expected a seed of 32"):
        SealKey.from_seed(bytes(31))


def test_a_library_that_expands_keys_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "TEST_PUBLIC_SHA256", bytes(32))
    with pytest.raises(TrustError, match="the self-test failed, nothing may be sealed"):
        suite.self_test()


def test_a_library_without_the_suite_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> hpke.Suite:
        raise UnsupportedAlgorithm("X-Wing")

    monkeypatch.setattr(suite, "_suite", missing)
    with pytest.raises(TrustError, match="X-Wing is missing, install cryptography 50"):
        suite.self_test()
