"""An Ed25519 key inside a PKCS#11 token: it signs there and never comes out. The only file that knows python-pkcs11."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kirpik.errors import TrustError
from kirpik.wire.signature import PUBLIC_BYTES

ED25519_PARAMETERS = bytes.fromhex("06032b6570")
"""The curve's object identifier, 1.3.101.112, in DER."""
OCTET_STRING = bytes([0x04, PUBLIC_BYTES])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key is: the module's path, the token's and the key's label."""

    module: str
    token: str
    label: str

    def note(self) -> str:
        return json.dumps([self.module, self.token, self.label])

    @classmethod
    def from_note(cls, note: str) -> "Place":
        try:
            module, token, label = json.loads(note)
        except ValueError as error:
            raise TrustError("the key's note does not say which token it is in") from error
        return cls(str(module), str(token), str(label))


class TokenKey:
    """Signs with the token's own key; asks for its PIN once, when it is opened."""

    def __init__(self, place: Place, session: Any, key: Any, public: bytes) -> None:  # noqa: ANN401  untyped library
        self.place = place
        self.public = public
        self._session = session
        self._key = key

    def sign(self, domain: bytes, message: bytes) -> bytes:
        from pkcs11 import Mechanism  # noqa: PLC0415  only where there is a token

        signed: bytes = self._key.sign(domain + message, mechanism=Mechanism.EDDSA)
        return signed


@contextmanager
def opened(place: Place, pin: str) -> Iterator[TokenKey]:
    """Raises TrustError when there is no such token or key, or the PIN is wrong."""
    with _session(place, pin, writing=False) as session:
        yield _find(place, session)


def generate(place: Place, pin: str) -> bytes:
    """Make a new key inside the token and return its public half. One with this label must not be there yet."""
    from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass  # noqa: PLC0415

    with _session(place, pin, writing=True) as session:
        if list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: place.label})):
            raise TrustError(f"token {place.token}: a key named {place.label} is there already")
        parameters = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: ED25519_PARAMETERS}, local=True
        )
        public, _ = parameters.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, label=place.label, store=True
        )
        return _raw(public[Attribute.EC_POINT])


@contextmanager
def _session(place: Place, pin: str, *, writing: bool) -> Iterator[Any]:
    try:
        import pkcs11  # noqa: PLC0415  an extra of the bench
    except ImportError as error:
        raise TrustError("python-pkcs11 is not installed; pip install 'kirpik[token]'") from error
    if not Path(place.module).is_file():
        raise TrustError(f"{place.module}: not a PKCS#11 module: no such file")
    try:
        token = pkcs11.lib(place.module).get_token(token_label=place.token)
        with token.open(rw=writing, user_pin=pin) as session:
            yield session
    except pkcs11.exceptions.PinIncorrect as error:
        raise TrustError(f"token {place.token}: the PIN is wrong; nothing was changed") from error
    except pkcs11.exceptions.PKCS11Error as error:
        raise TrustError(f"token {place.token}: {type(error).__name__}; nothing was changed") from error
    except RuntimeError as error:
        raise TrustError(f"{place.module}: not a PKCS#11 module: {error}") from error


def _find(place: Place, session: Any) -> TokenKey:  # noqa: ANN401
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415

    found = {}
    for kind in (ObjectClass.PUBLIC_KEY, ObjectClass.PRIVATE_KEY):
        objects = list(session.get_objects({Attribute.CLASS: kind, Attribute.LABEL: place.label}))
        if len(objects) != 1:
            raise TrustError(f"token {place.token}: expected one key named {place.label}, found {len(objects)}")
        found[kind] = objects[0]
    public = _raw(found[ObjectClass.PUBLIC_KEY][Attribute.EC_POINT])
    return TokenKey(place, session, found[ObjectClass.PRIVATE_KEY], public)


def _raw(point: bytes) -> bytes:
    """Tokens differ in whether the point is wrapped into an octet string."""
    return point[len(OCTET_STRING) :] if point.startswith(OCTET_STRING) and len(point) > PUBLIC_BYTES else point
