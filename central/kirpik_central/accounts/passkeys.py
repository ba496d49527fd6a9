"""Passkeys (WebAuthn Level 3), checked by Yubico's library. What a passkey signs is good once.

To come in and to be registered the person has to be verified by it (PIN or finger); to sign decisions in an open
session a touch is enough.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import Connection, insert, select, update

from kirpik_central.accounts.people import now_ms
from kirpik_central.accounts.tables import PASSKEY
from kirpik_central.accounts.tokens import digest, keep_challenge, take_challenge

ENTER, REGISTER = "enter", "register"
MAX_JSON = 32768
CHALLENGE_BYTES = 32
VERIFIED, TOUCHED = UserVerificationRequirement.REQUIRED, UserVerificationRequirement.DISCOURAGED


class PasskeyError(Exception):
    """The answer does not prove what was asked for. Its text is for the audit log."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a passkey signed: anybody can check it with the public key in `credential`."""

    account: str
    credential: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    payload: bytes
    """What had been kept with the challenge."""


class Passkeys:
    def __init__(self, origin: str, host: str) -> None:
        """`host` is the relying party's id: a passkey is good for it alone."""
        self._server = Fido2Server(PublicKeyCredentialRpEntity(name="Kirpik", id=host), verify_origin=origin.__eq__)

    def ask_to_register(self, connection: Connection, name: str) -> str:
        """Options for `navigator.credentials.create`, as JSON."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        user = PublicKeyCredentialUserEntity(id=digest(name), name=name, display_name=name)
        options, _ = self._server.register_begin(
            user,
            [credential for credential, _ in _of(connection, name)],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=VERIFIED,
            challenge=challenge,
        )
        keep_challenge(connection, challenge, REGISTER, account=name)
        return json.dumps(dict(options)["publicKey"])

    def register(self, connection: Connection, name: str, answer: str, label: str) -> None:
        """Raises PasskeyError."""
        try:
            response = RegistrationResponse.from_dict(_parse(answer))
            challenge = response.response.client_data.challenge
            if take_challenge(connection, challenge, REGISTER, name) is None:
                raise PasskeyError("challenge unknown, used or too old")
            told = self._server.register_complete(_state(challenge, VERIFIED), response)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PasskeyError(str(error)[:100]) from error
        credential = told.credential_data
        if credential is None:
            raise PasskeyError("no credential in the answer")
        if _find(connection, credential.credential_id) is not None:
            raise PasskeyError("registered already")
        values = {"handle": credential.credential_id, "account": name, "credential": bytes(credential)}
        connection.execute(insert(PASSKEY), {**values, "counter": told.counter, "label": label, "made_ms": now_ms()})

    def ask_to_enter(self, connection: Connection) -> str:
        """Options for `navigator.credentials.get`, as JSON; the passkey itself says whose it is."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        options, _ = self._server.authenticate_begin(user_verification=VERIFIED, challenge=challenge)
        keep_challenge(connection, challenge, ENTER)
        return json.dumps(dict(options)["publicKey"])

    def ask_to_sign(self, connection: Connection, name: str, challenge: bytes, purpose: str, payload: bytes) -> str:
        """The challenge is the hash of what is signed."""
        mine = [credential for credential, _ in _of(connection, name)]
        options, _ = self._server.authenticate_begin(mine, user_verification=TOUCHED, challenge=challenge)
        keep_challenge(connection, challenge, purpose, account=name, payload=payload)
        return json.dumps(dict(options)["publicKey"])

    def enter(self, connection: Connection, answer: str) -> Assertion:
        """Raises PasskeyError."""
        return self._check(connection, answer, ENTER, None)

    def sign(self, connection: Connection, answer: str, purpose: str, name: str) -> Assertion:
        """Raises PasskeyError, also for the passkey of somebody else."""
        return self._check(connection, answer, purpose, name)

    def _check(self, connection: Connection, answer: str, purpose: str, name: str | None) -> Assertion:
        try:
            response = AuthenticationResponse.from_dict(_parse(answer))
            challenge = response.response.client_data.challenge
            payload = take_challenge(connection, challenge, purpose, name)
            row = _find(connection, response.raw_id)
            if payload is None or row is None or (name is not None and row.account != name):
                raise PasskeyError("challenge or passkey unknown")
            credential = AttestedCredentialData(bytes(row.credential))
            state = _state(challenge, VERIFIED if purpose == ENTER else TOUCHED)
            self._server.authenticate_complete(state, [credential], response)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PasskeyError(str(error)[:100]) from error
        told = response.response
        _count(connection, row, told.authenticator_data.counter)
        data = bytes(told.client_data), bytes(told.authenticator_data), told.signature
        return Assertion(row.account, bytes(row.credential), *data, payload)


def has_passkey(connection: Connection, name: str) -> bool:
    return connection.execute(select(PASSKEY.c.handle).where(PASSKEY.c.account == name).limit(1)).first() is not None


def labels(connection: Connection, name: str) -> list[tuple[str, int]]:
    """Label and time of each passkey of a person."""
    query = select(PASSKEY.c.label, PASSKEY.c.made_ms).where(PASSKEY.c.account == name).order_by(PASSKEY.c.made_ms)
    return [(row.label, row.made_ms) for row in connection.execute(query)]


def is_signed(assertion: Assertion, challenge: bytes) -> bool:
    """Whether the passkey has signed this very challenge; for whoever checks years later."""
    try:
        told = json.loads(assertion.client_data)
        key = AttestedCredentialData(assertion.credential).public_key
        key.verify(assertion.authenticator_data + digest(assertion.client_data), assertion.signature)
    except Exception:  # noqa: BLE001  each kind of key has its own errors; whatever it is, it proves nothing
        return False
    return isinstance(told, dict) and told.get("challenge") == websafe_encode(challenge)


def _count(connection: Connection, row: Any, counter: int) -> None:  # noqa: ANN401  a row of PASSKEY
    """A counter that does not rise betrays a copied key (WebAuthn 6.1.1); 0 is of keys that do not count."""
    if (counter or row.counter) and counter <= row.counter:
        raise PasskeyError(f"counter {counter}, expected more than {row.counter}: a copied passkey?")
    connection.execute(update(PASSKEY).where(PASSKEY.c.handle == row.handle).values(counter=counter))


def _find(connection: Connection, handle: bytes) -> Any:  # noqa: ANN401  a row of PASSKEY, or None
    return connection.execute(select(PASSKEY).where(PASSKEY.c.handle == handle)).one_or_none()


def _of(connection: Connection, name: str) -> list[tuple[AttestedCredentialData, int]]:
    rows = connection.execute(select(PASSKEY).where(PASSKEY.c.account == name))
    return [(AttestedCredentialData(bytes(row.credential)), row.counter) for row in rows]


def _state(challenge: bytes, verification: UserVerificationRequirement) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": verification}


def _parse(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_JSON:
        raise PasskeyError("answer too long")
    told = json.loads(answer)
    if not isinstance(told, dict):
        raise PasskeyError("expected an object")
    return told
