"""People with second factors: an authenticator app in a test's hand, and a security key made of software."""

import base64
import json
import os
import re
import struct
from hashlib import sha256
from typing import Any

import cbor2
import httpx
import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.auth.people import ISSUER, People, csrf

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
"""Flags of authenticator data (WebAuthn section 6.1)."""


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """Makes and shows one ES256 credential as a browser would tell of it; `count` is its signature counter."""

    def __init__(self, *, verifies: bool = True, count: int = 0) -> None:
        self.verifies, self.count = verifies, count
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.handle = b""

    def make(self, options: dict[str, Any], origin: str = ISSUER) -> str:
        """What navigator.credentials.create gives."""
        self.handle = decoded(options["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(key)
        told = self._data(options["rp"]["id"], ATTESTED) + attested
        response = {
            "clientDataJSON": _client(options, "webauthn.create", origin),
            "attestationObject": encoded(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})),
            "transports": ["internal"],
        }
        return self._credential(response)

    def show(self, options: dict[str, Any], origin: str = ISSUER) -> str:
        """What navigator.credentials.get gives; the counter goes on, if there is one."""
        self.count += 1 if self.count else 0
        client = _client(options, "webauthn.get", origin)
        told = self._data(options["rpId"], 0)
        signature = self._key.sign(told + sha256(decoded(client)).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": client,
            "authenticatorData": encoded(told),
            "signature": encoded(signature),
            "userHandle": encoded(self.handle),
        }
        return self._credential(response)

    def _data(self, host: str, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _credential(self, response: dict[str, Any]) -> str:
        name = encoded(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def _client(options: dict[str, Any], kind: str, origin: str) -> str:
    told = {"type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": False}
    return encoded(json.dumps(told).encode())


def code(house: People, seed: str, steps: int = 0) -> str:
    """What an authenticator app shows now, or so many steps of 30 seconds later."""
    return pyotp.TOTP(seed).generate_otp(int(house.clock.now().timestamp()) // 30 + steps)


async def with_totp(house: People, browser: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Turns one-time codes on through the pages; the seed and the backup codes."""
    token = await csrf(browser, "/account/one-time-codes")
    answer = await browser.post("/account/one-time-codes", data={"csrf_token": token})
    assert "/account/one-time-codes/new" == answer.headers["location"]
    page = await browser.get("/account/one-time-codes/new")
    found = re.search(r'<code id="seed">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text
    seed = found[1].replace(" ", "")
    done = await browser.post("/account/one-time-codes/new", data={"csrf_token": token, "code": code(house, seed)})
    assert 200 == done.status_code, done.text
    return seed, shown_codes(done.text)


def shown_codes(page: str) -> list[str]:
    """The backup codes of a page that shows them."""
    return re.findall(r"\b(?:[2-9a-z]{4}-){3}[2-9a-z]{4}\b", page)


async def with_passkey(browser: httpx.AsyncClient, key: Authenticator, name: str = "Laptop") -> httpx.Response:
    """Adds a passkey through the page, as its script does."""
    token = await csrf(browser, "/account/passkeys/new")
    asked = await browser.post("/account/passkeys/new/options", data={"csrf_token": token})
    assert 200 == asked.status_code, asked.text
    form = {"csrf_token": token, "name": name, "credential": key.make(asked.json())}
    return await browser.post("/account/passkeys/new", data=form)


async def options_of(browser: httpx.AsyncClient, page: str) -> tuple[str, dict[str, Any]]:
    """The CSRF token of a page with a passkey form, and the options that its script is given."""
    token = await csrf(browser, page)
    asked = await browser.post(f"{page.partition('?')[0]}/options", data={"csrf_token": token})
    assert 200 == asked.status_code, asked.text
    return token, asked.json()
