"""Put the unit together: settings and files become the objects that the services run on."""

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kirpik.adapters.engine import EngineKind, TfliteNetwork, choose_engine
from kirpik.adapters.keyguard import CredentialGuard, FirmwareGuard
from kirpik.adapters.models_folder import Models, find_models, load_models
from kirpik.adapters.reduce import reduce_view
from kirpik.adapters.stick import boot_id, read_stick
from kirpik.adapters.webp import encode_webp
from kirpik.config import Config, SpoolTable, beside, load_config
from kirpik.effects import UnitEffects
from kirpik.errors import ModelError, StoreError, WireError
from kirpik.evidence import Origin
from kirpik.obey import Obedience
from kirpik.pipeline import Pipeline
from kirpik.ports import hear, open_ports
from kirpik.road.spots import plate_spots
from kirpik.road.watch import Watch
from kirpik.seal import Sealer, now_ms
from kirpik.service.duties import Duties, Schedule
from kirpik.service.eye import Eye
from kirpik.service.letters import Letters
from kirpik.service.replaying import replay
from kirpik.service.trial import TrialWatch
from kirpik.site import Site, load_site
from kirpik.software import RELEASED_MS, software_sha256
from kirpik.sources import open_source
from kirpik.store.identity import PLAIN, Guard, Identity, KeyChangeRoom, create_identity, load_identity
from kirpik.store.inbox import InboxView
from kirpik.store.keyring import Keyring
from kirpik.store.ledger import Ledger
from kirpik.store.orders import OrderBook
from kirpik.store.outbox import Entry, Outbox
from kirpik.store.overdue import Overdue
from kirpik.store.settings import Settings
from kirpik.store.sight import SightTold
from kirpik.store.wanted import Wanted
from kirpik.values import Frame
from kirpik.vision.corners import CornerFinder
from kirpik.vision.detect import Detector
from kirpik.vision.finder import PlateFinder
from kirpik.vision.read import Reader
from kirpik.vision.register import register
from kirpik.vision.views import plan_views
from kirpik.wire import packet, suite
from kirpik.wire.checkpoint import MAX_GIVEN_UP, NO_LINK, GivenUp
from kirpik.wire.documents import KeySet, Role, Root, SealEntry
from kirpik.wire.suite import SealKey

MIB = 1024 * 1024
DAY_S = 24 * 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sight:
    """What turns frames into violations, for one site."""

    site: Site
    models: Models
    pipeline: Pipeline
    engine_fallback: bool = False
    """The wanted engine could not be had, and another does its work."""


def open_sight(
    site: Site, *, models: Path | None, kind: EngineKind = "auto", require: bool = False, threads: int = 1,
    watch: Watch | None = None,
) -> Sight:  # fmt: skip
    engine, why = choose_engine(kind, require=require)
    if why is not None:
        log.warning("engine=%s why='%s'", engine, why)
    loaded = load_models(find_models(models), partial(TfliteNetwork, kind=engine, threads=threads))
    finder = open_finder(loaded, site)
    read = open_reader(loaded, site.header.plate_formats).read
    return Sight(site, loaded, Pipeline(site, finder, read, register, watch=watch), engine_fallback=why is not None)


@contextmanager
def _back_to_own_networks(settings: Settings) -> Iterator[None]:
    """Ordered ones that a card has spoiled since end this start, and no other; those on trial are taken back anyway."""
    try:
        yield
    except ModelError:
        if settings.trial() is None and settings.in_force("models") is not None:
            log.error("networks=spoiled why='those that were ordered load no more'; back to the card's own")
            settings.drop("models")
        raise


def open_finder(models: Models, site: Site) -> PlateFinder:
    """Looks where the site's lanes are, as finely as plates there are small."""
    detector = Detector(models.detector)
    views = plan_views(plate_spots(site), (site.camera.width, site.camera.height), detector.input_size)
    return PlateFinder(detector, CornerFinder(models.corners), reduce_view, views=views)


def open_reader(models: Models, formats: tuple[str, ...]) -> Reader:
    settings = models.manifest.networks["reader"].settings
    return Reader(
        models.reader,
        temperature=settings["temperature"],
        accept=settings["accept"],
        formats=None if "any" in formats else formats,
    )


