"""A software authenticator, which responds to challenges like a browser with a security key."""

from __future__ import annotations

import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

ORIGIN = "https://testserver"
FLAG = AuthenticatorData.FLAG
LOGIN, ADD = "/auth/passkeys/login", "/auth/passkeys/add"


class Passkey:
    """One key pair. `verifies`: its owner gives a PIN or a fingerprint; `reports`: whether it is discoverable."""

    def __init__(self, *, verifies: bool = True, reports: bool | None = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.verifies = verifies
        self.reports = reports
        self.user_handle = ""

    def create(self, options: dict[str, Any]) -> str:
        """Return the response to a registration challenge."""
        public_key = options["publicKey"]
        self.user_handle = public_key["user"]["id"]
        data = AttestedCredentialData.create(bytes(16), self.id, ES256.from_cryptography_key(self.key.public_key()))
        authenticator_data = self._data(public_key["rp"]["id"], FLAG.AT, data)
        response = {
            "clientDataJSON": websafe_encode(_client_data("webauthn.create", public_key)),
            "attestationObject": websafe_encode(AttestationObject.create("none", authenticator_data, {})),
        }
        properties = {} if self.reports is None else {"credProps": {"rk": self.reports}}
        return self._credential(response, properties)

    def get(self, options: dict[str, Any], *, user_handle: str | None = None) -> str:
        """Return the response to a challenge of sign-in or re-authentication."""
        public_key = options["publicKey"]
        authenticator_data = self._data(public_key["rpId"])
        client_data = _client_data("webauthn.get", public_key)
        signature = self.key.sign(authenticator_data + sha256(client_data), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(authenticator_data),
            "signature": websafe_encode(signature),
            "userHandle": user_handle or self.user_handle,
        }
        return self._credential(response, {})

    def _data(self, rp_id: str, flags: int = 0, credential: bytes = b"") -> AuthenticatorData:
        flags |= FLAG.UP | (FLAG.UV if self.verifies else 0)
        return AuthenticatorData.create(sha256(rp_id.encode()), FLAG(flags), 0, credential)

    def _credential(self, response: dict[str, str], results: dict[str, Any]) -> str:
        name = websafe_encode(self.id)
        answer = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return json.dumps(answer | {"clientExtensionResults": results})


def _client_data(kind: str, public_key: dict[str, Any]) -> CollectedClientData:
    return CollectedClientData.create(kind, public_key["challenge"], ORIGIN)


def add_passkey(client: Client, passkey: Passkey, *, passwordless: bool = True) -> HttpResponse:
    """Register a key in Settings, in a recently authenticated session."""
    options = as_sent(client.get(ADD).context["js_data"]["creation_options"])
    form = {"name": "Key", "credential": passkey.create(options)} | ({"passwordless": "on"} if passwordless else {})
    response = client.post(ADD, form)
    assert response.status_code == 302, response.context["form"].errors
    return response


def login_options(client: Client) -> dict[str, Any]:
    """Return the challenge for sign-in with a passkey."""
    return client.get(LOGIN, headers={"X-Requested-With": "XMLHttpRequest"}).json()["request_options"]


def sign_in_with(client: Client, passkey: Passkey, **data: str) -> HttpResponse:
    """Sign in with a passkey only."""
    return client.post(LOGIN, {"credential": passkey.get(login_options(client)), **data})


def as_sent(options: object) -> dict[str, Any]:
    """Return a challenge of a page as its script reads it."""
    return json.loads(json.dumps(options, default=dict))
