"""The parameters of an authorization request (auth.md 2.1), for the description of the endpoints that take them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.auth.clients.parameters import Assertion, AssertionType, ClientId, ClientSecret

Hint = Annotated[str, Meta(description="At most 2048 characters.")]


class Wishes(msgspec.Struct, kw_only=True):
    """Everything but the client: what is pushed or put into the address. Unknown parameters are ignored."""

    redirect_uri: Annotated[str, Meta(description="Byte for byte a registered one.")] = ""
    response_type: Annotated[str, Meta(description="code")] = ""
    response_mode: Annotated[str, Meta(description="query (the default) or form_post.")] = ""
    scope: Annotated[str, Meta(description="Separated by spaces; within the app's allowed_scopes.")] = ""
    state: Annotated[str, Meta(description="Comes back unchanged; at most 2048 characters.")] = ""
    nonce: Annotated[str, Meta(description="Comes back in the ID token; at most 2048 characters.")] = ""
    code_challenge: Annotated[str, Meta(description="RFC 7636, base64url of a SHA-256.")] = ""
    code_challenge_method: Annotated[str, Meta(description="S256")] = ""
    prompt: Annotated[str, Meta(description="none, or some of login, consent and select_account.")] = ""
    max_age: Annotated[str, Meta(description="Seconds since the last sign-in that are good enough.")] = ""
    login_hint: Hint = ""
    id_token_hint: Annotated[str, Meta(description="An ID token of this app, which may have expired.")] = ""
    ui_locales: Annotated[str, Meta(description="Languages, the best first; en and ko are there.")] = ""
    acr_values: Hint = ""
    display: Annotated[str, Meta(description="page, popup, touch or wap.")] = ""
    claims: Annotated[str, Meta(description="JSON (OpenID Connect Core 5.5), at most 4096 characters.")] = ""
    provider: Annotated[str, Meta(description="Narrows the ways to sign in: apple, google, kakao, email, app.")] = ""
    resource: Annotated[list[str], Meta(description="Indicators of API resources (RFC 8707), at most 5.")] = []
    dpop_jkt: Annotated[str, Meta(description="Thumbprint of the DPoP key of the code (RFC 9449 10).")] = ""


class AuthorizationParameters(Wishes, kw_only=True):
    client_id: str
    request_uri: Annotated[str, Meta(description="What /oauth/par answered; then only client_id counts beside it.")] = (
        ""
    )
    request: Annotated[str, Meta(description="Refused: request_not_supported.")] = ""


class PushedParameters(Wishes, kw_only=True):
    """The same with the client's authentication (RFC 9126)."""

    client_id: ClientId = ""
    client_secret: ClientSecret = ""
    client_assertion_type: AssertionType = ""
    client_assertion: Assertion = ""
