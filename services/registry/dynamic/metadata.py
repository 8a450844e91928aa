"""What a client may say of itself, and what is made of it: public, with PKCE, within the ceiling of scopes."""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from chassis.outbound import Policy
from chassis.problems import ValidationFailed
from contracts.applications import RedirectUri
from services.registry.applications import classify, patch, scopes, uris
from services.registry.dynamic.refusals import InvalidClientMetadata, InvalidRedirectUri
from services.registry.dynamic.store import Details

GRANTS: Final = ("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code")
CEILING: Final = frozenset({"openid", "profile:basic", "email", "offline_access"})
MAX_TEXT: Final = 200


class ClientMetadata(msgspec.Struct, kw_only=True):
    """RFC 7591 section 2; members that we do not know are ignored, as it says."""

    redirect_uris: list[str] = []
    client_name: str | None = None
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    response_types: tuple[str, ...] = ("code",)
    token_endpoint_auth_method: str = "none"
    scope: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    contacts: list[str] = []
    software_id: str | None = None
    software_version: str | None = None
    client_id: str | None = None
    """In an update, the client's own (RFC 7592 section 2.2)."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What of it is registered."""

    name: str
    uris: tuple[RedirectUri, ...]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    details: Details


def judge(given: ClientMetadata, policy: Policy, hosts: tuple[str, ...]) -> Judged:
    """`hosts` are those of https redirect URIs that the operator allows.

    Raises InvalidRedirectUri, InvalidClientMetadata. Another authentication method is replaced by `none`, a wider
    scope cut down, as RFC 7591 section 3.2.1 lets a server do.
    """
    grants = tuple(dict.fromkeys(given.grant_types))
    if not grants or not set(grants) <= set(GRANTS) or "authorization_code" not in grants:
        raise InvalidClientMetadata(f"grant_types is authorization_code and, if wanted, more of {', '.join(GRANTS)}.")
    if given.response_types != ("code",):
        raise InvalidClientMetadata("response_types is code.")
    texts = (given.client_uri, given.software_id, given.software_version, *given.contacts)
    if len(given.contacts) > 10 or any(text is not None and _unfit(text) for text in texts):
        raise InvalidClientMetadata(f"Texts have at most {MAX_TEXT} printable characters, contacts are at most ten.")
    if given.client_uri is not None and urlsplit(given.client_uri).scheme != "https":
        raise InvalidClientMetadata("client_uri is an https URL.")
    details = Details(
        client_uri=given.client_uri,
        contacts=tuple(given.contacts),
        software_id=given.software_id,
        software_version=given.software_version,
    )
    return Judged(
        name=_name(given), uris=_uris(given, policy, hosts), grant_types=grants, scopes=_scopes(given), details=details
    )


def _name(given: ClientMetadata) -> str:
    try:
        return patch.checked_name(given.client_name or given.software_id or "Unnamed client")
    except ValidationFailed as refusal:
        raise InvalidClientMetadata("client_name has 1 to 80 printable characters.") from refusal


def _uris(given: ClientMetadata, policy: Policy, hosts: tuple[str, ...]) -> tuple[RedirectUri, ...]:
    try:
        uris.check(tuple(given.redirect_uris), "public")
    except (ValidationFailed, classify.InvalidRedirectUri) as refusal:
        words = "; ".join(word for words in refusal.fields.values() for word in words)
        raise InvalidRedirectUri(f"redirect_uris: {words}") from refusal
    found = tuple(uris.new(uri, None, policy) for uri in given.redirect_uris)
    return tuple(_allowed(entry, hosts) for entry in found)


def _allowed(entry: RedirectUri, hosts: tuple[str, ...]) -> RedirectUri:
    """A host on the operator's list has been looked at by that, so it waits for no review."""
    if "*" in entry.uri:
        raise InvalidRedirectUri("A wildcard never matches.")
    if entry.uri_class != "production":
        return entry
    if (urlsplit(entry.uri).hostname or "").lower() not in hosts:
        raise InvalidRedirectUri
    return msgspec.structs.replace(entry, uri_class="dev_internet")


def _scopes(given: ClientMetadata) -> tuple[str, ...]:
    if given.scope is None:
        return scopes.DEFAULT
    asked = ["profile:basic" if scope == "profile" else scope for scope in given.scope.split()]
    return tuple(dict.fromkeys(scope for scope in asked if scope in CEILING)) or ("openid",)


def _unfit(text: str) -> bool:
    return not 1 <= len(text) <= MAX_TEXT or not text.isprintable()
