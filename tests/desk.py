"""A central with cases, people and passkeys, for tests of the officers' pages, their bench, and for looking at them."""

import io
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from kirpik.values import PlateText
from kirpik.wire import topics
from kirpik.wire.record import Record
from kirpik_central.accounts import people, tokens
from kirpik_central.accounts.passkeys import Passkeys
from kirpik_central.accounts.people import Role
from kirpik_central.accounts.tokens import Lifetimes
from kirpik_central.config import DeskTable
from kirpik_central.database import migrate, open_database
from kirpik_central.desk.casefile import Archive
from kirpik_central.desk.owners import CsvRegistry, Registry
from kirpik_central.desk.rules import Rules, rules_of
from kirpik_central.desk.standing import KeySetFile
from kirpik_central.intake import Intake
from kirpik_central.keys import Units, load_keys, read_roots
from kirpik_central.letters import Letter
from kirpik_central.log import Log
from kirpik_central.reader import Reader
from kirpik_central.register import key_changes
from kirpik_central.store import Store
from kirpik_central.web.ask import form_token
from kirpik_central.web.office import Office, gate_of
from kirpik_central.web.officer import fleet_pages, officers_site
from kirpik_central.web.site import Site
from kirpik_provisioning.provision import ThrowAwayFleet, new_fleet
from tests.passkey import ORIGIN, SoftPasskey
from tests.unit.central.packets import SPEEDING, Sender, driven
from tests.unit.provisioning.evidence import record

ZONE = ZoneInfo("Asia/Almaty")
OWNERS = "plate,name,address\n123ABC01,A. Owner,Abay 10\n"
NO_CONTROLS = DeskTable(control_percent=0)
BASES = {
    "speeding": "КоАП РК, ст. 592 ч. 2",
    "red_light": "КоАП РК, ст. 599 ч. 1",
    "stop_line": "КоАП РК, ст. 599 ч. 2",
    "bus_lane": "КоАП РК, ст. 596 ч. 1",
    "wrong_way": "КоАП РК, ст. 596 ч. 3",
    "solid_line": "КоАП РК, ст. 600 ч. 1",
    "no_stopping": "КоАП РК, ст. 597 ч. 2",
}
"""Only examples: what a site cites is the site file's business."""


@dataclass
class Stage:
    """`folder` holds the keys; `url` the store."""

    folder: Path
    url: str = "sqlite:///central.db"
    table: DeskTable = NO_CONTROLS
    origin: str = ORIGIN
    registry: Registry | None = None
    passkeys: dict[str, SoftPasskey] = field(default_factory=dict)
    keys_of: ThrowAwayFleet | None = None
    """A fleet that is there already; its keys serve for any number of stages."""

    def __post_init__(self) -> None:
        self.fleet = self.keys_of or new_fleet(self.folder / "fleet", port=1883)
        self.home = self.fleet.central_config.parent
        self.engine = open_database(self.url, beside=self.home)
        migrate(self.engine)
        self.store = Store(self.engine)
        names = {name: self.home / file for name, file in (("receipt", "receipt.key"), ("root", "root.cbor"))}
        self.keys = load_keys(seal=[self.home / "seal.key"], keyset=self.home / "set.cbor", **names)
        self.units = Units(self.home / "units", lambda unit: self.store.read(lambda c: key_changes(c, unit)))
        self.intake = Intake(self.store, self.keys, self.units)
        self.reader = Reader(self.store, self.keys, self.units)
        self.sender: Sender | None = None
        if self.registry is None:
            (self.folder / "owners.csv").write_text(OWNERS)
            self.registry = CsvRegistry(self.folder / "owners.csv")

    @property
    def rules(self) -> Rules:
        return rules_of(self.table)

    @property
    def archive(self) -> Archive:
        return Archive(self.units, KeySetFile(self.home / "root.cbor", self.home / "set.cbor").current)

    def office(self) -> Office:
        keys = Passkeys(self.origin, self._host)
        lifetimes = Lifetimes(3_600_000, 12 * 3_600_000)
        chance = Random(1)  # noqa: S311
        gate = gate_of(self.engine)
        return Office(self.store, self.archive, keys, self.registry, self.rules, lifetimes, gate, chance)

    @property
    def _host(self) -> str:
        return self.origin.split("://")[1].split(":")[0]

    def site(self) -> Site[Office]:
        others = [fleet_pages(self.store, self.home / "units")]
        return officers_site(self.office(), origin=self.origin, zone=ZONE, others=others)

    def receive(self, *records: Record) -> list[int]:
        """Through the intake and the reader, as from the road. Return their numbers."""
        if self.sender is None:
            self.sender = Sender(self.fleet.add_unit(f"unit-{secrets.token_hex(4)}").identity, self.fleet.seal.public)
        sent = [self.sender.next(record) for record in records]
        topic = topics.up(self.sender.unit, topics.PACKETS)
        before = self.store.read(lambda c: c.exec_driver_sql("SELECT size FROM log").scalar_one())
        self.intake.take([Letter(topic, wire, number) for number, wire in enumerate(sent)])
        self.reader.read(limit=1000)
        return list(range(before, before + len(records)))

    def tell_withheld(self, *numbers: int) -> None:
        """As the unit's checkpoint says how often each doubt has freed somebody."""
        assert self.sender is not None
        wire = self.sender.checkpoint(withheld=numbers)
        self.intake.take([Letter(topics.up(self.sender.unit, topics.PACKETS), wire, 1)])
        self.reader.read(limit=10)

    def checkpoint(self) -> None:
        Log(self.store, self.keys.receipt, origin="kirpik.example/log", every_s=10).sign()

    def person(self, name: str, role: Role) -> str:
        """The cookie of somebody who has a passkey and has just come in."""
        office, passkey = self.office(), SoftPasskey(self.origin, self._host)
        self.passkeys[name] = passkey
        self.store.write(lambda c: people.add(c, name, role))
        options = self.store.write(lambda c: office.passkeys.ask_to_register(c, name))
        self.store.write(lambda c: office.passkeys.register(c, name, passkey.create(options), "test"))
        return self.store.write(lambda c: tokens.open_session(c, name, "passkey"))

    def roots(self) -> tuple[bytes, ...]:
        return read_roots(self.home / "root.cbor")


