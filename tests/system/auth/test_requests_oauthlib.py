"""A relying party made with oauthlib and requests: another parser of answers, and blocking calls as many have them."""

import asyncio
from typing import Any

import httpx
import pytest
import requests
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, WebApplicationClient
from requests_oauthlib import OAuth2Session

from tests.system.auth.conftest import Town
from tests.system.auth.parties import BYE, CALLBACK, COMPLETED, DEVICE_CODE, Given
from tests.system.auth.visitor import Visitor

SCOPES = ("openid", "profile", "email")
"""oauthlib takes an answer that calls a scope by another name for a change of scope, and fails."""


async def test_requests_oauthlib_completes_what_it_can(
    town: Town, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code + PKCE, refresh, revocation, device, client credentials and logout."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    given, completed = await town.given("requests"), set[str]()
    app, issuer = given.app, given.issuer
    web = OAuth2Session(app["client_id"], scope=list(SCOPES), redirect_uri=CALLBACK, pkce="S256")
    tokens = await entered(web, visitor, given)
    told = (await asyncio.to_thread(web.get, f"{issuer}/oauth/userinfo")).json()
    assert told["email"] == given.email
    completed.add("code")

    auth = (app["client_id"], app["client_secret"])
    fresh = await asyncio.to_thread(web.refresh_token, f"{issuer}/oauth/token", auth=auth)
    assert fresh["refresh_token"] != tokens["refresh_token"]
    completed.add("refresh")

    await revoked(given, fresh["refresh_token"])
    assert (await asyncio.to_thread(web.get, f"{issuer}/oauth/userinfo")).status_code == 401
    completed.add("revocation")

    assert (await asyncio.to_thread(machine, given))["scope"] == ["all"]
    completed.add("client_credentials")
    assert "access_token" in await device(given, visitor)
    completed.add("device")

    again = OAuth2Session(app["client_id"], scope=list(SCOPES), redirect_uri=CALLBACK, pkce="S256")
    last = await entered(again, visitor, given)
    leave = httpx.QueryParams({"id_token_hint": last["id_token"], "post_logout_redirect_uri": BYE, "state": "gone"})
    assert await visitor.visit(f"{issuer}/oauth/end_session?{leave}") == f"{BYE}?state=gone"
    completed.add("logout")
    assert COMPLETED["requests-oauthlib"] == completed


async def entered(web: OAuth2Session, visitor: Visitor, given: Given) -> dict[str, Any]:
    url, _ = web.authorization_url(f"{given.issuer}/oauth/authorize")
    back = await visitor.visit(url)
    auth = (given.app["client_id"], given.app["client_secret"])
    endpoint = f"{given.issuer}/oauth/token"
    return dict(await asyncio.to_thread(web.fetch_token, endpoint, authorization_response=back, auth=auth))


async def revoked(given: Given, token: str) -> None:
    prepare = WebApplicationClient(given.app["client_id"]).prepare_token_revocation_request
    url, headers, body = prepare(f"{given.issuer}/oauth/revoke".replace("http:", "https:"), token, "refresh_token")
    auth = (given.app["client_id"], given.app["client_secret"])
    url = url.replace("https:", "http:")
    answer = await asyncio.to_thread(requests.post, url, headers=headers, data=body, auth=auth, timeout=60)
    assert answer.status_code == 200


def machine(given: Given) -> dict[str, Any]:
    session = OAuth2Session(client=BackendApplicationClient(given.machine["client_id"], scope=["all"]))
    auth = (given.machine["client_id"], given.machine["client_secret"])
    return dict(session.fetch_token(f"{given.issuer}/oauth/token", auth=auth, resource=given.resource))


async def device(given: Given, visitor: Visitor) -> dict[str, Any]:
    client = DeviceClient(given.open["client_id"], scope=["openid", "email"])
    form = {"client_id": given.open["client_id"], "scope": "openid email"}
    start = f"{given.issuer}/oauth/device_authorization"
    waiting = (await asyncio.to_thread(requests.post, start, data=form, timeout=60)).json()
    await visitor.approve(waiting["verification_uri_complete"])
    body = client.prepare_request_body(waiting["device_code"], include_client_id=True)
    assert DEVICE_CODE.rpartition(":")[2] in body
    headers = {"content-type": "application/x-www-form-urlencoded"}
    endpoint = f"{given.issuer}/oauth/token"
    answer = await asyncio.to_thread(requests.post, endpoint, data=body, headers=headers, timeout=60)
    return dict(client.parse_request_body_response(answer.text))
