"""GET the discovery documents and the key set."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from services.auth.discovery import document
from services.auth.ground import Ground
from services.auth.resources import store


@web.get("/.well-known/openid-configuration", credentials=("none",), rate="none", cached=True, cors=True)
async def openid_configuration(ground: Given[Ground]) -> Response[dict[str, Any]]:
    """From this document alone a standard client configures itself (OpenID Connect Discovery 1.0)."""
    return Response(
        document.first(ground.issuer, addresses=ground.settings.client_id_metadata), headers=document.CACHED
    )


@web.get("/.well-known/oauth-authorization-server", credentials=("none",), rate="none", cached=True, cors=True)
async def oauth_authorization_server(ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same document where RFC 8414 looks for it."""
    return Response(
        document.first(ground.issuer, addresses=ground.settings.client_id_metadata), headers=document.CACHED
    )


@web.get("/.well-known/jwks.json", credentials=("none",), rate="none", cached=True, cors=True)
async def jwks(request: Request[None, None, State], ground: Given[Ground]) -> Response[bytes]:
    """The public keys that verify our tokens (RFC 7517): those that sign, those that will, those that did."""
    return await document.jwks(request, ground, cache_control="public, max-age=3600", first="own")


@web.get("/.well-known/oauth-protected-resource", credentials=("none",), rate="none", cached=True, cors=True)
async def oauth_protected_resource(ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The management API as a protected resource (RFC 9728): whose tokens it takes, and under which name."""
    indicator = await store.management_indicator(ground.db)
    if indicator is None:
        raise NotFound
    return Response(document.management(ground.issuer, indicator), headers=document.CACHED)


@web.get("/.well-known/oauth-protected-resource/api/v1", credentials=("none",), rate="none", cached=True, cors=True)
async def oauth_protected_developer_resource(ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The developer API as a protected resource, where RFC 9728 section 3.1 looks for it."""
    return Response(document.developer(ground.issuer), headers=document.CACHED)


ROUTES = [
    openid_configuration,
    oauth_authorization_server,
    jwks,
    oauth_protected_resource,
    oauth_protected_developer_resource,
]