def open_eye(base: Config, config_path: Path, *, stop: threading.Event) -> Eye:
    """The eye of a provisioned unit. Raises a KirpikError that says what is missing.

    `base` is what lies on the card; what was ordered in its place is in the unit's own memory.
    """
    folder = beside(config_path, base.unit.state)
    if not folder.is_dir():
        raise StoreError(f"{folder}: no such folder; provision the unit first")
    settings = Settings(folder / "settings")
    taken_back = settings.begin()
    ordered = settings.in_force("config")
    config = base if ordered is None else load_config(ordered)
    site = load_site(settings.in_force("site") or beside(config_path, config.unit.site))
    opened = open_source(config, config_path, site, stop=stop)
    with _back_to_own_networks(settings):
        sight = open_sight(
            site,
            models=settings.in_force("models")
            or (beside(config_path, config.unit.models) if config.unit.models else None),
            kind=config.engine.kind,
            require=config.engine.require,
            threads=config.engine.threads,
            watch=opened.watch,
        )
    signals = sight.site.signals
    ports, names = open_ports(signals), frozenset(signal.name for signal in signals)

    def before(frame: Frame) -> None:
        opened.before(frame)
        hear(ports, names, sight.pipeline.signal)

    state = open_state(
        folder, limit_bytes=config.spool.limit_mib * MIB, pin=bytes.fromhex(base.unit.root_pin),
        guard=guard_for(base.unit.identity),
    )  # fmt: skip
    sealer = state.sealer(sight, size=packet.SIZES[-1] if config.spool.constant_rate_s else packet.DEFAULT_SIZE)
    state.tell_recovery(sealer)
    effects = UnitEffects(
        base,
        config,
        config_path,
        settings,
        figures=state.figures,
        change_identity=partial(change_identity, state, sealer),
    )
    obedience = Obedience(
        state.identity, groups=config.unit.groups, keyring=state.keyring,
        book=OrderBook(folder / "ledger", folder / "results"), settings=settings, effects=effects,
        wanted=Wanted(folder / "wanted"), now_ms=now_ms,
    )  # fmt: skip
    obedience.started(taken_back)
    letters = Letters(
        sealer=sealer, ledger=state.ledger, inbox=state.inbox, keyring=state.keyring, obedience=obedience,
        stick=partial(read_stick, beside(config_path, config.unit.stick)) if config.unit.stick else tuple,
    )  # fmt: skip
    letters.start()
    duties = _duties(config.spool, sealer, state.outbox)
    told = SightTold(
        beside(config_path, base.unit.run),
        lambda passed_s: {**opened.figures(passed_s), "engine_fallback": int(sight.engine_fallback)},
    )

    def beside_seeing(unsaid: int) -> None:
        duties.turn(unsaid)
        told.turn()

    return Eye(
        steps=replay(
            opened.stream, opened.changes, sight.pipeline, before=before, paused=lambda: obedience.paused, stop=stop
        ),
        recording=opened.stream,
        counts=sight.pipeline.counts,
        sealer=sealer,
        outbox=state.outbox,
        letters=letters,
        trial=TrialWatch(obedience),
        idle=stop.wait,
        duties=beside_seeing,
    )


def _duties(spool: SpoolTable, sealer: Sealer, outbox: Outbox) -> Duties:
    schedule = Schedule(checkpoint_s=60 * spool.checkpoint_minutes, constant_rate=spool.constant_rate_s > 0)
    return Duties(sealer, outbox, Overdue(DAY_S * spool.keep_days), schedule)


