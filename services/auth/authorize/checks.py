"""The checks of an authorization request, in their order. The first table decides whether the client may be answered
at all, so it never redirects; what the second one refuses is told to the client.
"""

import re
from collections.abc import Callable
from typing import Final, get_args

from contracts.applications import Application
from services.auth.authorize import claims
from services.auth.authorize.refusals import AppUnusable, BackToClient, ClientMistaken, RedirectUriMismatch
from services.auth.authorize.request import Asked, Prompt, outside, wanted_scopes

Check = Callable[[Asked, Application], None]

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""base64url of 32 bytes (RFC 7636 section 4.2)."""

MOST_RESOURCES = 5

_MAX_AGE = re.compile(r"[0-9]{1,9}")

LONGEST = 2048
"""Characters of `state`, `nonce` and the hints."""


KEPT = ("state", "nonce", "login_hint", "provider", "ui_locales")


def client_id_is_named(asked: Asked) -> str:
    """The only check that needs no client. Raises ClientMistaken."""
    client_id = asked.get("client_id")
    if client_id is None:
        raise ClientMistaken("client_id is missing.")
    if "client_id" in asked.repeated:
        raise ClientMistaken("client_id is given twice.")
    return client_id


def redirect_uri_is_given_once(asked: Asked, _: Application) -> None:
    if "redirect_uri" in asked.repeated:
        raise ClientMistaken("redirect_uri is given twice.")
    if asked.get("redirect_uri") is None:
        raise ClientMistaken("redirect_uri is missing.")


def app_is_usable(_: Asked, app: Application) -> None:
    if not app.usable:
        raise AppUnusable


def redirect_uri_is_registered(asked: Asked, app: Application) -> None:
    """Byte for byte; no prefix, no pattern, no port is forgiven (RFC 9700 section 4.1.3)."""
    if all(entry.uri != asked.get("redirect_uri") for entry in app.redirect_uris):
        raise RedirectUriMismatch


def redirect_uri_is_served(asked: Asked, app: Application) -> None:
    """registry.md section 6: a public address waits for promotion, the others do not."""
    if not app.serves(asked.redirect_uri):
        raise AppUnusable("This redirect_uri may be used once the app is promoted to production.")


def nothing_is_repeated(asked: Asked, _: Application) -> None:
    """RFC 6749 section 3.1; a repeated `resource` is judged with the resources."""
    repeated = asked.repeated - {"resource"}
    if repeated:
        raise BackToClient("invalid_request", "A parameter is given twice.", about=repeated)


def there_is_no_request_object(asked: Asked, _: Application) -> None:
    if asked.get("request") is not None:
        raise BackToClient("request_not_supported", "Request objects are not taken.")
    if asked.get("request_uri") is not None:
        raise BackToClient("request_uri_not_supported", "request_uri is not one that we have issued.")


def request_was_pushed_where_that_is_demanded(asked: Asked, app: Application) -> None:
    """RFC 9126 section 6: the app has said that it never asks in any other way."""
    if app.require_pushed_authorization_requests and not asked.pushed:
        raise BackToClient("invalid_request", "This app has to push its requests to /oauth/par.")


def response_is_a_code(asked: Asked, _: Application) -> None:
    if asked.get("response_type") is None:
        raise BackToClient("invalid_request", "response_type is missing.")
    if asked.get("response_type") != "code":
        raise BackToClient("unsupported_response_type", "response_type has to be code.")
    if asked.get("response_mode") not in {None, "query", "form_post"}:
        raise BackToClient("invalid_request", "response_mode has to be query or form_post.")
    if asked.get("response_mode") == "form_post" and asked.response_mode != "form_post":
        raise BackToClient("invalid_request", "response_mode form_post needs a redirect_uri of http or https.")


def app_may_use_codes(_: Asked, app: Application) -> None:
    if "authorization_code" not in app.grant_types:
        raise BackToClient("unauthorized_client", "This app may not use authorization codes.")


def state_is_present(asked: Asked, _: Application) -> None:
    if asked.get("state") is None:
        raise BackToClient("invalid_request", "state is missing.")
    long = [name for name in KEPT if len(asked.get(name) or "") > LONGEST]
    if long:
        raise BackToClient("invalid_request", "A parameter has more than 2048 characters.", about=long)


def challenge_is_s256(asked: Asked, app: Application) -> None:
    """PKCE for every client (RFC 7636, RFC 9700 section 2.1.1); `plain` is refused.

    A confidential app may have been let off; what it sends is checked all the same.
    """
    challenge = asked.get("code_challenge")
    if challenge is None and not app.require_pkce and app.client_type == "confidential":
        if asked.get("code_challenge_method") is not None:
            raise BackToClient("invalid_request", "code_challenge_method needs a code_challenge.")
        return
    if challenge is None:
        raise BackToClient("invalid_request", "code_challenge is missing.")
    if asked.get("code_challenge_method") != "S256":
        raise BackToClient("invalid_request", "code_challenge_method has to be S256.")
    if not _CHALLENGE.fullmatch(challenge):
        raise BackToClient("invalid_request", "code_challenge has to be the base64url of a SHA-256.")


def scope_is_allowed(asked: Asked, app: Application) -> None:
    """Scope drift: refused, or dropped and noted, as the app has chosen (auth.md 3.4)."""
    beyond = outside(asked, app)
    if beyond and app.scope_drift_policy == "block":
        raise BackToClient("invalid_scope", "A scope is outside the app's allowed_scopes.", about=beyond)
    if asked.get("scope") is None:
        raise BackToClient("invalid_scope", "scope is missing.")
    if not wanted_scopes(asked, app):
        raise BackToClient("invalid_scope", "scope names nothing that the app may ask for.")


def resources_are_few(asked: Asked, _: Application) -> None:
    """RFC 8707 section 2; whether they exist is asked of Postgres afterwards."""
    if len(asked.resources) > MOST_RESOURCES:
        raise BackToClient("invalid_target", "At most five resources can be named.")
    if any(len(resource) > LONGEST for resource in asked.resources):
        raise BackToClient("invalid_target", "A resource has more than 2048 characters.")


def dpop_key_is_a_thumbprint(asked: Asked, _: Application) -> None:
    """RFC 9449 section 10: the base64url of a SHA-256, as a code challenge is."""
    if asked.get("dpop_jkt") is not None and not _CHALLENGE.fullmatch(asked.get("dpop_jkt") or ""):
        raise BackToClient("invalid_request", "dpop_jkt has to be the base64url of a SHA-256.")


def prompt_is_consistent(asked: Asked, _: Application) -> None:
    """`none` excludes every other one (OpenID Connect Core 3.1.2.1)."""
    prompts = (asked.get("prompt") or "").split()
    unknown = set(prompts) - set(get_args(Prompt))
    if unknown:
        raise BackToClient("invalid_request", "prompt has a value that does not exist.", about=unknown)
    if "none" in prompts and len(prompts) > 1:
        raise BackToClient("invalid_request", "prompt none goes with no other one.")


def max_age_is_a_number(asked: Asked, _: Application) -> None:
    if not _MAX_AGE.fullmatch(asked.get("max_age") or "0"):
        raise BackToClient("invalid_request", "max_age has to be a number of seconds.")


def claims_are_readable(asked: Asked, _: Application) -> None:
    try:
        claims.read(asked.get("claims"))
    except claims.Unreadable:
        raise BackToClient("invalid_request", "claims has to be JSON as OpenID Connect Core 5.5 describes.") from None


BEFORE_THE_CLIENT_IS_TRUSTED: Final[tuple[Check, ...]] = (
    redirect_uri_is_given_once,
    redirect_uri_is_registered,
    app_is_usable,
    redirect_uri_is_served,
)

BEFORE_THE_PERSON_IS_ASKED: Final[tuple[Check, ...]] = (
    nothing_is_repeated,
    there_is_no_request_object,
    request_was_pushed_where_that_is_demanded,
    app_may_use_codes,
    response_is_a_code,
    state_is_present,
    challenge_is_s256,
    scope_is_allowed,
    resources_are_few,
    dpop_key_is_a_thumbprint,
    prompt_is_consistent,
    max_age_is_a_number,
    claims_are_readable,
)
