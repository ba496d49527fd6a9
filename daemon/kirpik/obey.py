"""Order → effect: each verb's meaning, exactly once, and a signed answer to everything that was for us.

What changes the unit's settings, site or networks is looked at first, then tried: the answer `on-trial` becomes `done`
when the eye has been well with it for a while, and `rolled-back` when it was not. An order whose time or whose files
have not come is held. One that comes again is answered again. Each step is on the disk before the next, so a crash
anywhere leaves the state before or the state after.
"""

import logging
from collections.abc import Callable, Collection, Mapping

from kirpik.errors import KirpikError, WireError
from kirpik.held import Held
from kirpik.store.identity import Identity
from kirpik.store.keyring import Keyring
from kirpik.store.orders import OrderBook
from kirpik.store.settings import Settings, Trial
from kirpik.store.wanted import Wanted
from kirpik.trust.orders import check_order, is_for
from kirpik.verbs import REPLACES, After, Effects
from kirpik.wire.order import Order, Signed, key_id, open_order
from kirpik.wire.result import Result, read_result, sign_result

MAX_REASON = 400

log = logging.getLogger(__name__)


class Obedience:
    def __init__(
        self, identity: Identity, *, groups: Collection[str], keyring: Keyring, book: OrderBook, settings: Settings,
        effects: Effects, wanted: Wanted, now_ms: Callable[[], int],
    ) -> None:  # fmt: skip
        self._identity = identity
        self._groups = groups
        self._keyring = keyring
        self._book = book
        self._settings = settings
        self._effects = effects
        self._now_ms = now_ms
        self._held = Held(book, wanted, self._lacks)

    @property
    def paused(self) -> bool:
        """Ordered to see nothing until ordered to resume; outlives restarts."""
        return self._book.paused

    def started(self, taken_back: Trial | None) -> None:
        """At the start of the eye: say what `Settings.begin` has taken back, and go on waiting for what is held."""
        if self._book.spoiled:
            log.error("orders=forgotten why='the card has spoiled them'; paused until an order resumes")
            self._book.begin_anew(self._keyring.now_ms(0))
        if taken_back is not None:
            self._book.answered(taken_back.order, self._answer(taken_back.order, "rolled-back", "trial-starts"))
        self._held.begin(self._clock_ms())

    def on_trial(self) -> bool:
        return self._settings.trial() is not None

    def well(self) -> None:
        """The eye has been well for long enough: what is on trial stays."""
        trial = self._settings.confirm()
        if trial is not None:
            self._book.answered(trial.order, self._answer(trial.order, "done"))

    def unwell(self) -> After:
        """The eye was not well in the time that a trial has."""
        trial = self._settings.roll_back()
        if trial is None:
            return After.GO_ON
        self._book.answered(trial.order, self._answer(trial.order, "rolled-back", "trial-time"))
        return After.RESTART

    def take(self, data: bytes) -> After:
        """Raises WireError for what is no order of anybody's, or is for others."""
        signed = open_order(data)
        if not is_for(signed.order, self._identity.unit, self._groups):
            groups = ", ".join(self._groups) or "none"
            raise WireError(
                "order-target", f"for another unit or group; this unit's groups (unit.groups) are: {groups}"
            )
        if self._book.answer_to(signed.digest) is not None:
            self._book.show_again(signed.digest)
            return After.GO_ON
        if self._held.has(signed.digest):
            return After.GO_ON
        keys = self._check(signed)
        if self._held.waits(signed, self._clock_ms()):
            self._hold(data, signed, keys)
            return After.GO_ON
        return self._obey(signed, keys)

    def due(self) -> After:
        """Orders that were held and need wait no longer, checked anew: their keys may be gone meanwhile."""
        for data, signed in self._held.all():
            if self._held.waits(signed, self._clock_ms()) or self._busy(signed.order):
                continue
            after = After.GO_ON if self._settled(signed.digest) else self._take_held(signed)
            self._held.release(data, signed.digest)
            if after != After.GO_ON:
                return after
        return After.GO_ON

    def _take_held(self, signed: Signed) -> After:
        """Its counter was taken when it was: what came after it does not make it old."""
        try:
            return self._obey(signed, self._check(signed, counted=True))
        except WireError as error:
            self._book.answered(signed.digest, self._answer(signed.digest, "refused", str(error)))
            return After.GO_ON

    def _check(self, signed: Signed, *, counted: bool = False) -> tuple[bytes, ...]:
        entries = self._keyring.standing(self._now_ms()).orders
        keys = () if counted else [key_id(entry.public) for entry in entries]
        counters = {key: self._book.last(key) for key in keys}
        return check_order(signed, entries, counters=counters, now_ms=self._clock_ms())

    def _hold(self, data: bytes, signed: Signed, keys: tuple[bytes, ...]) -> None:
        why = self._held.hold(data, signed, self._clock_ms())
        if why is None:
            raise WireError("order-early", "no room to hold one more order until its time")
        answer, counter = self._answer(signed.digest, "held", why), signed.order.counter
        self._book.taken(keys, counter, order=signed.digest, answer=answer, paused=self._book.paused)

    def _settled(self, order: bytes) -> bool:
        """Obeyed before a crash that came between the answer and the end of the holding."""
        answer = self._book.answer_to(order)
        return answer is not None and read_result(answer).outcome != "held"

    def _busy(self, order: Order) -> bool:
        return order.verb in REPLACES and self._settings.trial() is not None

    def _lacks(self, order: Order) -> Collection[bytes]:
        kind = REPLACES.get(order.verb)
        return () if kind is None else self._effects.lacks(kind, order.argument)

    def _clock_ms(self) -> int:
        """Never earlier than what is proven."""
        return self._keyring.now_ms(self._now_ms())

    def refuse(self, data: bytes, error: WireError) -> None:
        """Answer an order that a key of ours has signed, but that may not be obeyed. Anybody else is not answered."""
        try:
            signed = open_order(data)
        except WireError:
            return
        known = any(signed.signed_by(entry.public) for entry in self._keyring.standing(self._now_ms()).orders)
        if known:
            self._book.answered(signed.digest, self._answer(signed.digest, "refused", str(error)))

    def _obey(self, signed: Signed, keys: tuple[bytes, ...]) -> After:
        order = signed.order
        outcome, reason, after = "done", "", After.GO_ON
        figures: Mapping[str, int] = {}
        try:
            if order.verb in REPLACES:
                outcome, after = "on-trial", After.RESTART
                self._stage(order, signed.digest)
            elif order.verb == "report":
                figures = self._effects.figures()
            elif order.verb == "rotate-identity":
                reason, after = f"public {self._effects.change_identity().hex()}", After.RESTART
            elif order.verb == "restart":
                after = After.RESTART
            elif order.verb == "wipe":
                after = After.GONE
        except KirpikError as error:
            outcome, reason, after = "failed", str(error), After.GO_ON
        paused = {"pause": True, "resume": False}.get(order.verb, self._book.paused)
        answer = self._answer(signed.digest, outcome, reason, figures)
        self._book.taken(keys, order.counter, order=signed.digest, answer=answer, paused=paused)
        if after is After.GONE:
            self._effects.wipe()
        return after

    def _stage(self, order: Order, digest: bytes) -> None:
        """Twice is harmless: a crash may come between the trial and the note that it was ordered."""
        kind, trial = REPLACES[order.verb], self._settings.trial()
        if trial is not None and trial.order == digest:
            return
        if trial is not None:
            raise WireError("order-busy", f"{trial.kind} is on trial, wait for its result")
        if order.expected not in (None, self._effects.in_force(kind)):
            raise WireError("order-expected", f"this unit's {kind} is another than the order was written for")
        self._effects.check(kind, order.argument)
        self._settings.stage(kind, order.argument, digest)

    def _answer(self, order: bytes, outcome: str, reason: str = "", figures: Mapping[str, int] | None = None) -> bytes:
        """Signed by the key in force now: the answer to a change of keys is the old one's last word."""
        clean = "".join(letter if letter.isprintable() else " " for letter in reason)[:MAX_REASON]
        result = Result(
            unit=self._identity.unit, order=order, outcome=outcome, reason=clean,
            utc_ms=self._clock_ms(), figures=tuple((figures or {}).items()),
        )  # fmt: skip
        return sign_result(result, self._identity.signer)
