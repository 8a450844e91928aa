"""A token request whose client has been authenticated, and what it is answered with."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from contracts.applications import Application
from services.auth.token.form import Form
from services.auth.token.log import Caller, Entry

CODE_LIFETIME: Final = timedelta(minutes=10)

TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What the two faces of the endpoint do differently (management-api.md section 1)."""

    issuer: str
    grants: frozenset[str]
    all_scopes_by_default: bool
    """Without `scope` a machine gets all it holds, or none."""


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant is given."""

    app: Application
    form: Form
    caller: Caller
    dialect: Dialect
    jkt: str | None = None
    """Thumbprint of the DPoP key that was proved with the request."""

    @property
    def refresh_jkt(self) -> str | None:
        """The key that refresh tokens are bound to: a public client has nothing else to show (RFC 9449 section 5)."""
        return self.jkt if self.app.client_type == "public" else None

    def entry(
        self,
        at: datetime,
        *,
        jti: UUID | None = None,
        sub: str | None = None,
        resource: str | None = None,
        scopes: tuple[str, ...] = (),
        error: str | None = None,
    ) -> Entry:
        """Its line in the log."""
        return Entry(
            at=at,
            grant_type=self.form.need("grant_type"),
            client_id=self.app.client_id,
            caller=self.caller,
            jti=jti,
            sub=sub,
            resource=resource,
            scopes=scopes,
            error=error,
        )


class Issued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The reply of RFC 6749 section 5.1; `expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    issued_token_type: str | None = None
    scope: str | None = None
    refresh_token: str | None = None
    id_token: str | None = None


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What a request shows of its client, beside the form."""

    authorization: str | None = None
    proofs: tuple[str, ...] = ()
    """Its DPoP headers."""
    url: str
    """Where it was sent, as the issuer names it."""


class Lifetimes(msgspec.Struct, frozen=True):
    """How long what a client is issued counts (auth.md 3.1)."""

    access: timedelta
    refresh: timedelta

    @classmethod
    def of(cls, app: Application) -> "Lifetimes":
        return SHORT if app.short_lived else NORMAL


SHORT: Final = Lifetimes(timedelta(minutes=15), timedelta(hours=24))
NORMAL: Final = Lifetimes(timedelta(minutes=60), timedelta(days=30))
