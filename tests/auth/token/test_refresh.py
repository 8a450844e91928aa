"""The refresh grant: rotation, reuse, races over processes."""

import asyncio
from datetime import timedelta

from tests.auth.rp import World, an_app

REUSED = "refresh token reuse detected; chain revoked"


async def test_each_use_gives_a_new_token(world: World) -> None:
    """A refreshed access token works, the ID token comes again without nonce."""
    app = await world.tell(an_app(client_type="public"))
    first = await world.tokens(app, await world.person("rotate@refresh.example"))
    second = (await world.refresh(app, first["refresh_token"])).json()
    assert first["refresh_token"] != second["refresh_token"]
    assert {"access_token", "id_token", "refresh_token", "expires_in", "scope", "token_type"} == set(second)
    assert 200 == (await world.userinfo(second["access_token"])).status_code
    assert 200 == (await world.refresh(app, second["refresh_token"])).status_code


async def test_a_retired_token_ends_the_family(world: World) -> None:
    """The thief's and the owner's tokens end together, access tokens included."""
    app = await world.tell(an_app())
    first = await world.tokens(app, await world.person("reuse@refresh.example"))
    second = (await world.refresh(app, first["refresh_token"])).json()
    answer = await world.refresh(app, first["refresh_token"])
    assert (400, "invalid_grant", REUSED) == (
        answer.status_code,
        answer.json()["error"],
        answer.json()["error_description"],
    )
    assert 400 == (await world.refresh(app, second["refresh_token"])).status_code
    assert 401 == (await world.userinfo(second["access_token"])).status_code


async def test_of_parallel_refreshes_over_two_processes_one_wins(world: World) -> None:
    """Exactly one; the others are told of the reuse."""
    app, other = await world.tell(an_app()), world.process()
    tokens = await world.tokens(app, await world.person("race@refresh.example"))
    answers = await asyncio.gather(*((world, other)[n % 2].refresh(app, tokens["refresh_token"]) for n in range(12)))
    assert 1 == sum(answer.status_code == 200 for answer in answers)
    assert {REUSED} == {a.json()["error_description"] for a in answers if a.status_code != 200}


async def test_narrower_scopes_may_be_asked_for_and_wider_ones_not(world: World) -> None:
    """RFC 6749 section 6."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("scope@refresh.example"))
    wider = await world.refresh(app, tokens["refresh_token"], scope="openid phone")
    assert (400, "invalid_scope") == (wider.status_code, wider.json()["error"])
    narrower = (await world.refresh(app, tokens["refresh_token"], scope="email")).json()
    assert ("email", False) == (narrower["scope"], "id_token" in narrower)
    again = (await world.refresh(app, narrower["refresh_token"])).json()
    assert "openid email" == again["scope"]


async def test_a_short_lived_one_lives_a_day_from_its_rotation(world: World) -> None:
    """Class short: 24 hours, counted anew each time."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("day@refresh.example"))
    world.clock.advance(timedelta(hours=23))
    tokens = (await world.refresh(app, tokens["refresh_token"])).json()
    world.clock.advance(timedelta(hours=23))
    tokens = (await world.refresh(app, tokens["refresh_token"])).json()
    world.clock.advance(timedelta(hours=24))
    answer = await world.refresh(app, tokens["refresh_token"])
    assert "refresh token expired" == answer.json()["error_description"]


async def test_a_refresh_token_is_anothers_secret(world: World) -> None:
    """Another client is told that there is no such token, and the owner keeps it."""
    app, thief = await world.tell(an_app()), await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("victim@refresh.example"))
    assert (
        "refresh token not found" == (await world.refresh(thief, tokens["refresh_token"])).json()["error_description"]
    )
    assert 200 == (await world.refresh(app, tokens["refresh_token"])).status_code
