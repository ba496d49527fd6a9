"""The unit's eye: frames in, sealed packets into the outbox, receipts out of the inbox. It has keys and no network.

One thread owns the pipeline, the chain and the outbox; one turn is one frame.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from kirpik.errors import SpoolFullError, TrustError
from kirpik.pipeline import Counts
from kirpik.seal import Sealer
from kirpik.service.complaint import Complaint
from kirpik.service.letters import Letters
from kirpik.service.replaying import Step
from kirpik.service.trial import TrialWatch
from kirpik.store.outbox import Outbox
from kirpik.values import Violation
from kirpik.verbs import After

SETTLE_EVERY_FRAMES = 12
"""Twice a second at usual rates: looking into a folder costs more than it should hold up a frame."""
IDLE_S = 0.1

log = logging.getLogger(__name__)


class Counted(Protocol):
    """What a source can say of its frames."""

    @property
    def bad(self) -> int: ...
    @property
    def total(self) -> int | None: ...


@dataclass(slots=True)
class Sent:
    """What has become of the violations of this run."""

    packets: int = 0
    spool_full: int = 0
    keyless: int = 0
    """Not made, because the key documents let nobody be accused."""
    paused: int = 0


@dataclass(slots=True)
class Eye:
    """`turn` is to be called again and again by one thread."""

    steps: Iterator[Step]
    """Frames and the violations that each brought; ends with a recording, never with a camera."""
    recording: Counted
    counts: Counts
    sealer: Sealer
    outbox: Outbox
    letters: Letters
    trial: TrialWatch
    idle: Callable[[float], object]
    """Waits when there is nothing to see any more."""
    duties: Callable[[int], object] = lambda _unsaid: None
    """What is to be done beside seeing; takes how many accusations a full spool has kept back."""
    sent: Sent = field(default_factory=Sent)
    over: bool = False
    """The recording is through."""
    _turns: int = 0
    _full: Complaint = field(default_factory=lambda: Complaint("outbox", log.error))
    _keys: Complaint = field(default_factory=lambda: Complaint("keys", log.error))

    def turn(self) -> None:
        if self.after is not After.GO_ON:  # nothing more is seen, sealed or read: what was wiped stays wiped
            self.idle(IDLE_S)
            return
        step = next(self.steps, None)
        if step is None:
            self.over = True
            self.idle(IDLE_S)
        else:
            for violation in step:
                self._send(violation)
        self.duties(self.sent.spool_full)
        self._turns += 1
        if step is None or self._turns % SETTLE_EVERY_FRAMES == 0:
            self.letters.read()
            self.trial.look(frames=self._turns)

    @property
    def after(self) -> After:
        """Other than GO_ON: this process is to end."""
        return max(self.letters.after, self.trial.after)

    def has_looked(self) -> bool:
        """At a first frame: until then it is not known whether there is anything to see with."""
        return self._turns > 0

    def through(self) -> bool:
        """Whether a recording has ended and all its packets have receipts."""
        return self.over and not self.outbox.waiting()

    def progress(self) -> dict[str, int]:
        """Counts alone, for whoever watches a replay."""
        counts = self.counts
        return {
            "frames": counts.frames + self.recording.bad,
            "frames_bad": self.recording.bad,
            "frames_total": self.recording.total or 0,
            "tracks": counts.tracks,
            "suspects": counts.suspects,
            "reader_calls": counts.reader_calls,
            "violations": counts.violations,
            "withheld": sum(counts.withheld.values()),
            "packets": self.sent.packets,
            "receipts": self.letters.deleted,
            "waiting": len(self.outbox.waiting()),
            "over": int(self.over),
        }

    def _send(self, violation: Violation) -> None:
        """A full spool makes no accusation, nor does a unit that is paused or has no key that somebody could open."""
        if self.letters.obedience.paused:
            self.sent.paused += 1
            return
        try:
            self.sealer.seal(violation)
        except SpoolFullError as error:
            self.sent.spool_full += 1
            self._full.raised(str(error))
            return
        except TrustError as error:
            self.sent.keyless += 1
            self._keys.raised(str(error))
            return
        self.sent.packets += 1
        self._full.over()
        self._keys.over()
