"""Applications never meet an anonymous person, unless their developer wished it (auth.md 6.4)."""

import pytest

from services.auth.anonymous.refusals import AnonymousNotAllowed
from services.auth.authorize import store
from tests.auth.anonymous.phone import a_phone, the_app
from tests.auth.merging.builders import granted
from tests.auth.rp import World, an_app, asking, told


async def test_the_authorization_endpoint_refuses_by_redirect(world: World) -> None:
    """`access_denied`, described as `anonymous_not_allowed`; nothing was granted."""
    app, phone = await world.tell(an_app()), await a_phone(world)
    account = await world.db.fetchrow("select id, email from users where id = $1", phone.user_id)
    assert account is not None
    async with world.browser() as http:
        person = await world.person("stand-in@grants.example")
        await world.sign_in(http, person)
        await world.db.execute("update users set anonymous = true where id = $1", person.id)
        said = told(await http.get("/oauth/authorize", params=asking(app)))
    assert ("access_denied", "anonymous_not_allowed") == (said["error"], said["error_description"])
    assert not await world.db.fetchval("select true from grants where user_id = $1", person.id)


async def test_no_grant_whichever_way_it_is_asked_for(world: World) -> None:
    """Every grant is made in one place, which refuses: consent page, device and JSON face go through it."""
    app, phone = await world.tell(an_app()), await a_phone(world)
    with pytest.raises(AnonymousNotAllowed):
        await granted(world, phone.user_id, app)
    assert not (await store.granted(world.db, phone.user_id, app.client_id)).admitted


@pytest.mark.parametrize("app", [an_app(allow_anonymous_grants=True), the_app()])
async def test_an_app_that_wished_it_and_the_platforms_own(world: World, app: object) -> None:
    """The grant's sub is the account's number, which tells nothing of anybody."""
    known = await world.tell(app)  # type: ignore[arg-type] # parametrize forgets types
    phone = await a_phone(world)
    assert str(phone.user_id) == await granted(world, phone.user_id, known)


async def test_an_anonymous_key_is_no_subject_of_an_exchange(world: World) -> None:
    """Nobody acts for whom nobody knows (RFC 8693), whatever the app may do otherwise."""
    app, phone = await world.tell(an_app(allow_token_exchange=True)), await a_phone(world)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "client_id": app.client_id,
        "subject_token": phone.key,
        "subject_token_type": "urn:logi:params:oauth:token-type:pak",
    }
    answer = await world.token(form)
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])
