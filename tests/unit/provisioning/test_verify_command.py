"""`kirpik verify` as people and programs use it: sentences, pages, JSON and the published vectors."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kirpik.wire import packet
from kirpik.wire.evidence_file import decode_evidence, encode_evidence
from kirpik.wire.packet import link
from kirpik_provisioning.cli import bench
from kirpik_provisioning.verify.words import LANGUAGES, load_words
from tests.unit.provisioning import evidence as ev
from tests.unit.provisioning.spoiled import (
    GOOD,
    SPOILED,
    spoiled,
    swapped_crop,
)


def test_words_of_all_languages_have_the_same_keys_and_places() -> None:
    def shape(texts: object, at: str = "") -> set[tuple[str, frozenset[str]]]:
        if isinstance(texts, dict):
            return set().union(*(shape(value, f"{at}.{key}") for key, value in texts.items()))
        words = str(texts).replace("{", " {").split("{")[1:]
        return {(at, frozenset(word.split("}")[0].split(":")[0] for word in words))}

    first, *others = (shape(dict(load_words(language).texts)) for language in LANGUAGES)
    for other in others:
        assert other == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_a_sentence_in_every_language(language: str) -> None:
    words = load_words(language)
    for name, (_, reason) in SPOILED.items():
        for one in spoiled(name).findings:
            assert words.title(one)
            assert "{" not in words.sentence(one)
        assert reason in words.texts["reason"]


# ---- the command ----


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "case.kpe").write_bytes(encode_evidence(GOOD))
    (tmp_path / "root.cbor").write_bytes(ev.ROOT)
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(bench, ["verify", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_command_says_what_was_found_and_exits_by_it(folder: Path) -> None:
    code, said = run(folder / "case.kpe", "--root", folder / "root.cbor")
    assert code == 0
    assert "The evidence holds" in said
    (folder / "case.kpe").write_bytes(encode_evidence(swapped_crop()))
    code, said = run(folder / "case.kpe", "--root", folder / "root.cbor")
    assert code == 1
    assert "picture of the plate" in said
    assert run(folder / "case.kpe", "--language", "xx")[0] == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xa1\x01\x02"])
def test_what_is_no_evidence_file_is_refused_in_one_sentence(folder: Path, content: bytes) -> None:
    (folder / "case.kpe").write_bytes(content)
    code, said = run(folder / "case.kpe")
    assert code == 1
    assert "not an evidence file" in said
    assert "Traceback" not in said


def test_json_tells_claim_and_inputs_and_what_follows(folder: Path) -> None:
    code, said = run(folder / "case.kpe", "--root", folder / "root.cbor", "--json")
    told = json.loads(said)
    assert code == 0
    assert told["holds"]
    assert abs(told["recomputed"]["motion"]["speed_kmh"] - told["claimed"]["speed_m_per_h"] / 1000) < 0.1
    assert len(told["inputs"]["track_us_us_mpx_px32"]) == told["recomputed"]["motion"]["frames"]


def test_the_file_has_one_form() -> None:
    data = encode_evidence(GOOD)
    assert encode_evidence(decode_evidence(data)) == data
    assert packet.link(decode_evidence(data).packet) == link(GOOD.packet)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["speeding", "red_light"])
def test_the_page_is_the_same_bytes_each_time_and_shows_claim_plan_and_checks(
    tmp_path: Path, kind: str, language: str
) -> None:
    (tmp_path / "case.kpe").write_bytes(encode_evidence(ev.evidence(kind)))
    pages = []
    for name in ("a.html", "a.pdf", "b.pdf", "a.svg"):
        assert run(tmp_path / "case.kpe", "--page", tmp_path / name, "--language", language)[0] == 0
        pages.append((tmp_path / name).read_bytes())
    html, first, second, svg = pages
    words = load_words(language)
    for said in (words.name("kind", kind), "123ABC01", words.page("checks"), words.page("again"), "<svg"):
        assert said in html.decode()
    assert b"<script" not in html
    assert first == second
    assert first.startswith(b"%PDF")
    assert svg.startswith(b"<svg xmlns")


def test_a_page_is_made_of_refused_evidence_too(tmp_path: Path) -> None:
    (tmp_path / "case.kpe").write_bytes(encode_evidence(swapped_crop()))
    assert run(tmp_path / "case.kpe", "--page", tmp_path / "a.pdf")[0] == 1
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert run(tmp_path / "case.kpe", "--page", tmp_path / "a.doc")[0] == 2
    assert run(tmp_path / "case.kpe", "--page", tmp_path / "no" / "a.pdf")[0] == 1
