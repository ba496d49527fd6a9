"""Cards of one batch differ in where they stand and how far their data reaches, and in nothing else."""

from pathlib import Path

import pytest

from kirpik_provisioning.flash.labels import LEADING, _title, card_label, sheet
from kirpik_provisioning.flash.personal import Place, filled, one_place, personalise, read_places
from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.table import SECTOR, parse_table, read_table
from kirpik_provisioning.image.trouble import ImageError
from tests.unit.provisioning.image.conftest import base, pristine  # noqa: F401  fixtures

GIB = 1024**3
SHEET = """\
lusab babad gutih tugad mudof  Абай 10  until 2026-12-05
sakat natag lisaf honov hilik  Қабанбай батыр 1  until 2026-12-05
"""


def head_of(image: Path, *, data: bool) -> bytes:
    head = bytearray(image.read_bytes()[: 4 * 1024 * 1024])
    if data:
        head[446 + 32 : 446 + 48] = (
            bytes([0, 0xFE, 0xFF, 0xFF, 0x83, 0xFE, 0xFF, 0xFF])
            + (81920).to_bytes(4, "little")
            + (131072).to_bytes(4, "little")
        )
    return bytes(head)


def test_the_data_partition_reaches_to_the_cards_end(base: Path) -> None:  # noqa: F811  a fixture
    grown = parse_table(filled(head_of(base, data=True), 16 * GIB), "x")
    assert grown.data is not None
    assert 16 * GIB - 8 * 1024 * 1024 < grown.data.end * SECTOR <= 16 * GIB
    assert grown.root == read_table(base).root


def test_an_image_without_one_stays_as_it_is(base: Path) -> None:  # noqa: F811  a fixture
    head = head_of(base, data=False)
    assert filled(head, 16 * GIB) == head


def test_a_card_no_larger_than_the_image_stays_as_it_is(base: Path) -> None:  # noqa: F811  a fixture
    head = head_of(base, data=True)
    assert filled(head, (81920 + 131072) * SECTOR) == head


@pytest.mark.parametrize(
    ("label", "token", "because"),
    [('Abay "10"', "", "--label: label"), ("Abay 10", "lusab babad", "--token: 2 words, expected the 5")],
)
def test_what_was_typed_and_no_card_could_hold_is_refused(label: str, token: str, because: str) -> None:
    with pytest.raises(ImageError, match=because):
        one_place(label=label, token=token, language="ru")


def test_the_place_lies_on_the_boot_partition(base: Path) -> None:  # noqa: F811  a fixture
    personalise(base, Place("Абай 10", "lusab babad gutih tugad mudof", "kk"))
    text = (BootFiles(base, read_table(base).boot).read("kirpik/card.toml") or b"").decode()
    assert text == 'label = "Абай 10"\ntoken = "lusab babad gutih tugad mudof"\nlanguage = "kk"\n'


def test_a_sheet_of_tokens_is_a_batch(tmp_path: Path) -> None:
    (tmp_path / "sheet.txt").write_text(SHEET)
    places = read_places(tmp_path / "sheet.txt")
    assert [place.label for place in places] == ["Абай 10", "Қабанбай батыр 1"]
    assert places[1].token == "sakat natag lisaf honov hilik"  # noqa: S105  words of a test


def test_bare_labels_are_a_batch_without_tokens(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("Abay 10\n\nAbay 12\n")
    assert read_places(tmp_path / "labels.txt") == [Place("Abay 10"), Place("Abay 12")]


@pytest.mark.parametrize("line", ["only four words here  Abay 10  until", 'a "quoted" label', "x" * 65])
def test_a_line_that_cannot_be_meant_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "sheet.txt").write_text(f"Abay 8\n{line}\n")
    with pytest.raises(ImageError, match=r"sheet\.txt:2: expected|sheet\.txt:2: label"):
        read_places(tmp_path / "sheet.txt")


def test_a_sheet_of_labels_has_a_page_for_each_24() -> None:
    labels = [card_label(n, f"Абай {n}", image="card.img", sha256="ab" * 32) for n in range(1, 26)]
    data = sheet(labels)
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") == 2
    assert data == sheet(labels)


@pytest.mark.parametrize(
    "title", ["Абай 10", "Абай көшесі — Достық даңғылы қиылысы, солтүстік-шығыс бұрышы!", "Щ" * 64]
)
def test_no_title_runs_into_the_label_below(title: str) -> None:
    sheet([])  # knows the fonts
    room, height = 100.0, 40.0
    size, lines = _title(title, room, height)
    assert size * LEADING * len(lines) <= height
    assert "".join(lines).replace(" ", "").startswith(title[:10].replace(" ", ""))
