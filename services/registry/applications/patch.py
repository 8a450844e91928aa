"""What an edit may change, and the checks of each field (registry.md 2, 5.4, 5.5)."""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chassis.outbound import Policy
from chassis.problems import Faults, ValidationFailed
from contracts.applications import Application
from contracts.events.catalogue import PUBLIC
from services.registry.applications import classify, scopes, uris

MAX_NAME = 80
MAX_LISTED = 20
MAX_URL = 2048
_LOGIN_METHOD = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""`email`, `app`, or the key of a connector; which of those there are is auth's to know (auth.md 2.8)."""

_SPOOFING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Invisible and direction-changing characters: a name with these reads as another one."""

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANTS = ("authorization_code", "refresh_token", DEVICE_CODE)
"""What an app of this face may use, and has unless its developer wants less (auth.md 2.1 to 2.3)."""

CONFIDENTIAL_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
MAX_KEYS, MAX_KEY_BYTES = 10, 16 * 1024
KEY_TYPES = ("EC", "RSA", "OKP")
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

U = msgspec.UnsetType


class ApplicationPatch(msgspec.Struct, frozen=True, kw_only=True):
    """UNSET leaves a field as it is."""

    name: str | U = msgspec.UNSET
    redirect_uris: tuple[str, ...] | U = msgspec.UNSET
    allowed_scopes: tuple[str, ...] | U = msgspec.UNSET
    grant_types: tuple[str, ...] | U = msgspec.UNSET
    webhook_url: str | U | None = msgspec.UNSET
    app_link_url: str | U | None = msgspec.UNSET
    logo_url: str | U | None = msgspec.UNSET
    post_logout_redirect_uris: tuple[str, ...] | U = msgspec.UNSET
    backchannel_logout_uri: str | U | None = msgspec.UNSET
    widget_origins: tuple[str, ...] | U = msgspec.UNSET
    allowed_login_methods: tuple[str, ...] | U = msgspec.UNSET
    webhook_event_types: tuple[str, ...] | U = msgspec.UNSET
    webhook_legacy_signature: bool | U = msgspec.UNSET
    webhook_asymmetric: bool | U = msgspec.UNSET
    webhook_ordered: bool | U = msgspec.UNSET
    require_pkce: bool | U = msgspec.UNSET
    require_pushed_authorization_requests: bool | U = msgspec.UNSET
    health_check_enabled: bool | U = msgspec.UNSET
    token_endpoint_auth_method: str | U = msgspec.UNSET
    jwks: dict[str, Any] | U | None = msgspec.UNSET
    jwks_uri: str | U | None = msgspec.UNSET


def applied(app: Application, patch: ApplicationPatch, policy: Policy) -> Application:
    """The record with the changes in it. URLs that are fetched were judged before. Raises the refusals of 422."""
    given: dict[str, Any] = {
        name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not msgspec.UNSET
    }
    wanted = given.pop("redirect_uris", None)
    faults = Faults()
    if "name" in given:
        with faults.heard():
            given["name"] = checked_name(given["name"])
    if wanted is not None:
        with faults.heard():
            uris.check(wanted, app.client_type)
    if "allowed_scopes" in given:
        with faults.heard():
            given["allowed_scopes"] = scopes.normalise(list(given["allowed_scopes"]))
    with faults.heard():
        altered = _replaced(app, given)
    faults.tell()
    if wanted is None:
        return altered
    known = {entry.uri: entry for entry in app.redirect_uris}
    return uris.replaced(altered, tuple(known.get(uri) or uris.new(uri, app, policy) for uri in wanted))


def _replaced(app: Application, given: dict[str, Any]) -> Application:
    wrong = {name: [fault] for name, value in given.items() if (fault := _fault(name, value, app))}
    altered = msgspec.structs.replace(app, **given)
    if altered.jwks is not None and altered.jwks_uri is not None:
        wrong.setdefault("jwks", ["either jwks or jwks_uri, not both"])
    if altered.token_endpoint_auth_method == "private_key_jwt" and altered.jwks is None and altered.jwks_uri is None:
        wrong.setdefault("token_endpoint_auth_method", ["private_key_jwt needs jwks or jwks_uri"])
    if wrong:
        raise ValidationFailed(fields=wrong)
    return altered


def checked_name(name: str) -> str:
    """The name as it will be shown: spaces folded, 1 to 80 printable characters. Raises ValidationFailed."""
    folded = " ".join(name.split())
    if not 1 <= len(folded) <= MAX_NAME or not folded.isprintable() or _SPOOFING.search(folded):
        raise ValidationFailed(fields={"name": [f"1 to {MAX_NAME} printable characters"]})
    return folded


def _fault(name: str, value: Any, app: Application) -> str | None:  # noqa: PLR0911 - one return for each rule
    if name == "allowed_login_methods":
        fine = len(value) <= MAX_LISTED and all(_LOGIN_METHOD.fullmatch(entry) for entry in value)
        return None if fine else "names such as email, app, google, apple, kakao, github; or none for all"
    if name in {"post_logout_redirect_uris", "widget_origins"}:
        return _list_fault(value, app, origins=name == "widget_origins")
    if name == "grant_types":
        known = set(value) <= set(GRANTS) and len(set(value)) == len(value)
        enough = set(value) - {"refresh_token"}
        return None if known and enough else f"some of {', '.join(GRANTS)}, each once, not refresh_token alone"
    if name == "webhook_event_types":
        known = set(value) <= set(PUBLIC) and len(set(value)) == len(value)
        return None if known else f"some of {', '.join(PUBLIC)}, each once; none for all"
    if name == "jwks":
        return None if value is None or _is_key_set(value) else f"a JWK Set of 1 to {MAX_KEYS} public keys"
    if name in {"app_link_url", "jwks_uri"}:
        return None if value is None or _is_web_url(value) else "an https URL"
    if name in {"require_pkce", "require_pushed_authorization_requests"} and app.client_type == "public":
        return "PKCE is never off for a public client" if name == "require_pkce" and not value else None
    if name == "token_endpoint_auth_method":
        allowed = ("none",) if app.client_type == "public" else CONFIDENTIAL_METHODS
        return None if value in allowed else f"one of {', '.join(allowed)}"
    return None


def _list_fault(values: tuple[str, ...], app: Application, *, origins: bool) -> str | None:
    if len(values) > MAX_LISTED or len(set(values)) != len(values):
        return f"at most {MAX_LISTED}, each once"
    for uri in values:
        try:
            classify.check(uri, app.client_type)
        except classify.InvalidRedirectUri as refusal:
            return refusal.detail
        if "*" in uri:
            return "a wildcard never matches"
        if origins and (urlsplit(uri).path or urlsplit(uri).query):
            return "an origin has no path: https://www.example.com"
    return None


def _is_key_set(value: dict[str, Any]) -> bool:
    """Public keys alone: a private one that is sent here has to be thrown away by its owner."""
    keys = value.get("keys")
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS or len(msgspec.json.encode(value)) > MAX_KEY_BYTES:
        return False
    return all(isinstance(key, dict) and key.get("kty") in KEY_TYPES and not PRIVATE & key.keys() for key in keys)


def _is_web_url(url: str) -> bool:
    if len(url) > MAX_URL or not url.isascii() or re.search(r"[\x00-\x20\x7f\\\"'<>]", url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
