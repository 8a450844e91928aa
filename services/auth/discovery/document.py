"""What the discovery documents say; they name only what is served (auth.md 3.7)."""

from hashlib import sha256
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from chassis.web import etags
from services.auth.ground import Ground
from services.auth.keys.store import Purpose
from services.auth.token.request import DEVICE_CODE, TOKEN_EXCHANGE
from services.auth.tokens import foreign

CACHED: Final = {"cache-control": "public, max-age=3600"}

SCOPES: Final = [
    "openid", "profile:basic", "profile", "email", "phone", "address", "identity:level", "offline_access",
]  # fmt: skip

AUTH_METHODS: Final = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]

CLAIMS: Final = [
    "iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "acr", "nonce", "at_hash", "sid", "jti",
    "canonical_sub", "is_canonical", "linked_subs", "previously_anonymous",
    "name", "nickname", "preferred_name", "full_name", "email", "email_verified", "phone_number",
    "phone_number_verified", "address", "postal_code", "identity_verified_level",
]  # fmt: skip


ENDPOINTS: Final = {
    "authorization_endpoint": "/oauth/authorize",
    "token_endpoint": "/oauth/token",
    "userinfo_endpoint": "/oauth/userinfo",
    "revocation_endpoint": "/oauth/revoke",
    "introspection_endpoint": "/oauth/introspect",
    "pushed_authorization_request_endpoint": "/oauth/par",
    "device_authorization_endpoint": "/oauth/device_authorization",
    "end_session_endpoint": "/oauth/end_session",
    "registration_endpoint": "/oauth/register",
    "jwks_uri": "/.well-known/jwks.json",
}

GRANT_TYPES: Final = ["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE, TOKEN_EXCHANGE]


def first(issuer: str, *, addresses: bool) -> dict[str, Any]:
    """OpenID Connect Discovery section 3 and RFC 8414 section 2 in one; `addresses`: may they serve as client_id?"""
    return {
        "issuer": issuer,
        **{name: f"{issuer}{path}" for name, path in ENDPOINTS.items()},
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": GRANT_TYPES,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": list(foreign.ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": list(foreign.ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": [method for method in AUTH_METHODS if method != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(foreign.ALGORITHMS),
        "dpop_signing_alg_values_supported": list(foreign.ALGORITHMS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": SCOPES,
        "claims_supported": CLAIMS,
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": ["aal1", "aal2"],
        "ui_locales_supported": ["en", "ko"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_pushed_authorization_requests": False,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "client_id_metadata_document_supported": addresses,
        "authorization_response_iss_parameter_supported": True,
    }


def management(issuer: str, indicator: str) -> dict[str, Any]:
    """The management API as a resource (RFC 9728 section 2)."""
    return {
        "resource": indicator,
        "authorization_servers": [issuer],
        "scopes_supported": ["all"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Management API",
    }


def developer(issuer: str) -> dict[str, Any]:
    """The API of developers and people under /api/v1 as a resource."""
    return {
        "resource": f"{issuer}/api/v1",
        "authorization_servers": [issuer],
        "scopes_supported": ["console:read", "console:manage"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Developer API",
    }


def second(issuer: str) -> dict[str, Any]:
    """The dialect of /oidc: machines only."""
    return {
        "issuer": f"{issuer}/oidc",
        "token_endpoint": f"{issuer}/oidc/token",
        "jwks_uri": f"{issuer}/oidc/jwks",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


async def jwks(
    request: Request[None, None, State], ground: Ground, cache_control: str, *, first: Purpose
) -> Response[bytes]:
    """The key set with an ETag; 304 for whoever has it already (RFC 9110 section 13.1.2)."""
    body = msgspec.json.encode(await ground.ring.jwks(first))
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"cache-control": cache_control, "etag": etag}
    if etags.known(request, etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/jwk-set+json")