def road(count: int, *, seed: int = 1) -> list[Record]:
    """Cases as different as a day's are, each with a picture that can be looked at."""
    at = Random(seed)  # noqa: S311  the same cases whenever it runs
    return [_case(number, at) for number in range(count)]


def _case(number: int, at: Random) -> Record:
    plate = f"{at.randrange(1, 1000):03d}{''.join(at.choices('ABCEHKMOPTXYZ', k=3))}{at.randrange(1, 21):02d}"
    sure = tuple(940_000 if at.random() < 0.03 else at.choice((999_000, 998_000, 995_000)) for _ in plate)
    kind = at.choice(("speeding", "speeding", "speeding", *BASES))
    return replace(
        _speeding(at) if kind == "speeding" and number % 2 else record(kind),
        event_id=os.urandom(16),
        plate=PlateText(plate),
        char_confidence_ppm=sure,
        confidence_ppm=min(sure),
        crop=picture_of(plate, at),
        moment_utc_ns=1_795_363_200_000_000_000 + number * 73_000_000_000,
        clock_source="network",
        legal_basis=BASES[kind],
        site_id=at.choice(("almaty-abay-10", "almaty-satpayev-22", "astana-turan-5")),
        configuration_sha256=bytes([number % 3]) * 32,
    )


def _speeding(at: Random) -> Record:
    """With a speed of its own; its track does not say the same."""
    over, sigma = at.randrange(11, 45), at.randrange(400, 1200)
    charged = 60_000 + over * 1000
    return replace(
        SPEEDING,
        speed_m_per_h=charged + 3_400,
        charged_m_per_h=charged,
        uncertainty_m_per_h=sigma,
        track=driven(40, speed_mps=16 + over / 3.6),
        frames=40,
    )


def picture_of(plate: str, at: Random, *, sharp: bool = False) -> bytes:
    """A grey crop such as a unit makes: small, noisy, a little out of focus."""
    font = ImageFont.load_default(46)
    image = Image.new("L", (300, 72), 225)
    draw = ImageDraw.Draw(image)
    draw.rectangle((2, 2, 297, 69), outline=20, width=3)
    draw.line((232, 4, 232, 68), fill=20, width=2)
    draw.text((14, 8), f"{plate[:3]} {plate[3:6]}", fill=15, font=font)
    draw.text((240, 8), plate[6:], fill=15, font=font)
    if not sharp:
        image = image.filter(ImageFilter.GaussianBlur(0.6 + at.random()))
        image = image.rotate(at.uniform(-2, 2), fillcolor=120).point(lambda value: int(30 + value * 0.62))
    image = image.resize((220, 53))
    out = io.BytesIO()
    image.save(out, "WEBP", quality=70)
    return out.getvalue()


def form(cookie: str, **fields: object) -> dict[str, str]:
    """With the token that the page would have had."""
    return {"token": form_token(cookie), **{name: str(value) for name, value in fields.items()}}
