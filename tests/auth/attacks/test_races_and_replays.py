"""Attack classes of replay: what counts once counts once, in however many processes and after however many restarts."""

import asyncio

from tests.auth.rp import World, an_app


async def test_refresh_race_across_two_processes(world: World) -> None:
    """Of twenty parallel uses one wins; because the token was used again its family ends, the winner's with it."""
    app, other = await world.tell(an_app()), world.process()
    tokens = await world.tokens(app, await world.person("race@attacks.example"))
    answers = await asyncio.gather(*((world, other)[n % 2].refresh(app, tokens["refresh_token"]) for n in range(20)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert 1 == len(won)
    assert {400} == {answer.status_code for answer in answers if answer.status_code != 200}
    assert 400 == (await world.refresh(app, won[0]["refresh_token"])).status_code
    assert 401 == (await other.userinfo(won[0]["access_token"])).status_code


async def test_code_replay_after_restart(world: World) -> None:
    """Neither a new process nor an empty Redis forgets that a code was used: auth keeps that in Postgres alone."""
    app = await world.tell(an_app())
    code = await world.code(app, await world.person("restart@attacks.example"))
    tokens = (await world.redeem(app, code)).json()
    again = await world.process().redeem(app, code)
    assert (400, "code already used") == (again.status_code, again.json()["error_description"])
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code


async def test_refresh_replay_after_restart(world: World) -> None:
    """A retired refresh token ends its family in a process that has never seen it."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("retired@attacks.example"))
    fresh = (await world.refresh(app, tokens["refresh_token"])).json()
    again = await world.process().refresh(app, tokens["refresh_token"])
    assert (400, "invalid_grant") == (again.status_code, again.json()["error"])
    assert 400 == (await world.refresh(app, fresh["refresh_token"])).status_code