@dataclass(frozen=True, slots=True)
class State:
    """The unit's own memory."""

    identity: Identity
    keyring: Keyring
    outbox: Outbox
    ledger: Ledger
    inbox: InboxView
    key_room: KeyChangeRoom
    damaged: Sequence[Entry] = ()
    """Packets that the card has spoiled."""

    def tell_recovery(self, sealer: Sealer) -> None:
        """Say in the chain that our memory was not what we had left."""
        if self.damaged or self.ledger.spoiled:
            rows = [GivenUp(entry.epoch, entry.sequence, NO_LINK) for entry in self.damaged[:MAX_GIVEN_UP]]
            sealer.checkpoint("recovery", uptime_s=0, given_up=rows)

    def sealer(self, sight: Sight, *, size: int = packet.DEFAULT_SIZE) -> Sealer:
        origin = Origin(site=sight.site, models_sha256=sight.models.sha256, software_sha256=software_sha256())
        return Sealer(
            origin, identity=self.identity, keyring=self.keyring, ledger=self.ledger, outbox=self.outbox,
            encode_crop=encode_webp, size=size, boot=boot_id(),
        )  # fmt: skip

    def figures(self) -> dict[str, int]:
        """What a report tells. No count of offences."""
        return {
            "root_v": self.keyring.root.version,
            "keys_v": self.keyring.keyset_version,
            "epoch": self.ledger.epoch,
            "waiting": len(self.outbox.waiting()),
            "parked": self.outbox.parked(),
            "spool_bytes": self.outbox.size_bytes,
        }


def guard_for(kind: str) -> Guard:
    """By the settings' `unit.identity`."""
    guards: dict[str, Guard] = {"file": PLAIN, "credential": CredentialGuard(), "firmware": FirmwareGuard()}
    return guards[kind]


def change_identity(state: State, sealer: Sealer) -> bytes:
    """A new signing key, told in the chain by the old one. Good from the next start on."""
    new = state.key_room.prepare()
    sealer.tell_new_key(new)
    state.key_room.finish()
    return new.public


def open_state(folder: Path, *, limit_bytes: int, pin: bytes = b"", guard: Guard = PLAIN) -> State:
    """Of a provisioned unit; a new epoch begins. `pin` names the root to begin with, empty believes what lies there."""
    if not folder.is_dir():
        raise StoreError(f"{folder}: no such folder; provision the unit first")
    suite.self_test()
    outbox = Outbox(folder / "outbox", limit_bytes=limit_bytes)
    damaged = outbox.set_damaged_aside()
    key_room = KeyChangeRoom(folder / "identity", guard=guard)
    key_room.settle(told=_tells_of_key_change(outbox))
    identity = load_identity(folder / "identity", guard=guard)
    newest = outbox.newest(partial(_is_by, identity.signer.public))
    ledger = Ledger(folder / "ledger", unit=identity.unit, newest=newest, clock_s=int(time.time()))
    floor_ms = max(RELEASED_MS, ledger.receipt_ms)
    keyring = Keyring.load(folder / "keys", pin=pin or None, floor_ms=floor_ms)
    return State(identity, keyring, outbox, ledger, InboxView(folder / "inbox"), key_room, damaged)


def _is_by(public: bytes, wire: bytes) -> bool:
    """A change of keys was signed by the key before."""
    try:
        return packet.parse_header(wire).kind == packet.KIND_KEY_CHANGE or bool(packet.check_outer(wire, public))
    except WireError:
        return False


def _tells_of_key_change(outbox: Outbox) -> bool:
    """Nothing is deleted before the first look, so the packet that told of a change is still the newest."""
    newest = outbox.newest()
    data = None if newest is None else outbox.read(newest.entry)
    return data is not None and packet.parse_header(data).kind == packet.KIND_KEY_CHANGE


def throw_away_state(folder: Path) -> State:
    """For trying at a desk: a unit and a receiver made on the spot, the receiver's secret laid beside the packets."""
    suite.self_test()
    identity = create_identity(folder / "identity")
    seed = secrets.token_bytes(suite.SEED_BYTES)
    (folder / "seal.key").write_bytes(seed)
    (folder / "seal.key").chmod(0o600)
    (folder / "unit.pub").write_bytes(identity.signer.public)
    entry = SealEntry(SealKey.from_seed(seed).public, 0, None, "active")
    nobody = Role(1, ())
    root = Root(version=1, issued_ms=0, expires_ms=2**53, root=nobody, keys=nobody, fallback_seal=None)
    keyset = KeySet(version=1, issued_ms=0, expires_ms=2**53, seal=(entry,), receipt=())
    outbox = Outbox(folder / "outbox", limit_bytes=2**40)
    ledger = Ledger(folder / "ledger", unit=identity.unit, newest=outbox.newest())
    key_room = KeyChangeRoom(folder / "identity")
    return State(identity, Keyring(root, keyset), outbox, ledger, InboxView(folder / "inbox"), key_room)
