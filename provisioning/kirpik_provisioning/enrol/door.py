"""The door that is kept: whoever is expected, has a token or belongs already is let in without a person looking."""

import time
from dataclasses import dataclass, field

import click

from kirpik.errors import BrokerError, StoreError
from kirpik.mqtt.messages import Arrival
from kirpik.wire import topics
from kirpik.wire.enrol import Request
from kirpik.wire.words import to_words
from kirpik_provisioning import line
from kirpik_provisioning.enrol.bench import Bench
from kirpik_provisioning.enrol.lobby import Asking, Standing
from kirpik_provisioning.keys.desk import Desk
from kirpik_provisioning.keys.moments import now_ms
from kirpik_provisioning.pki import Certified

AT_ONCE = (Standing.TOKEN, Standing.EXPECTED, Standing.MEMBER)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
TURN_S = 1.0


@dataclass(slots=True)
class Door:
    bench: Bench
    certifier: Certified
    _told: set[bytes] = field(default_factory=set)
    """TLS keys of those who may not come in and have been named once."""
    _pause_s: float = FIRST_PAUSE_S

    def keep(self, *, until_s: float) -> None:
        """Until then by the monotonic clock. A lost line, a full disk, a desk at work are said, and tried again."""
        while time.monotonic() < until_s:
            try:
                self._stand(until_s)
            except (BrokerError, StoreError) as error:
                click.echo(f"{error}; the door is tried again in {self._pause_s:g} s", err=True)
                time.sleep(min(self._pause_s, max(0.0, until_s - time.monotonic())))
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _stand(self, until_s: float) -> None:
        with line.opened_lobby(self.bench.desk, [topics.LOBBY_ASKS]) as broker:
            self._pause_s = FIRST_PAUSE_S
            click.echo("the door is open")

            def hear(arrival: Arrival) -> None:
                request = self.bench.lobby.hear(arrival.payload)
                if request is not None:
                    self._meet(request, broker)

            while (left_s := until_s - time.monotonic()) > 0:
                broker.listen(hear, wait_s=min(TURN_S, left_s), enough=lambda: False)

    def _meet(self, request: Request, broker: line.Line) -> None:
        asking = self.bench.lobby.judge(request, now_ms=now_ms())
        if asking.standing in AT_ONCE:
            answer = self._let_in(asking)
            broker.publish([(topics.lobby_answer(request.unit), answer)], retain=False)
            click.echo(f"{to_words(request.unit)}: accepted, it {asking.standing.value}")
        elif request.tls_public not in self._told:
            self._told.add(request.tls_public)
            self._name(asking)

    def _let_in(self, asking: Asking) -> bytes:
        desk = Desk(self.bench.desk)
        with desk.at_work():
            answer = self.bench.lobby.accept(asking, self.certifier, label="", groups=(), by="serve")
            desk.note("accepted", unit=asking.request.unit.hex(), because=asking.standing.value)
        return answer

    def _name(self, asking: Asking) -> None:
        double = asking.standing is Standing.DOUBLE
        if double:
            Desk(self.bench.desk).note("alarm", unit=asking.request.unit.hex(), why=asking.standing.value)
        click.echo(f"{to_words(asking.request.unit)}: {asking.standing.value}", err=double)
