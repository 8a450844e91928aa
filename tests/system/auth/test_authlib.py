"""A relying party made with Authlib's client."""

import warnings

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.system.auth.conftest import Town
from tests.system.auth.parties import BYE, CALLBACK, COMPLETED, SCOPES, Given
from tests.system.auth.visitor import Visitor

with warnings.catch_warnings():
    # Authlib lets its own warnings through whatever was said before, and warns of httpx, which we have it use.
    from authlib.deprecate import AuthlibDeprecationWarning

    warnings.filterwarnings("ignore", "The httpx module is deprecated", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

VERIFIER = "authlib-" + "v" * 43


async def test_authlib_completes_what_it_can(town: Town, visitor: Visitor) -> None:
    """Code + PKCE, refresh, introspection, revocation, client credentials and logout."""
    given, completed = await town.given("authlib"), set[str]()
    app, issuer = given.app, given.issuer
    async with AsyncOAuth2Client(
        app["client_id"],
        app["client_secret"],
        scope=" ".join(SCOPES),
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    ) as client:
        tokens = await entered(client, visitor, issuer)
        told = (await client.get(f"{issuer}/oauth/userinfo")).json()
        assert (given.email, await subject(given, tokens["id_token"])) == (told["email"], told["sub"])
        completed.add("code")

        fresh = await client.refresh_token(f"{issuer}/oauth/token")
        assert fresh["refresh_token"] != tokens["refresh_token"]
        completed.add("refresh")

        look = f"{issuer}/oauth/introspect"
        assert (await client.introspect_token(look, fresh["access_token"])).json()["active"] is True
        completed.add("introspection")
        await client.revoke_token(f"{issuer}/oauth/revoke", fresh["refresh_token"], "refresh_token")
        assert (await client.introspect_token(look, fresh["access_token"])).json() == {"active": False}
        completed.add("revocation")

        last = await entered(client, visitor, issuer)
        leave = {"id_token_hint": last["id_token"], "post_logout_redirect_uri": BYE, "state": "gone"}
        assert await visitor.visit(f"{issuer}/oauth/end_session?{httpx.QueryParams(leave)}") == f"{BYE}?state=gone"
        completed.add("logout")
    assert (await machine(given))["scope"] == "all"
    completed.add("client_credentials")
    assert COMPLETED["authlib"] == completed


async def entered(client: AsyncOAuth2Client, visitor: Visitor, issuer: str) -> dict[str, str]:
    url, state = client.create_authorization_url(f"{issuer}/oauth/authorize", code_verifier=VERIFIER)
    back = await visitor.visit(url)
    return dict(
        await client.fetch_token(
            f"{issuer}/oauth/token", authorization_response=back, state=state, code_verifier=VERIFIER
        )
    )


async def machine(given: Given) -> dict[str, str]:
    async with AsyncOAuth2Client(**given.machine, grant_type="client_credentials") as client:
        return dict(await client.fetch_token(f"{given.issuer}/oauth/token", resource=given.resource, scope="all"))


async def subject(given: Given, id_token: str) -> str:
    """Whom the ID token is about, once its signature and claims hold."""
    async with httpx.AsyncClient() as http:
        keys = KeySet.import_key_set((await http.get(f"{given.issuer}/.well-known/jwks.json")).json())
    claims = jwt.decode(id_token, keys, algorithms=["RS256"]).claims
    wanted = {"iss": {"essential": True, "value": given.issuer}, "aud": {"essential": True}}
    jwt.JWTClaimsRegistry(**wanted).validate(claims)
    assert given.app["client_id"] in claims["aud"]
    return str(claims["sub"])
