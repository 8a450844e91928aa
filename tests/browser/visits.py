"""What a person does at our pages in a real browser, and the app that sends them there."""

import base64
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.browser.driver import Driver
from tests.system.stack import Stack

CALLBACK = "http://127.0.0.1:9/callback"
"""Nobody listens on the discard port: the browser ends there, and its address tells what the app was told."""

SCOPES = "openid profile email"


@dataclass
class House:
    """A running platform with one relying party."""

    stack: Stack
    app: dict[str, Any]

    @property
    def issuer(self) -> str:
        return self.stack.issuer

    def authorize(self, **changes: str) -> str:
        """The address that the app sends a browser to."""
        challenge = base64.urlsafe_b64encode(sha256(b"v" * 43).digest()).rstrip(b"=").decode()
        usual = {
            "client_id": self.app["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": SCOPES,
            "state": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.issuer}/oauth/authorize?{urlencode({**usual, **changes})}"

    def redeem(self, code: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": "v" * 43}
        credentials = (self.app["client_id"], self.app["client_secret"])
        return dict(httpx.post(f"{self.issuer}/oauth/token", data=form, auth=credentials).json())

    def refused(self) -> str:
        """Where a refused request of the app can be read about."""
        form = {"grant_type": "authorization_code", "code": "none", "redirect_uri": CALLBACK, "code_verifier": "v" * 43}
        credentials = (self.app["client_id"], self.app["client_secret"])
        return httpx.post(f"{self.issuer}/oauth/token", data=form, auth=credentials).headers["x-logi-console-url"]

    def device(self, scope: str = "openid console:read console:manage") -> dict[str, Any]:
        form = {"client_id": self.stack.credentials["cli_client_id"], "scope": scope}
        answer = httpx.post(f"{self.issuer}/oauth/device_authorization", data=form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def poll(self, device_code: str) -> dict[str, Any]:
        client_id = self.stack.credentials["cli_client_id"]
        form = {"grant_type": "device_code", "client_id": client_id, "device_code": device_code}
        return dict(httpx.post(f"{self.issuer}/oauth/token", data=form).json())

    def sign_in(self, driver: Driver) -> None:
        """At the sign-in page that the browser stands on."""
        driver.type("#email", self.stack.credentials["operator_email"])
        driver.type("#password", self.stack.credentials["operator_password"])
        driver.press("button.main")


def house(stack: Stack, name: str = "Acme Notes") -> House:
    """The stack with an application of the operator's."""
    body = {"name": name, "client_type": "confidential", "redirect_uris": [CALLBACK]}
    body["allowed_scopes"] = SCOPES.split()
    answer = httpx.post(
        f"{stack.issuer}/api/v1/applications",
        json={"application": body},
        headers={"authorization": f"Bearer {stack.credentials['operator_pak']}"},
    )
    assert answer.status_code == 201, answer.text
    found = answer.json()
    return House(stack, found.get("application", found) | {k: v for k, v in found.items() if k == "client_secret"})


def told(driver: Driver) -> dict[str, str]:
    """What the app reads from the address where the browser ended."""
    assert driver.arrives(CALLBACK), driver.address
    return {name: values[0] for name, values in parse_qs(urlsplit(driver.address).query).items()}
