"""An authenticator in a few lines (WebAuthn 6), for tests: it verifies its user by being asked."""

import hashlib
import json
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN = "https://desk.example"
FLAG = AuthenticatorData.FLAG


class SoftPasskey:
    def __init__(self, origin: str = ORIGIN, host: str = "desk.example") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.handle = secrets.token_bytes(16)
        self.counter = 0
        self._origin, self._host = origin, host

    def create(self, options: str) -> str:
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]  # the library's
        credential = AttestedCredentialData.create(b"\0" * 16, self.handle, public)
        data = AuthenticatorData.create(self._host_hash, FLAG(0x45), self.counter, credential)
        attestation = AttestationObject.create("none", data, {})
        client = self._client("webauthn.create", options)
        response = {"clientDataJSON": _text(client), "attestationObject": _text(bytes(attestation))}
        return self._answer(response)

    def get(self, options: str, *, flags: int = 0x05) -> str:
        self.counter += 1
        data = AuthenticatorData.create(self._host_hash, FLAG(flags), self.counter)
        client = self._client("webauthn.get", options)
        signed = self.key.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(bytes(data)),
            "signature": _text(signed),
        }
        return self._answer(response)

    @property
    def _host_hash(self) -> bytes:
        return hashlib.sha256(self._host.encode()).digest()

    def _client(self, kind: str, options: str) -> bytes:
        challenge = websafe_encode(websafe_decode(json.loads(options)["challenge"]))
        return json.dumps({"type": kind, "challenge": challenge, "origin": self._origin, "crossOrigin": False}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        handle = _text(self.handle)
        told = {"id": handle, "rawId": handle, "type": "public-key", "response": response, "clientExtensionResults": {}}
        return json.dumps(told)


def _text(data: bytes) -> str:
    return websafe_encode(data)
