"""The eye of a provisioned unit: what lies on its card and what was ordered in its place, put together once."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from kirpik.adapters.stick import read_stick
from kirpik.config import Config, SpoolTable, beside, load_config
from kirpik.effects import UnitEffects
from kirpik.errors import ModelError, StoreError
from kirpik.obey import Obedience
from kirpik.parts.sight import Sight, open_sight
from kirpik.parts.state import State, change_identity, guard_for, open_state
from kirpik.pipeline import Counts
from kirpik.ports import hear, open_ports
from kirpik.rules.verdicts import DOUBTS
from kirpik.seal import Sealer, now_ms
from kirpik.service.duties import Duties, Schedule
from kirpik.service.eye import Eye
from kirpik.service.letters import Letters
from kirpik.service.replaying import replay
from kirpik.service.trial import TrialWatch
from kirpik.site import Site
from kirpik.site_file import load_site
from kirpik.sources import Opened, open_source
from kirpik.store.orders import OrderBook
from kirpik.store.outbox import Outbox
from kirpik.store.overdue import Overdue
from kirpik.store.settings import Settings
from kirpik.store.sight import SightTold
from kirpik.store.wanted import Wanted
from kirpik.values import Frame
from kirpik.wire import packet

MIB = 1024 * 1024
DAY_S = 24 * 3600.0

log = logging.getLogger(__name__)


def open_eye(base: Config, config_path: Path, *, stop: threading.Event) -> Eye:
    """The eye of a provisioned unit. Raises a KirpikError that says what is missing.

    `base` is what lies on the card; what was ordered in its place is in the unit's own memory.
    """
    folder = beside(config_path, base.unit.state)
    if not folder.is_dir():
        raise StoreError(f"{folder}: no such folder; provision the unit first")
    settings = Settings(folder / "settings")
    taken_back = settings.begin()
    config, site = _in_force(settings, base, config_path)
    opened = open_source(config, config_path, site, stop=stop)
    sight = _sight(settings, config, config_path, site, opened)
    frames = partial(replay, opened.stream, opened.changes, sight.pipeline, before=_before(opened, sight), stop=stop)
    state = open_state(
        folder, limit_bytes=config.spool.limit_mib * MIB, pin=bytes.fromhex(base.unit.root_pin),
        guard=guard_for(base.unit.identity),
    )  # fmt: skip
    size = packet.SIZES[-1] if config.spool.constant_rate_s else packet.DEFAULT_SIZE
    sealer = state.sealer(sight, size=size, clock=opened.watch.clock)
    state.tell_recovery(sealer)
    effects = UnitEffects(
        base, config, config_path, settings, figures=state.figures,
        change_identity=partial(change_identity, state, sealer),
    )  # fmt: skip
    obedience = _obedience(folder, config, state, settings, effects)
    obedience.started(taken_back)
    letters = Letters(
        sealer=sealer, ledger=state.ledger, inbox=state.inbox, keyring=state.keyring, obedience=obedience,
        stick=partial(read_stick, beside(config_path, config.unit.stick)) if config.unit.stick else tuple,
    )  # fmt: skip
    letters.start()
    return Eye(
        steps=frames(paused=lambda: obedience.paused),
        recording=opened.stream,
        counts=sight.pipeline.counts,
        sealer=sealer,
        outbox=state.outbox,
        letters=letters,
        trial=TrialWatch(obedience),
        idle=stop.wait,
        duties=_beside_seeing(
            _duties(config.spool, sealer, state.outbox, sight.pipeline.counts),
            _told(beside(config_path, base.unit.run), opened, sight),
        ),
    )


def _in_force(settings: Settings, base: Config, config_path: Path) -> tuple[Config, Site]:
    ordered = settings.in_force("config")
    config = base if ordered is None else load_config(ordered)
    return config, load_site(settings.in_force("site") or beside(config_path, config.unit.site))


def _sight(settings: Settings, config: Config, config_path: Path, site: Site, opened: Opened) -> Sight:
    own = beside(config_path, config.unit.models) if config.unit.models else None
    engine = config.engine
    with _back_to_own_networks(settings):
        return open_sight(
            site, models=settings.in_force("models") or own, kind=engine.kind, require=engine.require,
            threads=engine.threads, watch=opened.watch,
        )  # fmt: skip


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


def _before(opened: Opened, sight: Sight) -> Callable[[Frame], None]:
    """Before a frame is looked at, what the signals have said meanwhile is heard."""
    signals = sight.site.signals
    ports, names = open_ports(signals), frozenset(signal.name for signal in signals)

    def before(frame: Frame) -> None:
        opened.before(frame)
        hear(ports, names, sight.pipeline.signal)

    return before


def _obedience(folder: Path, config: Config, state: State, settings: Settings, effects: UnitEffects) -> Obedience:
    return Obedience(
        state.identity, groups=config.unit.groups, keyring=state.keyring,
        book=OrderBook(folder / "ledger", folder / "results"), settings=settings, effects=effects,
        wanted=Wanted(folder / "wanted"), now_ms=now_ms,
    )  # fmt: skip


def _duties(spool: SpoolTable, sealer: Sealer, outbox: Outbox, counts: Counts) -> Duties:
    schedule = Schedule(checkpoint_s=60 * spool.checkpoint_minutes, constant_rate=spool.constant_rate_s > 0)
    overdue = Overdue(DAY_S * spool.keep_days)
    return Duties(sealer, outbox, overdue, schedule, withheld=lambda: tuple(counts.withheld[each] for each in DOUBTS))


def _told(run: Path, opened: Opened, sight: Sight) -> SightTold:
    fallback = {"engine_fallback": int(sight.engine_fallback)}
    return SightTold(run, lambda passed_s: {**opened.figures(passed_s), **fallback})


def _beside_seeing(duties: Duties, told: SightTold) -> Callable[[int], None]:
    def beside_seeing(unsaid: int) -> None:
        duties.turn(unsaid)
        told.turn()

    return beside_seeing
