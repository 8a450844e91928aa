"""What relying parties of these tests share: apps as a developer registers them, and what each client completes."""

from dataclasses import asdict, dataclass
from typing import Any

import httpx

CALLBACK = "http://localhost:4000/auth/callback"
BYE = "http://localhost:4000/bye"
SCOPES = ("openid", "profile", "email")
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"

EVERYTHING = frozenset(
    {"code", "refresh", "device", "client_credentials", "introspection", "revocation", "par", "dpop", "logout"}
)
COMPLETED = {
    "openid-client": EVERYTHING,
    "oauth4webapi": EVERYTHING,
    "requests_oauth2client": EVERYTHING,
    "authlib": EVERYTHING - {"par", "dpop", "device"},
    "requests-oauthlib": frozenset({"code", "refresh", "client_credentials", "revocation", "device", "logout"}),
}
"""By client library; each one's test fails if it did not complete all of these."""


@dataclass(frozen=True)
class Given:
    """What a relying party knows of the platform before it begins."""

    issuer: str
    app: dict[str, Any]
    open: dict[str, Any]
    machine: dict[str, Any]
    resource: str
    email: str
    callback: str = CALLBACK
    bye: str = BYE

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


async def confidential(http: httpx.AsyncClient, key: dict[str, str], name: str) -> dict[str, Any]:
    """An app with a secret, by the API of developers."""
    body = {
        "name": name,
        "client_type": "confidential",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [BYE],
        "allowed_scopes": list(SCOPES),
    }
    made = await http.post("/api/v1/applications", json={"application": body}, headers=key)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def public(http: httpx.AsyncClient, name: str) -> dict[str, Any]:
    """A public app for browsers and devices, which registers itself (RFC 7591)."""
    body = {
        "client_name": name,
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE],
        "token_endpoint_auth_method": "none",
        "scope": " ".join(SCOPES),
    }
    made = await http.post("/oauth/register", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())
