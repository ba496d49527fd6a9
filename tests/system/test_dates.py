"""The broker's certificate has dates, and a clock may be anything: they count when a receipt has proven the clock.

The link is the real `kirpikd link`; what a receipt has proven lies in the unit's own folder, as the eye would note it.
"""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kirpik.adapters.stick import boot_id
from kirpik.store.folder import Folder
from kirpik.store.keyring import TOLD
from kirpik.wire import cbor
from kirpik_provisioning.pki import BROKER_LIFE, issue_broker
from tests.system.ground import Daemon, Fleet, wait_until

DAY_MS = 24 * 3600 * 1000
PATIENT_S = 60.0
CERTIFIED = {
    "expired": datetime.now(UTC) - BROKER_LIFE - timedelta(days=30),
    "not yet valid": datetime.now(UTC) + timedelta(days=30),
}
"""When the broker was certified. To a clock that says 1970 every certificate is not yet valid."""


class Road:
    def __init__(self, home: Path, certified: datetime) -> None:
        self.fleet = Fleet(home / "fleet")
        issue_broker(self.fleet.things.authority, ["127.0.0.1"], now=certified).write(
            self.fleet.folder / "broker", "broker"
        )
        self.unit = self.fleet.things.add_unit()
        card = self.unit.write_config(self.fleet.things, site=Path("site.toml"), source="pi")
        kirpikd = str(Path(sys.executable).parent / "kirpikd")
        self.link = Daemon([kirpikd, "link", "--config", str(card)], home / "link.log")
        self.fleet.start_broker()

    def note_receipt(self, *, boot: str, ahead_ms: int = 0) -> None:
        """A receipt of the central's time now was believed in this boot, while our clock was ahead by so much."""
        now_ms = time.time_ns() // 1_000_000
        Folder(self.unit.state / "keys").replace(TOLD, cbor.encode([boot, now_ms, now_ms + ahead_ms, 1, 1]))

    def end(self) -> None:
        self.link.kill()
        self.fleet.broker.kill()


@pytest.fixture(params=CERTIFIED)
def road(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Road]:
    road = Road(tmp_path, CERTIFIED[request.param])
    yield road
    road.end()


def says(road: Road, words: str) -> None:
    wait_until(lambda: words in road.link.said(), what=words, timeout_s=PATIENT_S)


def test_without_a_proven_clock_the_dates_do_not_count_and_the_unit_is_on_the_line(road: Road) -> None:
    road.link.start()
    says(road, "broker=connected")


def test_a_clock_that_was_proven_before_the_last_boot_is_not_proven(road: Road) -> None:
    road.note_receipt(boot="another boot")
    road.link.start()
    says(road, "broker=connected")


def test_a_clock_that_a_receipt_has_shown_to_be_wrong_judges_nobody(road: Road) -> None:
    road.note_receipt(boot=boot_id(), ahead_ms=2 * DAY_MS)
    road.link.start()
    says(road, "broker=connected")


def test_a_proven_clock_refuses_a_certificate_whose_time_it_is_not(road: Road) -> None:
    road.note_receipt(boot=boot_id())
    road.link.start()
    says(road, "the broker's certificate is not the one expected: certificate")
    assert "broker=connected" not in road.link.said()
