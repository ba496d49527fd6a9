import json
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke

from kirpik.errors import TrustError, WireError
from kirpik.wire import suite
from kirpik.wire.suite import SealKey

VECTORS = Path(cryptography_vectors.__file__).parent / "HPKE" / "hpke-pq-test-vectors.json"
OURS = [v for v in json.loads(VECTORS.read_text()) if (v["kem_id"], v["kdf_id"], v["aead_id"]) == suite.SUITE_IDS]


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
