"""Who is the client: the rules of auth.md 3.6 on what a request showed."""

import base64
import binascii
import hmac
from hashlib import sha256
from typing import Literal
from urllib.parse import unquote_to_bytes

import msgspec

from chassis.problems import InvalidRequest, Problem
from contracts.applications import Application
from services.auth.clients import assertion
from services.auth.clients.assertion import Assertion
from services.auth.clients.known import Clients
from services.auth.tokens.foreign import ForeignUnreadable

Via = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]


class InvalidClient(Problem):
    """401 with the challenge that RFC 6749 section 5.2 asks for."""

    status, code = 401, "invalid_client"
    default_detail = "Client authentication failed."

    def __init__(self, detail: str = "", *, unknown: bool = False) -> None:
        self.unknown = unknown
        """Whether it is the client_id that nobody has; one of the dialects tells these apart."""
        super().__init__(detail, headers={"www-authenticate": 'Basic realm="logi", error="invalid_client"'})


class UnauthorizedClient(Problem):
    status, code = 400, "unauthorized_client"
    default_detail = "This app may not be used now: it waits for its review or is suspended."


class Shown(msgspec.Struct, frozen=True):
    """The credentials of one request, not yet judged."""

    client_id: str
    secret: str | None
    via: Via
    assertion: Assertion | None = None

    def __repr__(self) -> str:
        return f"Shown({self.client_id!r}, …, {self.via!r})"


def shown(authorization: str | None, form: dict[str, str]) -> Shown:
    """Reads them from the header or the form.

    Raises InvalidRequest where two methods are used at once, InvalidClient where there are none or they cannot be read.
    """
    in_form, secret = form.get("client_id"), form.get("client_secret")
    if "client_assertion" in form or "client_assertion_type" in form:
        if authorization is not None or secret is not None:
            raise InvalidRequest("Use one method of client authentication: an assertion or a secret, not both.")
        return _asserted(form, in_form)
    if authorization is not None:
        basic = _basic(authorization)
        if secret is not None:
            raise InvalidRequest("Use one method of client authentication: the header or the form, not both.")
        if in_form not in {None, basic.client_id}:
            raise InvalidRequest("The client_id of the form is not the one of the Authorization header.")
        return basic
    if in_form is None:
        raise InvalidClient("No client credentials were sent.")
    return Shown(in_form, secret, "none" if secret is None else "client_secret_post")


def _asserted(form: dict[str, str], in_form: str | None) -> Shown:
    """RFC 7521 section 4.2: the type is named, and a client_id beside it has to be the same."""
    if form.get("client_assertion_type") != assertion.TYPE:
        raise InvalidRequest(f"client_assertion_type has to be {assertion.TYPE}.")
    try:
        found = Assertion.read(form.get("client_assertion", ""))
    except ForeignUnreadable as wrong:
        raise InvalidClient(f"The client assertion does not count: {wrong}.") from None
    if in_form not in {None, found.client_id} or "\x00" in found.client_id:
        raise InvalidClient("The client_id of the form is not the one of the client assertion.")
    return Shown(found.client_id, None, "private_key_jwt", found)


def _basic(header: str) -> Shown:
    """RFC 6749 section 2.3.1: both halves are form-urlencoded before they are joined and encoded."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("The Authorization header is not HTTP Basic.")
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        client_id, secret = _form_decoded(name), _form_decoded(password)
    except (binascii.Error, ValueError) as error:
        raise InvalidClient("The Authorization header cannot be read.") from error
    if not colon or not client_id or "\x00" in client_id:
        raise InvalidClient("The Authorization header cannot be read.")
    return Shown(client_id, secret, "client_secret_basic")


def _form_decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode()


async def fault(clients: Clients, app: Application, credentials: Shown) -> str | None:
    """None where the credentials are the client's; otherwise the reason why not."""
    reason = proves(app, credentials)
    if reason is not None or credentials.assertion is None:
        return reason
    return await clients.assertions.fault(app, credentials.assertion)


def proves(app: Application, credentials: Shown) -> str | None:
    """The same, but for the assertion itself, which takes more than a look.

    A public client that shows a secret is refused like a confidential one that shows none: neither may pass for the
    other (downgrade).
    """
    if app.deleted_at is not None:
        return "This client does not exist."
    if app.client_type == "public":
        return None if credentials.via == "none" else "A public client has no secret; send only the client_id."
    if credentials.via == "private_key_jwt" or app.token_endpoint_auth_method == "private_key_jwt":
        same = credentials.via == app.token_endpoint_auth_method
        return None if same else "This client authenticates by another method."
    return _secret_fault(app, credentials)


def _secret_fault(app: Application, credentials: Shown) -> str | None:
    if credentials.secret is None:
        return "This client has to authenticate with its secret."
    if app.secret_sha256 is None:
        return "This client has no valid secret; rotate it first."
    digest = sha256(credentials.secret.encode()).hexdigest()
    return None if hmac.compare_digest(digest, app.secret_sha256) else "The client secret is wrong."


async def client(clients: Clients, credentials: Shown) -> Application:
    """The client, if its credentials hold; its record may be old, so compare the version before anything is issued.

    A refusal is never founded on an old record. Raises InvalidClient, UnauthorizedClient.
    """
    app = await clients.probably(credentials.client_id)
    if app is None or not app.usable or await fault(clients, app, credentials) is not None:
        return await current(clients, credentials)
    return app


async def current(clients: Clients, credentials: Shown) -> Application:
    """The same by the record of this moment. Raises InvalidClient, UnauthorizedClient."""
    app = await clients.fresh(credentials.client_id)
    if app is None or app.deleted_at is not None:
        raise InvalidClient("This client does not exist.", unknown=True)
    reason = await fault(clients, app, credentials)
    if reason is not None:
        raise InvalidClient(reason)
    if not app.usable:
        raise UnauthorizedClient
    return app
