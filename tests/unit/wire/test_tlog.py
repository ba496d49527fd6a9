"""Roots are those that the makers of certificate logs test with; the notes are real ones of Go's checksum database."""

import hashlib
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.errors import WireError
from kirpik.wire import tlog
from kirpik.wire.signature import SigningKey
from kirpik.wire.tlog import Checkpoint, Proof
from tests.unit.wire.tree import consistency, inclusion, root

LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
GO_KEY = b64decode("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")[1:]
GO_NOTES = {
    6476701: (
        "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=",
        "Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=",
    ),
    65209736: (
        "5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=",
        "Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=",
    ),
}
KEY = SigningKey.from_seed(bytes(range(32)))
ORIGIN = "kirpik.example/log"


def go_note(size: int) -> str:
    head, proof = GO_NOTES[size]
    return f"go.sum database tree\n{size}\n{head}\n\n— sum.golang.org {proof}\n"


def checkpoint(entries: list[bytes]) -> Checkpoint:
    return Checkpoint(ORIGIN, len(entries), root(entries))


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_tests_own_tree_has_the_published_roots(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize("size", GO_NOTES)
def test_a_real_log_s_checkpoint_is_accepted(size: int) -> None:
    opened = tlog.open_checkpoint(go_note(size), [GO_KEY], origin="go.sum database tree", signer="sum.golang.org")
    assert opened == Checkpoint("go.sum database tree", size, b64decode(GO_NOTES[size][0]))


def test_a_key_s_id_is_the_one_that_others_compute() -> None:
    assert tlog.key_id("sum.golang.org", GO_KEY).hex() == "033de0ae"


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        ("65209736", "65209737", "tlog-note-signature"),
        ("65209736", "065209736", "tlog-note-form"),
        ("— sum", "- sum", "tlog-note-form"),
        ("sum.golang.org Az3", "sum.golang.org Az4", "tlog-note-signature"),
        ("sum.golang.org Az", "other.example Az", "tlog-note-signature"),
        ("sQ8=\n", "sQ8=", "tlog-note-form"),
        ("PXvRo=", "PXvRp=", "tlog-note-form"),
        ("tree\n", "tree\t\n", "tlog-note-form"),
        ("\n\n", "\n", "tlog-note-form"),
        ("go.sum", "go.sam", "tlog-note-origin"),
    ],
)
def test_an_altered_note_is_refused(old: str, new: str, refused: str) -> None:
    note = go_note(65209736)
    assert old in note
    with pytest.raises(WireError, match=f"^{refused}"):
        tlog.open_checkpoint(
            note.replace(old, new, 1), [GO_KEY], origin="go.sum database tree", signer="sum.golang.org"
        )


def test_what_we_sign_we_accept_and_nobody_else_s_key_does() -> None:
    note = tlog.sign_checkpoint(checkpoint(LEAVES), KEY)
    assert tlog.open_checkpoint(note, [SigningKey.generate().public, KEY.public]) == checkpoint(LEAVES)
    with pytest.raises(WireError, match=r"^tlog-note-signature"):
        tlog.open_checkpoint(note, [SigningKey.generate().public])


def test_a_witness_s_line_is_passed_over() -> None:
    note = tlog.sign_checkpoint(checkpoint(LEAVES), KEY) + "— witness.example AAAAAAAA\n"
    assert tlog.open_checkpoint(note, [KEY.public]).size == 8


@given(st.integers(1, 70), st.data())
def test_every_entry_has_a_proof_and_no_other_entry_has_it(size: int, data: st.DataObject) -> None:
    entries = [bytes([number]) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = Proof(index, tuple(inclusion(index, entries)), tlog.sign_checkpoint(checkpoint(entries), KEY))
    text = tlog.format_proof(proof)
    assert tlog.parse_proof(text) == proof
    assert tlog.check_proof(text, entries[index], [KEY.public], origin=ORIGIN) == checkpoint(entries)
    for entry in (b"another", entries[index - 1] if size > 1 else b""):
        with pytest.raises(WireError, match=r"^tlog-inclusion"):
            tlog.check_proof(text, entry, [KEY.public])


@given(st.integers(1, 70), st.data())
def test_a_proof_with_a_hash_more_less_or_altered_proves_nothing(size: int, data: st.DataObject) -> None:
    entries = [bytes([number]) for number in range(size)]
    index, head = data.draw(st.integers(0, size - 1)), checkpoint(entries)
    hashes = inclusion(index, entries)
    wrong = [[*hashes, bytes(32)], hashes[:-1], [hashlib.sha256(each).digest() for each in hashes]]
    for each in wrong if hashes else wrong[:1]:
        with pytest.raises(WireError, match=r"^tlog-inclusion"):
            tlog.check_inclusion(tlog.leaf_hash(entries[index]), index, head, each)
    with pytest.raises(WireError, match=r"^tlog-inclusion"):
        tlog.check_inclusion(tlog.leaf_hash(entries[index]), size, head, hashes)


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_log_that_grew_can_prove_it(one: int, other: int) -> None:
    entries = [bytes([number]) for number in range(max(one, other))]
    old, new = checkpoint(entries[: min(one, other)]), checkpoint(entries)
    hashes = consistency(old.size, entries)
    tlog.check_consistency(old, new, hashes)
    if 0 < old.size < new.size:
        forked = checkpoint([b"changed", *entries[1 : old.size]])
        for wrong_old, wrong in ((forked, hashes), (old, [*hashes, bytes(32)]), (old, hashes[:-1])):
            with pytest.raises(WireError, match=r"^tlog-consistency"):
                tlog.check_consistency(wrong_old, new, wrong)


def test_a_log_that_shrank_is_refused() -> None:
    with pytest.raises(WireError, match=r"^tlog-consistency"):
        tlog.check_consistency(checkpoint(LEAVES), checkpoint(LEAVES[:5]), [])


@pytest.mark.parametrize(
    "text",
    ["", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex 01\n\n",
     "c2sp.org/tlog-proof@v1\nindex -1\n\n", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n",
     "c2sp.org/tlog-proof@v1\nindex 1\n!\n\n", "c2sp.org/tlog-proof@v1\nindex 1" + "\nA" * 70000],
)  # fmt: skip
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(WireError, match=r"^tlog-proof-form"):
        tlog.parse_proof(text)


def test_opaque_extra_data_is_passed_over() -> None:
    text = tlog.format_proof(Proof(0, (), "note"))
    assert tlog.parse_proof(text.replace("\nindex", "\nextra AAAA\nindex")) == Proof(0, (), "note")
