"""Signing in at real providers: each preset, by an implementation that is not ours."""

import pytest

from tests.auth import rp
from tests.auth.rp import Auth, World, asking
from tests.auth.upstream import elsewhere


async def row(auth: Auth, email: str) -> tuple[object, ...]:
    found = await auth.ground.db.fetchrow(
        "select role, identity_verified_level, password_hash from users where email = $1", email
    )
    assert found is not None
    return tuple(found)


@pytest.mark.parametrize(
    ("key", "login", "level"),
    [
        ("google", "g-1~ann@gmail.com~yes", 1),
        ("apple", "a-1~ann@icloud.example~yes", 1),
        ("kakao", "k-1~ann@kakao.example~yes", 0),
        ("github", "4711~ann@github.example~yes", 0),
        ("acme", "x-1~ann@acme.example~yes", 0),
        ("plain", "p-1~ann@plain.example~yes", 0),
    ],
)
async def test_a_first_sign_in_makes_an_account(auth: Auth, key: str, login: str, level: int) -> None:
    """Discovery, PKCE, nonce, the ID token or the record; the address is proved where its authority says so."""
    email = login.split("~")[1]
    async with auth.browser() as http:
        answer = await elsewhere.sign_in(http, key, login)
        assert (303, "/console") == (answer.status_code, answer.headers["location"]), answer.text
        assert 200 == (await http.get("/console")).status_code
    assert ("developer", level, None) == await row(auth, email)
    async with auth.browser() as http:
        assert 303 == (await elsewhere.sign_in(http, key, login)).status_code
    assert 1 == await auth.ground.db.fetchval("select count(*) from users where email = $1", email)


async def test_from_an_app_and_back(auth: Auth, world: World) -> None:
    """Somebody whom an app sent goes to the provider, comes back to its consent page, and is its user, no developer."""
    app = await world.tell(rp.an_app())
    async with auth.browser() as http:
        asked = await http.get("/oauth/authorize", params=asking(app))
        page = await http.get(asked.headers["location"])
        assert "Continue with Google" in page.text
        return_to = elsewhere.query(asked.headers["location"])["return_to"]
        answer = await elsewhere.sign_in(http, "google", "g-app~zoe@gmail.com~yes", return_to)
        consent = await http.get(answer.headers["location"])
        assert "Shop" in consent.text
    assert ("user", 1, None) == await row(auth, "zoe@gmail.com")


async def test_whoever_declines_is_back_at_the_door(auth: Auth) -> None:
    """The provider's `access_denied` is no failure: the sign-in page shows again, and the state is spent."""
    async with auth.browser() as http:
        state = elsewhere.query(await elsewhere.set_out(http, "google"))["state"]
        there = {"error": "access_denied", "state": state}
        answer = await http.get("/auth/google/web/callback", params=there)
        assert (302, "/session/new?return_to=%2Fconsole") == (answer.status_code, answer.headers["location"])
        assert 400 == (await http.get("/auth/google/web/callback", params=there)).status_code


async def test_no_secret_is_readable_in_the_database(auth: Auth) -> None:
    """Connectors keep their secrets sealed; a journey under way keeps nothing that could be redeemed."""
    rows = await auth.ground.db.fetch("select connectors::text as line from connectors")
    assert [] == [row["line"] for row in rows if elsewhere.SECRET in row["line"] or "PRIVATE" in row["line"]]
    async with auth.browser() as http:
        told = elsewhere.query(await elsewhere.set_out(http, "google"))
    lines = await auth.ground.db.fetch("select upstream_states::text as line from upstream_states")
    assert [] == [row["line"] for row in lines if told["state"] in row["line"] or told["nonce"] in row["line"]]
