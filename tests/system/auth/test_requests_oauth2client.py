"""A relying party made with requests_oauth2client, which stands on none of the others and signs its own proofs."""

import asyncio
from typing import Any

import httpx
from requests_oauth2client import (
    AuthorizationRequest,
    BearerToken,
    ClientSecretPost,
    DPoPToken,
    OAuth2Client,
    PublicApp,
)

from tests.system.auth.conftest import Town
from tests.system.auth.parties import BYE, CALLBACK, COMPLETED, SCOPES, Given
from tests.system.auth.visitor import Visitor

SCOPE = " ".join(SCOPES)


async def test_requests_oauth2client_completes_everything(town: Town, visitor: Visitor) -> None:
    """Code + PKCE, refresh, device, client credentials, introspection, revocation, PAR, DPoP and logout."""
    given, completed = await town.given("requests_oauth2client"), set[str]()
    shop, open_app = found(given, given.app), found(given, given.open)
    tokens = await entered(shop, visitor)
    assert given.email == (await asyncio.to_thread(shop.userinfo, tokens))["email"]
    completed.add("code")

    fresh = await asyncio.to_thread(shop.refresh_token, tokens)
    assert fresh.refresh_token != tokens.refresh_token
    completed.add("refresh")

    assert (await asyncio.to_thread(shop.introspect_token, fresh))["active"] is True
    completed.add("introspection")
    assert await asyncio.to_thread(shop.revoke_refresh_token, fresh)
    assert await asyncio.to_thread(shop.introspect_token, fresh.access_token) == {"active": False}
    completed.add("revocation")

    await pushed_and_bound(open_app, visitor, given)
    completed |= {"par", "dpop"}
    assert "Bearer" == (await device(open_app, visitor)).token_type
    completed.add("device")

    machine = await asyncio.to_thread(found(given, given.machine).client_credentials, "all", resource=given.resource)
    assert "all" == machine.scope
    completed.add("client_credentials")

    last = await entered(shop, visitor)
    leave = httpx.QueryParams({"id_token_hint": str(last.id_token), "post_logout_redirect_uri": BYE, "state": "gone"})
    assert await visitor.visit(f"{given.issuer}/oauth/end_session?{leave}") == f"{BYE}?state=gone"
    completed.add("logout")
    assert COMPLETED["requests_oauth2client"] == completed


def found(given: Given, app: dict[str, Any]) -> OAuth2Client:
    """A client that has configured itself from the issuer; of devices it does not know where to ask."""
    secret = app.get("client_secret")
    auth = PublicApp(app["client_id"]) if secret is None else ClientSecretPost(app["client_id"], secret)
    return OAuth2Client.from_discovery_endpoint(
        issuer=given.issuer,
        auth=auth,
        redirect_uri=CALLBACK,
        device_authorization_endpoint=f"{given.issuer}/oauth/device_authorization",
        testing=True,
    )


async def entered(client: OAuth2Client, visitor: Visitor) -> BearerToken:
    """The ID token is verified: signature, issuer, audience, nonce and at_hash."""
    request = client.authorization_request(scope=SCOPE)
    answer = request.validate_callback(await visitor.visit(str(request.uri)))
    return await asyncio.to_thread(client.authorization_code, answer)


async def pushed_and_bound(client: OAuth2Client, visitor: Visitor, given: Given) -> None:
    """One key proves the pushed request, the redemption, the refresh and the look at userinfo."""
    request: AuthorizationRequest = client.authorization_request(scope=SCOPE, dpop=True)
    pushed = await asyncio.to_thread(client.pushed_authorization_request, request)
    answer = request.validate_callback(await visitor.visit(str(pushed.uri)))
    # It cannot rebuild a bound token with its ID token, so the ID token is left to `entered`.
    tokens = await asyncio.to_thread(client.authorization_code, answer, validate=False)
    assert isinstance(tokens, DPoPToken)
    assert "DPoP" == (await asyncio.to_thread(client.refresh_token, tokens)).token_type
    assert given.email == (await asyncio.to_thread(client.userinfo, tokens))["email"]


async def device(client: OAuth2Client, visitor: Visitor) -> BearerToken:
    waiting = await asyncio.to_thread(client.authorize_device, scope="openid email")
    assert waiting.verification_uri_complete is not None
    await visitor.approve(waiting.verification_uri_complete)
    return await asyncio.to_thread(client.device_code, waiting)
