"""The operators' pages, as a browser gets them."""

import json
import tomllib
from pathlib import Path

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from kirpik.wire.health import FIELDS
from kirpik_central.fleetview.glance import Card, Unit
from kirpik_central.fleetview.map import dots, draw_map, frame_of
from kirpik_central.fleetview.pages import HERE, LANGUAGES, routes
from kirpik_central.overview import Last
from tests.unit.central.intake_desk import Desk
from tests.unit.central.test_health import beat, say, stand

PLACES = {"hot": (43.2385, 76.9456), "lost": (43.3000, 76.9000), "well": (51.1282, 71.4304)}


class Site:
    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.cards = self.desk.fleet.central_config.parent / "units"
        self.senders = {name: self.desk.sender(name) for name in PLACES}
        for name, sender in self.senders.items():
            card = {"label": name, "groups": ["almaty"], "place": PLACES[name], "tls": "", "serial": ""}
            (self.cards / f"{sender.unit.hex()}.json").write_text(json.dumps(card))
        beat(self.desk, self.senders["hot"], soc_c=90)
        stand(self.desk, self.senders["hot"], sequence=77, epoch=3)
        say(self.desk, self.senders["lost"], "state", b"lost")
        beat(self.desk, self.senders["well"], soc_c=50)
        app = Starlette(routes=[Mount("/fleet", routes=routes(self.desk.store, self.cards))])
        self.client = TestClient(app, raise_server_exceptions=True)

    def get(self, path: str, **headers: str) -> str:
        answer = self.client.get(f"/fleet{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture(name="site")
def _site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_the_troubled_stand_first_on_a_map_and_in_a_table(site: Site) -> None:
    page = site.get("/", **{"accept-language": "en"})
    assert page.index(">hot</a>") < page.index(">lost</a>") < page.index(">well</a>")
    assert page.count("<circle") == 2  # two of them in one city
    assert "critical: 2" in page
    assert "built-in" not in page
    assert "overheated" in page


@pytest.mark.parametrize(("language", "word"), [("ru", "перегрев"), ("kk", "қызып кетті"), ("en", "overheated")])
def test_it_speaks_three_languages(site: Site, language: str, word: str) -> None:
    assert word in site.get("/", cookie=f"lang={language}")


def test_a_unit_is_shown_without_what_rises_with_its_offences(site: Site) -> None:
    page = site.get(f"/unit/{site.senders['hot'].unit.hex()}")
    assert "soc_c" in page
    assert "sequence" not in page
    assert "epoch" not in page


def test_a_filter_narrows_table_and_map_and_is_shown_as_text(site: Site) -> None:
    assert site.get("/?q=overheated").count("<circle") == 1
    page = site.get("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E{{7*7}}' OR 1=1 --")
    assert "<script>alert" not in page
    assert "49" not in page.partition("<form")[2].partition("</form>")[0]


@pytest.mark.parametrize("path", ["/unit/zz", "/unit/" + "0" * 32, "/unit/..%2f..%2fetc", "/unit/" + "0" * 31 + "%00"])
def test_a_unit_that_is_not_there_is_a_page_not_a_crash(site: Site, path: str) -> None:
    assert site.client.get(f"/fleet{path}").status_code == 404


@pytest.mark.parametrize("number", ["-1", "99999", "x", "9" * 400, "٣"])
def test_a_page_that_is_not_there_is_empty_or_the_first(site: Site, number: str) -> None:
    assert site.client.get("/fleet/", params={"page": number}).status_code == 200


def test_nothing_on_a_page_is_inline_or_from_elsewhere(site: Site) -> None:
    for path in ("/", f"/unit/{site.senders['hot'].unit.hex()}"):
        page = site.get(path).replace('<script src="/static/desk.js" defer></script>', "")
        assert not [word for word in ("style=", "<style", "<script", "http://", "https://", "onclick") if word in page]


def test_a_hostile_label_is_only_text(site: Site) -> None:
    unit = site.senders["hot"].unit.hex()
    (site.cards / f"{unit}.json").write_text(json.dumps({"label": "<i>\"'&", "place": [43.2, 76.9]}))
    assert "<i>" not in site.get("/")
    (site.cards / f"{unit}.json").write_text("no json")
    assert unit in site.get("/")


def test_a_store_that_is_away_is_said(site: Site) -> None:
    site.desk.engine.dispose()
    Path(str(site.desk.engine.url.database)).write_bytes(b"no database" * 500)
    assert site.client.get("/fleet/").status_code == 503


def test_ten_thousand_units_are_few_dots_and_a_small_page() -> None:
    last = Last(0, "online", None)
    units = [
        Unit(n.to_bytes(16, "big"), Card(place=(43.2 + n % 100 / 1000, 76.8 + n // 100 / 500)), last, 1000)
        for n in range(10_000)
    ]
    drawn = draw_map(units, name="map", km="km")
    assert drawn.count("<circle") < 1500
    assert len(drawn) < 400_000
    gathered = dots(units, frame_of([unit.card.place for unit in units if unit.card.place]))
    assert sum(len(dot.units) for dot in gathered) == 10_000


def test_one_unit_alone_is_a_map_too() -> None:
    assert "<circle" in draw_map([Unit(b"0" * 16, Card(place=(-90.0, 180.0)), None, 0)], name="map", km="km")


def test_a_card_of_the_desk_is_read_here() -> None:
    from kirpik_provisioning.registry import Card as DeskCard  # noqa: PLC0415

    card = DeskCard(label="one", groups=("a",), place=(1.0, 2.0))
    assert msgspec.json.decode(msgspec.json.encode(card), type=Card) == Card("one", ("a",), (1.0, 2.0))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_heartbeat_has_a_name_in_every_language(language: str) -> None:
    words = tomllib.loads((HERE / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    english = tomllib.loads((HERE / "words" / "en.toml").read_text(encoding="utf-8"))
    assert set(words["numbers"]) == set(FIELDS)
    assert {name: set(words[name]) for name in words} == {name: set(english[name]) for name in english}


def test_an_operator_changes_the_language_and_finds_his_own_page(site: Site) -> None:
    page = site.get("/?q=hot")
    assert 'href="/language/kk?back=/fleet/"' in page
    assert 'href="/me"' in page
