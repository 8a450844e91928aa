"""GET the discovery documents and the key set."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.web import Given
from services.auth.discovery import document
from services.auth.ground import Ground


@web.get("/.well-known/openid-configuration", credentials=("none",), rate="none", cached=True, cors=True)
async def openid_configuration(ground: Given[Ground]) -> Response[dict[str, Any]]:
    """From this document alone a standard client configures itself (OpenID Connect Discovery 1.0)."""
    return Response(document.first(ground.issuer), headers=document.CACHED)


@web.get("/.well-known/oauth-authorization-server", credentials=("none",), rate="none", cached=True, cors=True)
async def oauth_authorization_server(ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same document where RFC 8414 looks for it."""
    return Response(document.first(ground.issuer), headers=document.CACHED)


@web.get("/.well-known/jwks.json", credentials=("none",), rate="none", cached=True, cors=True)
async def jwks(request: Request[None, None, State], ground: Given[Ground]) -> Response[bytes]:
    """The public keys that verify our tokens (RFC 7517): those that sign, those that will, those that did."""
    return await document.jwks(request, ground, cache_control="public, max-age=3600")


ROUTES = [openid_configuration, oauth_authorization_server, jwks]
