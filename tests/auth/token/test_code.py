"""The authorization code grant, judged by an independent library, and the attacks on it."""

import asyncio
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.auth.tokens.revoke import revoke_app_tokens
from tests.auth.rp import CALLBACK, World, an_app, changed

ISSUER = "http://localhost:8000"


async def _keys(world: World) -> KeySet:
    async with world.browser() as http:
        return KeySet.import_key_set((await http.get("/.well-known/jwks.json")).json())


async def test_a_code_becomes_tokens_that_another_library_accepts(world: World) -> None:
    """Access and ID token verify against the JWKS and say what the documents promise."""
    app, ada = await world.tell(an_app()), await world.person("ada@code.example")
    tokens = await world.tokens(app, ada)
    assert ("Bearer", 900, "openid email") == (tokens["token_type"], tokens["expires_in"], tokens["scope"])
    keys = await _keys(world)
    access = jwt.decode(tokens["access_token"], keys, algorithms=["RS256"])
    identity = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    assert ("JWT", ISSUER, app.client_id) == (access.header["typ"], access.claims["iss"], access.claims["aud"])
    assert (str(ada.id), "openid email") == (access.claims["sub"], access.claims["scope"])
    wanted = {"iss": ISSUER, "aud": app.client_id, "sub": str(ada.id), "nonce": "n-0S6_WzA2Mj", "amr": ["pwd"]}
    assert wanted == {name: identity.claims[name] for name in wanted}
    assert (str(ada.id), True, [], False) == tuple(
        identity.claims[name] for name in ("canonical_sub", "is_canonical", "linked_subs", "previously_anonymous")
    )
    assert "scope" not in identity.claims


async def test_a_promoted_app_has_longer_tokens(world: World) -> None:
    """Class normal: 60 minutes."""
    app = await world.tell(an_app(status="approved"))
    assert 3600 == (await world.tokens(app, await world.person("normal@code.example")))["expires_in"]


@pytest.mark.parametrize(
    ("change", "description"),
    [
        ({"code": "never-issued"}, "code not found"),
        ({"redirect_uri": CALLBACK + "/"}, "redirect_uri mismatch"),
        ({"code_verifier": "w" * 43}, "PKCE verifier mismatch"),
    ],
)
async def test_each_mismatch_is_named(world: World, change: dict[str, str], description: str) -> None:
    """invalid_grant with the documented description; the code stays good for its owner."""
    app = await world.tell(an_app())
    code = await world.code(app, await world.person(f"{description[:4]}@mismatch.example"))
    answer = await world.redeem(app, **{"code": code, **change})
    assert (400, "invalid_grant", description) == (
        answer.status_code,
        answer.json()["error"],
        answer.json()["error_description"],
    )
    assert {"no-store"} == {answer.headers["cache-control"]}
    assert 200 == (await world.redeem(app, code)).status_code


async def test_a_missing_verifier_is_refused(world: World) -> None:
    """PKCE cannot be left out at the token endpoint (downgrade)."""
    app = await world.tell(an_app())
    code = await world.code(app, await world.person("downgrade@code.example"))
    form = {"grant_type": "authorization_code", "client_id": app.client_id, "code": code, "redirect_uri": CALLBACK}
    answer = await world.token(form)
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_a_code_expires_after_ten_minutes(world: World) -> None:
    """Not a second later."""
    app = await world.tell(an_app())
    code = await world.code(app, await world.person("late@code.example"))
    world.clock.advance(timedelta(minutes=10))
    answer = await world.redeem(app, code)
    assert "code expired (10 min)" == answer.json()["error_description"]


async def test_a_code_is_anothers_secret(world: World) -> None:
    """Another client cannot redeem it, and trying does not spend it."""
    app, thief = await world.tell(an_app()), await world.tell(an_app())
    code = await world.code(app, await world.person("victim@code.example"))
    assert "code not found" == (await world.redeem(thief, code)).json()["error_description"]
    assert 200 == (await world.redeem(app, code)).status_code


async def test_code_replay_of_twenty_at_once_one_wins_and_the_family_dies(world: World) -> None:
    """Over two processes: exactly one exchange succeeds, and because the code was replayed its tokens end too."""
    app, other = await world.tell(an_app()), world.process()
    code = await world.code(app, await world.person("race@code.example"))
    answers = await asyncio.gather(*((world, other)[n % 2].redeem(app, code) for n in range(20)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert 1 == len(won)
    assert {"code already used"} == {a.json()["error_description"] for a in answers if a.status_code != 200}
    assert 401 == (await world.userinfo(won[0]["access_token"])).status_code
    assert 400 == (await world.refresh(app, won[0]["refresh_token"])).status_code


async def test_disconnecting_ends_codes_and_tokens_at_once(world: World) -> None:
    """A code under way, refresh and access tokens: none survives the person's decision."""
    app, ada = await world.tell(an_app()), await world.person("disconnect@code.example")
    tokens, code = await world.tokens(app, ada), await world.code(app, ada)
    async with world.db.transaction() as tx:
        assert await revoke_app_tokens(tx, ada.id, app.client_id)
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code
    assert 400 == (await world.refresh(app, tokens["refresh_token"])).status_code
    assert 400 == (await world.redeem(app, code)).status_code


@pytest.mark.parametrize("change", ["suspended_at = now()", "deleted_at = now()"])
async def test_deactivated_user_still_served_by_no_grant(world: World, change: str) -> None:
    """Neither for a code nor for a refresh token, and what they have is refused."""
    app, bob = await world.tell(an_app()), await world.person(f"{change[:6]}@code.example")
    tokens, code = await world.tokens(app, bob), await world.code(app, bob)
    await world.db.execute(f"update users set {change} where id = $1", bob.id)  # noqa: S608 - ours
    assert "the account is not active" == (await world.redeem(app, code)).json()["error_description"]
    assert 400 == (await world.refresh(app, tokens["refresh_token"])).status_code
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code


async def test_a_rotated_secret_and_a_suspension_hold_at_once(world: World) -> None:
    """A process that has just used the client honours neither its old secret nor its old status."""
    app, other = await world.tell(an_app()), world.process()
    code = await world.code(app, await world.person("rotated@code.example"))
    assert 200 == (await other.redeem(app, code)).status_code
    app = await world.tell(changed(app, secret_sha256="0" * 64))
    old = [await other.token({"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": "x"})]
    assert [(401, "invalid_client")] == [(a.status_code, a.json()["error"]) for a in old]
    await world.tell(changed(app, status="suspended"))
    answer = await other.refresh(app, "x")
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])
