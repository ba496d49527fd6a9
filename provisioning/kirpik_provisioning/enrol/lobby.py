"""What is known of those who ask: strangers, members, and members whose name another box has taken.

lobby/<unit>.ask         the newest request that held
lobby/<unit>.rejected    an operator said no
lobby/<unit>.expected    an operator said yes before it asked (preauthorised); holds its label and groups
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization

from kirpik.errors import TrustError, WireError
from kirpik.wire.enrol import Request, encode_answer, open_request
from kirpik_provisioning.enrol.tokens import Token, TokenSheet
from kirpik_provisioning.keys.desk import write_whole
from kirpik_provisioning.pki import Certified, certify_client
from kirpik_provisioning.registry import Card, Registry

FOLDER, ASK, REJECTED, EXPECTED = "lobby", ".ask", ".rejected", ".expected"
MAX_STRANGERS = 1000
"""Anybody can ask; what is more than that is not written down."""


class Standing(Enum):
    STRANGER = "asks"
    TOKEN = "has a site's token"  # noqa: S105  it says what the unit has
    EXPECTED = "is expected"
    MEMBER = "belongs, asks again"
    REJECTED = "rejected"
    DOUBLE = "ALARM: another box has this unit's identity"


@dataclass(frozen=True, slots=True)
class Asking:
    request: Request
    standing: Standing
    token: Token | None = None


class Lobby:
    def __init__(self, desk: Path) -> None:
        self._folder = desk / FOLDER
        self._registry = Registry(desk)
        self._tokens = TokenSheet(desk)

    def hear(self, data: bytes) -> Request | None:
        """Write down a request that holds; None for anything else."""
        try:
            request = open_request(data)
        except WireError:
            return None
        path = self._folder / f"{request.unit.hex()}{ASK}"
        if path.exists() or len(list(self._folder.glob(f"*{ASK}"))) < MAX_STRANGERS:
            write_whole(path, data)
        return request

    def all(self, *, now_ms: int) -> list[Asking]:
        requests = []
        for path in sorted(self._folder.glob(f"*{ASK}")):
            try:
                requests.append(open_request(path.read_bytes()))
            except WireError:
                continue
        return [self.judge(request, now_ms=now_ms) for request in requests]

    def judge(self, request: Request, *, now_ms: int) -> Asking:
        """The alarm comes before everything else: whoever copied a card may have its token too."""
        member = self._registry.get(request.unit)
        if member is not None and member.card.tls not in ("", request.tls_public.hex()):
            return Asking(request, Standing.DOUBLE)
        if member is not None and member.card.tls:
            return Asking(request, Standing.MEMBER)
        if (self._folder / f"{request.unit.hex()}{REJECTED}").exists():
            return Asking(request, Standing.REJECTED)
        if (self._folder / f"{request.unit.hex()}{EXPECTED}").exists():
            return Asking(request, Standing.EXPECTED)
        token = self._tokens.find(request, now_ms=now_ms)
        return Asking(request, Standing.STRANGER if token is None else Standing.TOKEN, token)

    def accept(self, asking: Asking, authority: Certified, *, label: str, groups: Sequence[str], by: str) -> bytes:
        """The answer to send. The unit is in the registry before its certificate exists anywhere. Twice is harmless."""
        request = asking.request
        if asking.standing is Standing.DOUBLE:
            raise TrustError(
                f"{request.unit.hex()}: another box has this identity; find out which is the right one, revoke the unit"
            )
        certificate = certify_client(authority, request.unit.hex(), request.tls_public, now=datetime.now(UTC))
        serial = f"{certificate.serial_number:x}"
        if asking.standing is Standing.MEMBER:
            self._add_serial(request.unit, serial)
        else:
            self._register(asking, serial, label=label, groups=groups, by=by)
        for suffix in (ASK, REJECTED, EXPECTED):
            (self._folder / f"{request.unit.hex()}{suffix}").unlink(missing_ok=True)
        return encode_answer(certificate.public_bytes(serialization.Encoding.DER))

    def reject(self, unit: bytes) -> None:
        write_whole(self._folder / f"{unit.hex()}{REJECTED}", b"")
        (self._folder / f"{unit.hex()}{ASK}").unlink(missing_ok=True)

    def expect(self, unit: bytes, card: Card) -> None:
        write_whole(self._folder / f"{unit.hex()}{EXPECTED}", msgspec.json.encode(card))

    def expected(self, unit: bytes) -> Card:
        try:
            return msgspec.json.decode((self._folder / f"{unit.hex()}{EXPECTED}").read_bytes(), type=Card)
        except (OSError, msgspec.MsgspecError):
            return Card()

    def _add_serial(self, unit: bytes, serial: str) -> None:
        """A member that asks again gets another certificate for its key; all of them are known."""
        known = self._registry.get(unit)
        if known is not None:
            serials = " ".join([*known.card.serial.split(), serial])
            self._registry.put(known.first_public, msgspec.structs.replace(known.card, serial=serials))

    def _register(self, asking: Asking, serial: str, *, label: str, groups: Sequence[str], by: str) -> None:
        request, expected = asking.request, self.expected(asking.request.unit)
        if asking.token is not None:
            self._tokens.use(asking.token, request.unit)
            expected = Card(label=asking.token.label, groups=asking.token.groups)
        card = Card(
            label=label or expected.label or request.label,
            groups=tuple(groups) or expected.groups,
            accepted=f"{datetime.now(UTC).isoformat(timespec='seconds')} by {by}",
            tls=request.tls_public.hex(),
            serial=serial,
        )
        self._registry.put(request.public, card)
